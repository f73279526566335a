#include "base/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "base/encoding.h"

namespace penstock {

Terminal::Terminal() : interactive_(isatty(STDOUT_FILENO) == 1) {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* kind = std::getenv("TERM");
  colours_ = interactive_ && !(no_colour && *no_colour) && !(kind && std::string_view(kind) == "dumb");
}

void Terminal::out(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void Terminal::line(std::string_view text) {
  out(std::string(text) + "\n");
}

void Terminal::error(std::string_view text) {
  clear_redraw();
  std::fflush(stdout);
  fmt::print(stderr, "{}\n", text);
}

std::string Terminal::paint(Colour colour, std::string_view text) const {
  static constexpr std::string_view codes[] = {"", "32", "31", "33", "2", "1"};
  const auto code = codes[static_cast<size_t>(colour)];
  if (!colours_ || code.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

void Terminal::redraw(const std::vector<std::string>& lines) {
  if (!interactive_) return;
  clear_redraw();
  for (const auto& text : lines) line(text);
  drawn_ = lines.size();
}

void Terminal::clear_redraw() {
  if (drawn_ == 0) return;
  out(fmt::format("\x1b[{}A\x1b[J", drawn_));
  drawn_ = 0;
}

void Terminal::table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t column = 0; column < row.size(); ++column)
      widths[column] = std::max(widths[column], utf8_length(row[column]));
  }
  for (size_t index = 0; index < rows.size(); ++index) {
    std::string text;
    for (size_t column = 0; column < rows[index].size(); ++column) {
      const auto& cell = rows[index][column];
      text += cell;
      if (column + 1 < rows[index].size()) text.append(widths[column] - utf8_length(cell) + 2, ' ');
    }
    line(index == 0 ? paint(Colour::bold, text) : text);
  }
}

std::string format_elapsed(double seconds) {
  if (seconds < 60) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<long>(seconds);
  if (whole < 3600) return fmt::format("{} m {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} m", whole / 3600, whole / 60 % 60);
}

}  // namespace penstock
