#include "base/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "base/encoding.h"

namespace penstock {

namespace {

constexpr size_t width_min = 20;  // nothing is readable in less
constexpr size_t gap = 2;         // between the columns of a table

size_t find_width(bool interactive) {
  size_t width = 0;
  if (const char* columns = std::getenv("COLUMNS")) {
    const std::string_view text = columns;
    std::from_chars(text.data(), text.data() + text.size(), width);
  }
  winsize size{};
  if (width == 0 && interactive && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) width = size.ws_col;
  return width == 0 ? std::numeric_limits<size_t>::max() : std::max(width, width_min);
}

// Makes the columns as wide as they may be: 0 for one that is left out.
void narrow(std::vector<size_t>& widths, size_t width, const std::vector<Narrowing>& narrowing) {
  size_t total = 0;
  for (const size_t one : widths) total += one + gap;
  for (const auto& [column, least] : narrowing) {
    if (total <= width + gap) return;
    const size_t excess = total - width - gap;
    const size_t had = widths[column];
    widths[column] = least == 0 ? 0 : std::min(had, std::max(least, had > excess ? had - excess : 0));
    total -= had - widths[column] + (least == 0 ? gap : 0);
  }
}

}  // namespace

Terminal::Terminal() : interactive_(isatty(STDOUT_FILENO) == 1), width_(find_width(interactive_)) {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* kind = std::getenv("TERM");
  colours_ = interactive_ && !(no_colour && *no_colour) && !(kind && std::string_view(kind) == "dumb");
}

void Terminal::out(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  wrote_all_ = std::fflush(stdout) == 0 && written && wrote_all_;
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

void Terminal::table(const std::vector<std::vector<std::string>>& rows, const std::vector<Narrowing>& narrowing) {
  bool heading = true;
  for (const std::string& text : table_lines(rows, width_, narrowing)) {
    line(heading ? paint(Colour::bold, text) : text);
    heading = false;
  }
}

std::vector<std::string> table_lines(const std::vector<std::vector<std::string>>& rows, size_t width,
                                     const std::vector<Narrowing>& narrowing) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t column = 0; column < row.size(); ++column)
      widths[column] = std::max(widths[column], utf8_length(row[column]));
  }
  narrow(widths, width, narrowing);
  std::vector<std::string> lines;
  for (const auto& row : rows) {
    std::string text;
    size_t filled = 0;  // what `text` would take with blanks behind its last cell
    for (size_t column = 0; column < row.size(); ++column) {
      if (widths[column] == 0) continue;
      text.append(filled - utf8_length(text), ' ');
      text += shorten(row[column], widths[column]);
      filled += widths[column] + gap;
    }
    lines.push_back(std::move(text));
  }
  return lines;
}

std::string wrap(std::string_view text, size_t width, size_t indent) {
  std::string out;
  size_t filled = 0;  // characters of the last line
  for (bool first = true, starts = true; first || !text.empty(); first = false) {
    const size_t end = std::min(text.find(' '), text.size());
    const size_t length = utf8_length(text.substr(0, end));
    if (!starts && filled + 1 + length > width) {
      out.append("\n").append(indent, ' ');
      filled = indent;
    } else if (!first) {
      out += ' ';
      ++filled;
    }
    starts = starts && length == 0;
    out += text.substr(0, end);
    filled += length;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string shorten(std::string_view text, size_t characters) {
  if (utf8_length(text) <= characters) return std::string(text);
  size_t kept = 0;
  size_t at = 0;
  while (at < text.size()) {
    if ((text[at] & 0xc0) != 0x80 && ++kept == characters) break;
    ++at;
  }
  return std::string(text.substr(0, at)) + "…";
}

std::string counted(uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string format_elapsed(double seconds) {
  if (seconds < 60) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<long>(seconds);
  if (whole < 3600) return fmt::format("{} m {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} m", whole / 3600, whole / 60 % 60);
}

}  // namespace penstock
