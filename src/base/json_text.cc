// Reading and writing JSON text (RFC 8259).
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "base/encoding.h"
#include "base/json.h"

namespace penstock {

namespace {

// A recursive-descent reader over one text; `fail` keeps the first problem and its place.
class Reader {
 public:
  Reader(std::string_view text, JsonLimits limits) : text_(text), limits_(limits) {}

  Outcome<Json> read() {
    Json value;
    skip_space();
    if (!read_value(value, 0)) return error();
    skip_space();
    if (at_ != text_.size()) {
      fail("expected the end of the text");
      return error();
    }
    return value;
  }

 private:
  bool fail(const char* what) {
    if (!problem_) problem_ = what;
    return false;
  }

  Error error() const {
    const std::string_view before = text_.substr(0, at_);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const size_t line_start = before.rfind('\n');
    const size_t column = 1 + (line_start == std::string_view::npos ? at_ : at_ - line_start - 1);
    return Error{"InvalidJson", fmt::format("line {}, column {}: {}", line, column, problem_)};
  }

  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) {
      ++at_;
    }
  }

  bool take(char expected) {
    if (at_ >= text_.size() || text_[at_] != expected) return false;
    ++at_;
    return true;
  }

  bool read_word(std::string_view word, Json value, Json& out) {
    if (text_.substr(at_, word.size()) != word) return fail("expected a value");
    at_ += word.size();
    out = std::move(value);
    return true;
  }

  bool read_value(Json& out, size_t depth) {
    if (at_ >= text_.size()) return fail("expected a value, found the end of the text");
    switch (text_[at_]) {
      case '{':
        return read_object(out, depth);
      case '[':
        return read_array(out, depth);
      case '"': {
        std::string text;
        std::string_view view;
        if (!read_string(text, view)) return false;
        out = Json(view);
        return true;
      }
      case 't':
        return read_word("true", true, out);
      case 'f':
        return read_word("false", false, out);
      case 'n':
        return read_word("null", nullptr, out);
      default:
        return read_number(out);
    }
  }

  bool digits() {
    const size_t start = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ > start;
  }

  bool read_number(Json& out) {
    const size_t start = at_;
    take('-');
    if (!take('0') && !digits()) {
      at_ = start;
      return fail("expected a value");
    }
    if (take('.') && !digits()) return fail("expected digits after the decimal point");
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (!digits()) return fail("expected digits in the exponent");
    }
    out = Json::number(text_.substr(start, at_ - start));
    return true;
  }

  bool read_array(Json& out, size_t depth) {
    if (depth >= limits_.depth_max) return fail("nested too deeply");
    ++at_;
    std::vector<Json> items;
    skip_space();
    if (!take(']')) {
      do {
        skip_space();
        items.emplace_back();
        if (!read_value(items.back(), depth + 1)) return false;
        skip_space();
      } while (take(','));
      if (!take(']')) return fail("expected ',' or ']'");
    }
    out = Json(std::move(items));
    return true;
  }

  bool read_object(Json& out, size_t depth) {
    if (depth >= limits_.depth_max) return fail("nested too deeply");
    ++at_;
    std::vector<JsonMember> members;
    skip_space();
    if (!take('}')) {
      do {
        skip_space();
        if (at_ >= text_.size() || text_[at_] != '"') return fail("expected a member name in double quotes");
        JsonMember member;
        std::string_view view;
        if (!read_string(member.key, view)) return false;
        if (member.key.empty()) member.key.assign(view);
        skip_space();
        if (!take(':')) return fail("expected ':'");
        skip_space();
        if (!read_value(member.value, depth + 1)) return false;
        members.push_back(std::move(member));
        skip_space();
      } while (take(','));
      if (!take('}')) return fail("expected ',' or '}'");
    }
    drop_duplicates(members);
    out = Json::object(std::move(members));
    return true;
  }

  // The last value wins, at the first one's place.
  static void drop_duplicates(std::vector<JsonMember>& members) {
    if (members.size() < 2) return;
    if (members.size() <= 16) {
      for (size_t later = 1; later < members.size();) {
        const auto first = std::find_if(members.begin(), members.begin() + static_cast<ptrdiff_t>(later),
                                        [&](const JsonMember& member) { return member.key == members[later].key; });
        if (first == members.begin() + static_cast<ptrdiff_t>(later)) {
          ++later;
          continue;
        }
        first->value = std::move(members[later].value);
        members.erase(members.begin() + static_cast<ptrdiff_t>(later));
      }
      return;
    }
    std::unordered_set<std::string_view> seen;
    const bool distinct =
        std::ranges::all_of(members, [&](const JsonMember& member) { return seen.insert(member.key).second; });
    if (distinct) return;
    Json merged = Json::object();
    for (JsonMember& member : members) merged.set(member.key, std::move(member.value));
    members.assign(merged.members().begin(), merged.members().end());
  }

  // The string's content: `view` is it, backed by the source text or, when it had escapes, by `storage`.
  bool read_string(std::string& storage, std::string_view& view) {
    const size_t start = ++at_;
    while (at_ < text_.size()) {
      const auto byte = static_cast<unsigned char>(text_[at_]);
      if (byte == '"') {
        view = text_.substr(start, at_ - start);
        ++at_;
        return check_utf8(view);
      }
      if (byte == '\\') return read_escaped_string(start, storage, view);
      if (byte < 0x20) return fail("control character in a string: write it as an escape");
      ++at_;
    }
    return fail("expected '\"' before the end of the text");
  }

  bool check_utf8(std::string_view content) { return is_valid_utf8(content) || fail("a string is not valid UTF-8"); }

  bool read_escaped_string(size_t start, std::string& storage, std::string_view& view) {
    storage.assign(text_.substr(start, at_ - start));
    while (at_ < text_.size()) {
      const char byte = text_[at_];
      if (byte == '"') {
        ++at_;
        view = storage;
        return check_utf8(view);
      }
      if (static_cast<unsigned char>(byte) < 0x20) return fail("control character in a string: write it as an escape");
      ++at_;
      if (byte != '\\') {
        storage.push_back(byte);
      } else if (!read_escape(storage)) {
        return false;
      }
    }
    return fail("expected '\"' before the end of the text");
  }

  bool read_escape(std::string& out) {
    if (at_ >= text_.size()) return fail("expected a character after '\\'");
    static constexpr std::string_view names = "\"\\/bfnrt";
    static constexpr std::string_view values = "\"\\/\b\f\n\r\t";
    const char name = text_[at_++];
    if (const size_t known = names.find(name); known != std::string_view::npos) {
      out.push_back(values[known]);
      return true;
    }
    if (name != 'u') return fail("unknown escape");
    uint32_t code = 0;
    if (!read_hex4(code)) return false;
    if (code >= 0xD800 && code <= 0xDBFF && text_.substr(at_, 2) == "\\u") {
      const size_t saved = at_;
      at_ += 2;
      uint32_t low = 0;
      if (!read_hex4(low)) return false;
      if (low >= 0xDC00 && low <= 0xDFFF) {
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      } else {
        at_ = saved;
      }
    }
    // A surrogate without its partner has no UTF-8 form.
    append_utf8(out, code >= 0xD800 && code <= 0xDFFF ? 0xFFFD : code);
    return true;
  }

  bool read_hex4(uint32_t& code) {
    if (at_ + 4 > text_.size()) return fail("expected four hexadecimal digits after '\\u'");
    for (int digit = 0; digit < 4; ++digit) {
      const char c = text_[at_++];
      const int value = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (value < 0) return fail("expected four hexadecimal digits after '\\u'");
      code = code * 16 + static_cast<uint32_t>(value);
    }
    return true;
  }

  static void append_utf8(std::string& out, uint32_t code) {
    if (code < 0x80) {
      out.push_back(static_cast<char>(code));
    } else if (code < 0x800) {
      out.push_back(static_cast<char>(0xC0 | (code >> 6)));
      out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
    } else if (code < 0x10000) {
      out.push_back(static_cast<char>(0xE0 | (code >> 12)));
      out.push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3F)));
      out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
    } else {
      out.push_back(static_cast<char>(0xF0 | (code >> 18)));
      out.push_back(static_cast<char>(0x80 | ((code >> 12) & 0x3F)));
      out.push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3F)));
      out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
    }
  }

  std::string_view text_;
  JsonLimits limits_;
  size_t at_ = 0;
  const char* problem_ = nullptr;
};

