#include <algorithm>
#include <array>

#include "base/digest.h"
#include "base/encoding.h"
#include "core/pipeline/intrinsic_functions.h"

namespace penstock::pipeline::intrinsic {
namespace {

constexpr size_t text_characters_max = 10'000;  // of Hash and the Base64 functions (AWS developer guide)

bool is_short_text(const Json& value) {
  return value.is_string() && utf8_length(value.as_string()) <= text_characters_max;
}

// Appends java_text(value).
void append_as_java(std::string& out, const Json& value) {
  switch (value.kind()) {
    case Json::Kind::string:
      out += value.as_string();
      return;
    case Json::Kind::array: {
      out += '[';
      const char* separator = "";
      for (const Json& item : value.items()) {
        out += separator;
        append_as_java(out, item);
        separator = ", ";
      }
      out += ']';
      return;
    }
    case Json::Kind::object: {
      out += '{';
      const char* separator = "";
      for (const JsonMember& member : value.members()) {
        out += separator + member.key + '=';
        append_as_java(out, member.value);
        separator = ", ";
      }
      out += '}';
      return;
    }
    default:
      append_json(out, value);
  }
}

Error bad_template(std::string_view detail) {
  return Error{"States.Runtime", "Invalid template in States.Format: " + std::string(detail)};
}

// The bytes of Base64 text as Apache Commons Codec reads it: characters outside the alphabet are passed over, padding
// ends the text, a last group may be short. AWS accepts "ab==cd" and " YWJjZA== " so.
std::string decode_leniently(std::string_view text) {
  std::string alphabet_only;
  for (char c : text) {
    if (c == '=') break;
    if (c == '-') c = '+';
    if (c == '_') c = '/';
    const bool known =
        (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
    if (known) alphabet_only += c;
  }
  if (alphabet_only.size() % 4 == 1) alphabet_only.pop_back();
  // Bits beyond the last whole byte are dropped, so they may be anything: make them zero for the strict decoder.
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (const size_t rest = alphabet_only.size() % 4; rest != 0) {
    const size_t value = alphabet.find(alphabet_only.back());
    alphabet_only.back() = alphabet[rest == 2 ? value & 0x30 : value & 0x3c];
    alphabet_only.append(4 - rest, '=');
  }
  return from_base64(alphabet_only).value_or("");
}

// Java turns bytes that are not UTF-8 into U+FFFD; the same here, one mark for each bad byte.
std::string as_utf8(std::string bytes) {
  if (is_valid_utf8(bytes)) return bytes;
  std::string text;
  for (size_t i = 0; i < bytes.size();) {
    size_t length = 1;
    while (length < 4 && i + length <= bytes.size() && !is_valid_utf8(std::string_view(bytes).substr(i, length)))
      ++length;
    const std::string_view character = std::string_view(bytes).substr(i, length);
    const bool valid = is_valid_utf8(character) && !character.empty();
    text += valid ? character : std::string_view("\xef\xbf\xbd");
    i += valid ? character.size() : 1;
  }
  return text;
}

// The UTF-8 character a text begins with; empty for an empty text.
std::string_view first_character(std::string_view text) {
  size_t size = text.empty() ? 0 : 1;
  while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) ++size;
  return text.substr(0, size);
}

struct HashName {
  std::string_view name;
  DigestKind kind;
};
constexpr std::array hash_names{HashName{"MD5", DigestKind::md5}, HashName{"SHA-1", DigestKind::sha1},
                                HashName{"SHA-256", DigestKind::sha256}, HashName{"SHA-384", DigestKind::sha384},
                                HashName{"SHA-512", DigestKind::sha512}};

}  // namespace

std::string java_text(const Json& value) {
  std::string text;
  append_as_java(text, value);
  return text;
}

Outcome<Json> Base64Decode::call(Arguments arguments, Random&) {
  if (!is_short_text(arguments[0])) return invalid_arguments(name);
  return Json(as_utf8(decode_leniently(arguments[0].as_string())));
}

Outcome<Json> Base64Encode::call(Arguments arguments, Random&) {
  if (!is_short_text(arguments[0])) return invalid_arguments(name);
  return Json(to_base64(arguments[0].as_string()));
}

Outcome<Json> Format::call(Arguments arguments, Random&) {
  if (!arguments[0].is_string()) return invalid_arguments(name);
  const std::string_view text = arguments[0].as_string();
  std::string out;
  size_t next = 1;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && i + 1 < text.size()) {
      out += text[++i];
    } else if (c == '{') {
      if (i + 1 >= text.size() || text[i + 1] != '}') return bad_template("matching '}' not found for '{'.");
      ++i;
      if (next < arguments.size()) append_as_java(out, arguments[next]);
      ++next;
    } else if (c == '}') {
      return bad_template("matching '{' not found for '}'.");
    } else {
      out += c;
    }
  }
  if (next != arguments.size()) {
    return invalid_arguments(name, "number of arguments do not match the occurrences of {}.");
  }
  return Json(out);
}

// AWS hashes the text of whatever it is given.
Outcome<Json> Hash::call(Arguments arguments, Random&) {
  const std::string text = java_text(arguments[0]);
  if (utf8_length(text) > text_characters_max || !arguments[1].is_string()) return invalid_arguments(name);
  for (const HashName& hash : hash_names) {
    if (hash.name == arguments[1].as_string()) return Json(to_hex(digest(hash.kind, text)));
  }
  return invalid_arguments(name);
}

// AWS takes any third argument but true, and merges shallowly.
Outcome<Json> JsonMerge::call(Arguments arguments, Random&) {
  const bool deep = arguments[2].is_boolean() && arguments[2].as_boolean();
  if (!arguments[0].is_object() || !arguments[1].is_object() || deep) return invalid_arguments(name);
  Json merged = arguments[0];
  for (const JsonMember& member : arguments[1].members()) merged.set(member.key, member.value);
  return merged;
}

Outcome<Json> JsonToString::call(Arguments arguments, Random&) {
  return Json(to_string(arguments[0]));
}

Outcome<Json> StringSplit::call(Arguments arguments, Random&) {
  if (!arguments[0].is_string() || !arguments[1].is_string()) return invalid_arguments(name);
  const std::string_view text = arguments[0].as_string();
  const std::string_view separators = arguments[1].as_string();
  std::vector<Json> parts;
  size_t begin = 0;
  for (size_t at = 0; at <= text.size();) {
    const std::string_view character = first_character(text.substr(at));
    // A whole character is searched for: UTF-8 texts match only at characters' bounds.
    const bool ends = at == text.size() || separators.find(character) != std::string_view::npos;
    if (ends && begin < at) parts.emplace_back(text.substr(begin, at - begin));
    at += std::max<size_t>(1, character.size());
    if (ends) begin = at;
  }
  return Json(std::move(parts));
}

Outcome<Json> StringToJson::call(Arguments arguments, Random&) {
  if (!arguments[0].is_string()) return invalid_arguments(name);
  if (trim(arguments[0].as_string()).empty()) return Json();
  auto value = parse_json(arguments[0].as_string());
  if (!value) return invalid_arguments(name);
  return value;
}

}  // namespace penstock::pipeline::intrinsic
