// The fuzz targets: each feeds bytes, as a client could send them, to one reader of the product and checks what must
// hold whatever they are. A crash, a sanitizer's report or a broken assertion is a finding.
#pragma once

#include <string_view>

namespace penstock::fuzz {

struct Target {
  const char* name;  // its corpus: corpus/NAME.txt
  void (*run)(std::string_view bytes);
};

void json(std::string_view bytes);  // a JSON text
void jsonpath(
    std::string_view bytes);  // paths, reference paths, intrinsic calls and templates; after a zero byte the input
void jsonata(std::string_view bytes);   // an expression; after a zero byte its input
void asl(std::string_view bytes);       // a state machine; what compiles is run for a few steps
void protocol(std::string_view bytes);  // an HTTP request in any of the wire protocols, and its signature's fields
void chunked(std::string_view bytes);   // an aws-chunked body
void cloudformation(std::string_view bytes);  // a template's text, JSON or YAML

inline constexpr Target targets[] = {
    {"json", json},
    {"jsonpath", jsonpath},
    {"jsonata", jsonata},
    {"asl", asl},
    {"protocol", protocol},
    {"chunked", chunked},
    {"cloudformation", cloudformation},
};

// The bytes before and after the first zero byte.
struct Halves {
  std::string_view first;
  std::string_view second;
  bool both = false;
};
inline Halves halves(std::string_view bytes) {
  const size_t zero = bytes.find('\0');
  if (zero == std::string_view::npos) return {bytes, {}, false};
  return {bytes.substr(0, zero), bytes.substr(zero + 1), true};
}

}  // namespace penstock::fuzz
