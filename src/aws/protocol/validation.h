// The models' constraints (required, length, range, pattern, enum), checked in AWS's words: all violations of one
// request make one error, "2 validation errors detected: Value '' at 'name' failed to satisfy constraint: ...; ...".
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "aws/protocol/shape.h"
#include "base/outcome.h"

namespace penstock::aws {

// Where a value lies in the request; lives on the stack of the reader, printed only when something is wrong.
struct ValuePath {
  enum class Kind : uint8_t { root, member, element, entry };
  const ValuePath* parent = nullptr;
  Kind kind = Kind::root;
  std::string_view name = {};  // of a member (as the model spells it) or an entry's key
  size_t index = 0;            // of an element, from 0
};

// As AWS prints it: routingConfiguration.1.member.weight.
std::string to_string(const ValuePath& path);

// Which members of a structure were present in the request.
class SeenMembers {
 public:
  void add(size_t index) { bits_[index / 64] |= uint64_t{1} << (index % 64); }
  bool has(size_t index) const { return (bits_[index / 64] >> (index % 64)) & 1; }

 private:
  std::array<uint64_t, 4> bits_{};  // the largest struct of the served models has about 70 members
};

class Validation {
 public:
  // Checks one value against its own shape's constraints. Of a list or map of scalars, its elements' too: they make one
  // violation of the whole.
  void check(const Shape& shape, const void* value, const ValuePath& path) {
    if (shape.has_min || shape.has_max || shape.pattern || !shape.values.empty() || shape.element) {
      check_constrained(shape, value, path);
    }
  }
  // Adds a violation for each required member that was not seen.
  void check_required(const Shape& shape, const SeenMembers& seen, const ValuePath& path);

  bool ok() const { return violations_.empty(); }
  // All violations as one error. Requires !ok().
  Error error(std::string_view code) const;

 private:
  void check_constrained(const Shape& shape, const void* value, const ValuePath& path);
  void add(const ValuePath& path, std::string_view shown, std::string_view constraint);

  std::vector<std::string> violations_;
};

}  // namespace penstock::aws
