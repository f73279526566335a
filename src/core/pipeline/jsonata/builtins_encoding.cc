// Base64 and URL encoding, as JavaScript's btoa, encodeURI and their kind do them.
#include <algorithm>

#include "base/encoding.h"
#include "core/pipeline/jsonata/evaluator.h"
#include "core/pipeline/jsonata/failure.h"
#include "core/pipeline/jsonata/text_position.h"

namespace penstock::jsonata {
namespace {

constexpr std::string_view component_kept = "-_.!~*'()";
constexpr std::string_view url_reserved = ";,/?:@&=+$#";

// Each UTF-16 unit gives its low byte.
Value base64_encode(Evaluator& evaluator, const Call& call) {
  if (call[0].is_undefined()) return Value();
  const std::string_view text = call[0].string();
  std::string bytes;
  for (size_t at = 0; at < text.size(); at += code_point_length(text, at)) {
    const char32_t code = code_point_at(text, at);
    if (code >= 0x10000) {
      bytes += static_cast<char>((0xd800 + ((code - 0x10000) >> 10)) & 0xff);
      bytes += static_cast<char>((0xdc00 + ((code - 0x10000) & 0x3ff)) & 0xff);
    } else {
      bytes += static_cast<char>(code & 0xff);
    }
  }
  return evaluator.new_string(to_base64(bytes));
}

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  return c == '/' || c == '_' ? 63 : -1;
}

// Anything that is no digit is passed over; each byte gives the character of that number.
Value base64_decode(Evaluator& evaluator, const Call& call) {
  if (call[0].is_undefined()) return Value();
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (char c : call[0].string()) {
    if (c == '=') break;
    const int digit = base64_digit(c);
    if (digit < 0) continue;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    if ((count += 6) < 8) continue;
    count -= 8;
    const uint32_t byte = bits >> count & 0xff;
    if (byte < 0x80) {
      out += static_cast<char>(byte);
    } else {
      out += static_cast<char>(0xc0 | byte >> 6);
      out += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return evaluator.new_string(out);
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

Value encode(Evaluator& evaluator, Value value, bool whole_url, const char* name) {
  if (value.is_undefined()) return value;
  const std::string_view text = value.string();
  if (!is_valid_utf8(text)) throw Failure{.code = "D3140", .token = name, .value = "\"\""};  // a lone surrogate
  std::string out;
  for (char c : text) {
    if (is_letter_or_digit(c) || component_kept.find(c) != std::string_view::npos ||
        (whole_url && url_reserved.find(c) != std::string_view::npos)) {
      out += c;
      continue;
    }
    constexpr std::string_view digits = "0123456789ABCDEF";
    out += '%';
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return evaluator.new_string(out);
}

Value decode(Evaluator& evaluator, Value value, bool whole_url, const char* name) {
  if (value.is_undefined()) return value;
  const std::string_view text = value.string();
  std::string out;
  bool valid = true;
  for (size_t at = 0; at < text.size() && valid; ++at) {
    if (text[at] != '%') {
      out += text[at];
      continue;
    }
    const auto byte = from_hex(to_lower(text.substr(at + 1, 2)));
    valid = byte && byte->size() == 1;
    if (!valid) break;
    if (whole_url && url_reserved.find(byte->front()) != std::string_view::npos) {
      out += text.substr(at, 3);
    } else {
      out += *byte;
    }
    at += 2;
  }
  if (!valid || !is_valid_utf8(out)) throw Failure{.code = "D3140", .token = name, .value = describe(value)};
  return evaluator.new_string(out);
}

Value encode_url_component(Evaluator& evaluator, const Call& call) {
  return encode(evaluator, call[0], false, "encodeUrlComponent");
}
Value encode_url(Evaluator& evaluator, const Call& call) {
  return encode(evaluator, call[0], true, "encodeUrl");
}
Value decode_url_component(Evaluator& evaluator, const Call& call) {
  return decode(evaluator, call[0], false, "decodeUrlComponent");
}
Value decode_url(Evaluator& evaluator, const Call& call) {
  return decode(evaluator, call[0], true, "decodeUrl");
}

constexpr Builtin all[] = {
    {"base64encode", base64_encode, "<s-:s>", 1},
    {"base64decode", base64_decode, "<s-:s>", 1},
    {"encodeUrlComponent", encode_url_component, "<s-:s>", 1},
    {"encodeUrl", encode_url, "<s-:s>", 1},
    {"decodeUrlComponent", decode_url_component, "<s-:s>", 1},
    {"decodeUrl", decode_url, "<s-:s>", 1},
};

}  // namespace

std::span<const Builtin> encoding_builtins() {
  return all;
}

}  // namespace penstock::jsonata