void append_pretty(std::string& out, const Json& value, size_t indent) {
  const auto line = [&](size_t depth) {
    out.push_back('\n');
    out.append(depth * 2, ' ');
  };
  const bool is_object = value.is_object();
  if (value.size() == 0) return append_json(out, value);
  out.push_back(is_object ? '{' : '[');
  for (size_t index = 0; index < value.size(); ++index) {
    if (index) out.push_back(',');
    line(indent + 1);
    if (is_object) {
      append_json_string(out, value.members()[index].key);
      out.append(": ");
    }
    append_pretty(out, is_object ? value.members()[index].value : value.items()[index], indent + 1);
  }
  line(indent);
  out.push_back(is_object ? '}' : ']');
}

}  // namespace

Outcome<Json> parse_json(std::string_view text, JsonLimits limits) {
  return Reader(text, limits).read();
}

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  size_t start = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
    out.append(text.substr(start, at - start));
    start = at + 1;
    switch (byte) {
      case '"':
        out.append("\\\"");
        break;
      case '\\':
        out.append("\\\\");
        break;
      case '\n':
        out.append("\\n");
        break;
      case '\r':
        out.append("\\r");
        break;
      case '\t':
        out.append("\\t");
        break;
      case '\b':
        out.append("\\b");
        break;
      case '\f':
        out.append("\\f");
        break;
      default:
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
    }
  }
  out.append(text.substr(start));
  out.push_back('"');
}

void append_json(std::string& out, const Json& value) {
  switch (value.kind()) {
    case Json::Kind::null:
      out.append("null");
      return;
    case Json::Kind::boolean:
      out.append(value.as_boolean() ? "true" : "false");
      return;
    case Json::Kind::number:
      out.append(value.lexeme());
      return;
    case Json::Kind::string:
      append_json_string(out, value.as_string());
      return;
    case Json::Kind::array: {
      char separator = '[';
      for (const Json& item : value.items()) {
        out.push_back(separator);
        separator = ',';
        append_json(out, item);
      }
      out.append(separator == '[' ? "[]" : "]");
      return;
    }
    case Json::Kind::object: {
      char separator = '{';
      for (const JsonMember& member : value.members()) {
        out.push_back(separator);
        separator = ',';
        append_json_string(out, member.key);
        out.push_back(':');
        append_json(out, member.value);
      }
      out.append(separator == '{' ? "{}" : "}");
      return;
    }
  }
}

std::string to_string(const Json& value) {
  std::string out;
  append_json(out, value);
  return out;
}

std::string to_pretty_string(const Json& value) {
  std::string out;
  append_pretty(out, value, 0);
  return out;
}

}  // namespace penstock
