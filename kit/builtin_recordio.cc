// RecordIO of SageMaker's protobuf: frames of a magic number, a length and a record padded to four bytes; a record is a
// Record of aialgs.data: map<string, Value> features = 1, label = 2; a Value is a tensor of float32 (2), float64 (3) or
// int32 (7) with repeated values = 1, keys = 2 (of sparse ones), shape = 3.
#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "kit/builtin_data.h"

namespace penstock::kit {

namespace {

constexpr uint32_t magic = 0xced7230a;
constexpr uint32_t length_mask = (1U << 29) - 1;

// Reads protobuf's wire format; `good` turns false at the first byte that does not fit.
class Wire {
 public:
  explicit Wire(std::string_view bytes) : bytes_(bytes) {}

  bool good() const { return good_; }
  bool done() const { return !good_ || bytes_.empty(); }

  uint64_t varint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (bytes_.empty()) break;
      const auto byte = static_cast<unsigned char>(bytes_.front());
      bytes_.remove_prefix(1);
      value |= uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return value;
    }
    good_ = false;
    return 0;
  }
  std::string_view take(uint64_t size) {
    if (size > bytes_.size()) {
      good_ = false;
      return {};
    }
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }
  std::string_view block() { return take(varint()); }
  // Passes over a field of this wire type.
  void skip(uint64_t type) {
    if (type == 0)
      varint();
    else if (type == 1)
      take(8);
    else if (type == 2)
      block();
    else if (type == 5)
      take(4);
    else
      good_ = false;
  }

 private:
  std::string_view bytes_;
  bool good_ = true;
};

struct Tensor {
  std::vector<double> values;
  std::vector<uint64_t> keys;
  std::vector<uint64_t> shape;
};

template <class T>
void add_fixed(std::string_view block, std::vector<double>& values) {
  for (; block.size() >= sizeof(T); block.remove_prefix(sizeof(T))) {
    T value = 0;
    std::memcpy(&value, block.data(), sizeof(T));
    values.push_back(static_cast<double>(value));
  }
}

// kind: 2 float32, 3 float64, 7 int32.
bool read_tensor(std::string_view bytes, uint64_t kind, Tensor& tensor) {
  Wire wire(bytes);
  while (!wire.done()) {
    const uint64_t tag = wire.varint();
    const uint64_t field = tag >> 3;
    const uint64_t type = tag & 7;
    if (field == 1 && kind == 7) {
      Wire packed(type == 2 ? wire.block() : std::string_view());
      if (type == 0) tensor.values.push_back(static_cast<int32_t>(wire.varint()));
      while (!packed.done()) tensor.values.push_back(static_cast<int32_t>(packed.varint()));
    } else if (field == 1) {
      const std::string_view block = type == 2 ? wire.block() : wire.take(kind == 2 ? 4 : 8);
      if (kind == 2)
        add_fixed<float>(block, tensor.values);
      else
        add_fixed<double>(block, tensor.values);
    } else if (field == 2 || field == 3) {
      auto& list = field == 2 ? tensor.keys : tensor.shape;
      Wire packed(type == 2 ? wire.block() : std::string_view());
      if (type == 0) list.push_back(wire.varint());
      while (!packed.done()) list.push_back(packed.varint());
    } else {
      wire.skip(type);
    }
  }
  return wire.good();
}

// An entry of map<string, Value>: the tensor of its value.
bool read_entry(std::string_view bytes, Tensor& tensor) {
  Wire entry(bytes);
  while (!entry.done()) {
    const uint64_t tag = entry.varint();
    if (tag != (2U << 3 | 2)) {
      entry.skip(tag & 7);
      continue;
    }
    Wire value(entry.block());
    while (!value.done()) {
      const uint64_t kind = value.varint();
      if (kind >> 3 == 2 || kind >> 3 == 3 || kind >> 3 == 7) {
        if (!read_tensor(value.block(), kind >> 3, tensor)) return false;
      } else {
        value.skip(kind & 7);
      }
    }
    if (!value.good()) return false;
  }
  return entry.good();
}

bool add_record(std::string_view bytes, SparseRows& rows) {
  Tensor features;
  Tensor label;
  Wire record(bytes);
  while (!record.done()) {
    const uint64_t tag = record.varint();
    if (tag == (1U << 3 | 2)) {
      if (!read_entry(record.block(), features)) return false;
    } else if (tag == (2U << 3 | 2)) {
      if (!read_entry(record.block(), label)) return false;
    } else {
      record.skip(tag & 7);
    }
  }
  const bool sparse = !features.keys.empty();
  if (!record.good() || (sparse && features.keys.size() != features.values.size())) return false;
  for (size_t i = 0; i < features.values.size(); ++i) {
    const uint64_t column = sparse ? features.keys[i] : i;
    if (column >= std::numeric_limits<uint32_t>::max()) return false;
    rows.entries.push_back({static_cast<uint32_t>(rows.rows), static_cast<uint32_t>(column), features.values[i]});
    rows.columns = std::max<size_t>(rows.columns, column + 1);
  }
  if (sparse && !features.shape.empty()) rows.columns = std::max<size_t>(rows.columns, features.shape.back());
  rows.labels.push_back(label.values.empty() ? std::nan("") : label.values[0]);
  ++rows.rows;
  return true;
}

}  // namespace

Outcome<void> read_recordio(std::string_view bytes, const std::string& where, SparseRows& rows) {
  while (!bytes.empty()) {
    uint32_t head[2] = {};
    if (bytes.size() >= sizeof head) std::memcpy(head, bytes.data(), sizeof head);
    const size_t length = head[1] & length_mask;
    const bool whole = head[0] == magic && head[1] >> 29 == 0 && length <= bytes.size() - sizeof head;
    if (!whole || !add_record(bytes.substr(sizeof head, length), rows)) {
      return client_error(
          fmt::format("Unable to read data channel. Requested content-type is "
                      "'application/x-recordio-protobuf'. Please verify the data matches the requested "
                      "content-type. ({}, record {})",
                      where, rows.rows + 1));
    }
    bytes.remove_prefix(std::min(bytes.size(), sizeof head + (length + 3) / 4 * 4));
  }
  return {};
}

}  // namespace penstock::kit
