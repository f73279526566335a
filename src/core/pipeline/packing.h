// Packing: the small binary form that frames and history events take in the store. Numbers are LEB128; signed ones are
// zigzagged first; texts are a length and bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"

namespace penstock::pipeline {

void put_number(std::string& out, uint64_t value);
void put_signed(std::string& out, int64_t value);
void put_text(std::string& out, std::string_view text);

// Reads what the functions above wrote. `failed` stays set after the first bad byte, and reads give zeros from then on,
// so that a caller checks once at the end.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : rest_(bytes) {}
  bool failed() const { return failed_; }
  bool at_end() const { return rest_.empty(); }
  uint8_t byte();
  uint64_t number();
  int64_t signed_number();
  std::string_view text();
  Json json();  // a text that is JSON
  uint8_t fail();

 private:
  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace penstock::pipeline
