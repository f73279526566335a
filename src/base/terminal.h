// Terminal: what a person sees. Colour and redrawn lines only when the output is a terminal and NO_COLOR is not set.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace penstock {

class Terminal {
 public:
  enum class Colour { none, green, red, yellow, dim, bold };
  Terminal();

  void out(std::string_view text);    // to standard output, as it is
  void line(std::string_view text);   // with a line end
  void error(std::string_view text);  // a line to standard error
  bool is_interactive() const { return interactive_; }
  std::string paint(Colour colour, std::string_view text) const;
  // Rewrites the last lines drawn by `redraw` (interactive only; else nothing is printed).
  void redraw(const std::vector<std::string>& lines);
  void clear_redraw();
  // Columns aligned by the widest cell; the first row is the heading.
  void table(const std::vector<std::vector<std::string>>& rows);

 private:
  bool interactive_;
  bool colours_;
  size_t drawn_ = 0;
};

// "0.4 s", "12.3 s", "4 m 05 s", "2 h 07 m".
std::string format_elapsed(double seconds);

}  // namespace penstock
