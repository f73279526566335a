// Terminal: what a person sees. Colour and redrawn lines only when the output is a terminal and NO_COLOR is not set;
// tables and lists fit its width, or that of COLUMNS.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace penstock {

// How a table gives way where it is wider than its terminal: one step after the other, as far as it takes.
struct Narrowing {
  size_t column;
  size_t least = 0;  // cells are cut to so many characters; 0: the column is left out
};

class Terminal {
 public:
  enum class Colour { none, green, red, yellow, dim, bold };
  Terminal();

  void out(std::string_view text);    // to standard output, as it is
  void line(std::string_view text);   // with a line end
  void error(std::string_view text);  // a line to standard error
  bool is_interactive() const { return interactive_; }
  // In characters; what is no terminal has no end.
  size_t width() const { return width_; }
  // Whether all that was written came out: standard output may be a full disk.
  bool wrote_all() const { return wrote_all_; }
  std::string paint(Colour colour, std::string_view text) const;
  // Rewrites the last lines drawn by `redraw` (interactive only; else nothing is printed).
  void redraw(const std::vector<std::string>& lines);
  void clear_redraw();
  // Columns aligned by the widest cell; the first row is the heading.
  void table(const std::vector<std::vector<std::string>>& rows, const std::vector<Narrowing>& narrowing = {});

 private:
  bool interactive_;
  bool colours_;
  bool wrote_all_ = true;
  size_t width_;
  size_t drawn_ = 0;
};

// What `table` prints, line by line.
std::vector<std::string> table_lines(const std::vector<std::vector<std::string>>& rows, size_t width,
                                     const std::vector<Narrowing>& narrowing);

// The text in lines of at most `width` characters, broken between words; the others begin with `indent` blanks.
std::string wrap(std::string_view text, size_t width, size_t indent);

// At most so many characters of the text, the last one "…" where some are left out.
std::string shorten(std::string_view text, size_t characters);

// "1 row", "2 rows".
std::string counted(uint64_t count, std::string_view noun);

// "0.4 s", "12.3 s", "4 m 05 s", "2 h 07 m".
std::string format_elapsed(double seconds);

}  // namespace penstock
