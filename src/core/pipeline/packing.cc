#include "core/pipeline/packing.h"

namespace penstock::pipeline {

void put_number(std::string& out, uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

void put_signed(std::string& out, int64_t value) {
  put_number(out, (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63));
}

void put_text(std::string& out, std::string_view text) {
  put_number(out, text.size());
  out.append(text);
}

uint8_t Unpacker::fail() {
  failed_ = true;
  rest_ = {};
  return 0;
}

uint8_t Unpacker::byte() {
  if (rest_.empty()) return fail();
  uint8_t value = static_cast<uint8_t>(rest_.front());
  rest_.remove_prefix(1);
  return value;
}

uint64_t Unpacker::number() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    uint8_t next = byte();
    value |= static_cast<uint64_t>(next & 0x7f) << shift;
    if (next < 0x80) return value;
  }
  return fail();
}

int64_t Unpacker::signed_number() {
  uint64_t value = number();
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

std::string_view Unpacker::text() {
  uint64_t size = number();
  if (size > rest_.size()) {
    fail();
    return {};
  }
  std::string_view value = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return value;
}

Json Unpacker::json() {
  std::string_view source = text();
  if (failed_) return {};
  Outcome<Json> value = parse_json(source);
  if (!value) fail();
  return value ? std::move(*value) : Json();
}

}  // namespace penstock::pipeline
