#include "kit/json_rows.h"

#include <algorithm>

#include "base/json.h"

namespace penstock::kit {

namespace {

constexpr std::string_view blanks = " \t\r\n";

// The row's beginning beyond the line end at `line_end`, if one row ends before it and the next begins after it.
size_t row_start_after(std::string_view text, size_t line_end) {
  const size_t before = text.find_last_not_of(blanks, line_end);
  const size_t after = text.find_first_not_of(blanks, line_end);
  if (before == std::string_view::npos || after == std::string_view::npos) return std::string_view::npos;
  return text[before] == '}' && text[after] == '{' ? after : std::string_view::npos;
}

// One past the quote that closes the text which opens at `at`, or the end.
size_t end_of_text(std::string_view text, size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.size();
}

bool is_one_of(const ColumnNames& names, std::string_view quoted) {
  if (quoted.find('\\') == std::string_view::npos) return names.contains(quoted.substr(1, quoted.size() - 2));
  const auto read = parse_json(quoted);
  return read && read->is_string() && names.contains(read->as_string());
}

}  // namespace

size_t next_row_start(std::string_view text, size_t from) {
  for (size_t end = text.find('\n', from); end != std::string_view::npos; end = text.find('\n', end + 1)) {
    if (const size_t start = row_start_after(text, end); start != std::string_view::npos) return start;
  }
  return std::string_view::npos;
}

size_t last_row_start(std::string_view text) {
  for (size_t end = text.rfind('\n'); end != std::string_view::npos; end = text.rfind('\n', end - 1)) {
    if (const size_t start = row_start_after(text, end); start != std::string_view::npos) return start;
    if (end == 0) break;
  }
  return std::string_view::npos;
}

std::string quote_values(std::string_view text, const ColumnNames& names) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  int depth = 0;             // of braces and brackets around
  std::string_view last;     // the last text at depth 1, in its quotes
  bool after_colon = false;  // a value of the row comes next
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    size_t end = at + 1;
    if (c == '"') {
      end = std::min(end_of_text(text, at), text.size());
      if (depth == 1) last = text.substr(at, end - at);
      after_colon = false;
    } else if (c == '{' || c == '[') {
      ++depth;
      after_colon = false;
    } else if (c == '}' || c == ']') {
      --depth;
    } else if (c == ':') {
      after_colon = depth == 1;
    } else if (after_colon && blanks.find(c) == std::string_view::npos) {
      end = std::min(text.find_first_of(",}] \t\r\n", at), text.size());
      if (end == at) end = at + 1;
      after_colon = false;
      if (c != 'n' && last.size() > 1 && is_one_of(names, last)) {
        out.append("\"").append(text.substr(at, end - at)).append("\"");
        at = end;
        continue;
      }
    }
    out.append(text.substr(at, end - at));
    at = end;
  }
  return out;
}

}  // namespace penstock::kit
