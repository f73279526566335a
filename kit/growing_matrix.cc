#include "kit/growing_matrix.h"

#include <algorithm>
#include <span>
#include <vector>

#include "base/mapped_file.h"

namespace penstock::kit {

namespace {

constexpr double spare = 1.05;  // more rows than the first ones promise

template <class Value>
Outcome<void> append_values(explore::SpillFile& file, std::span<const Value> values) {
  const auto at = file.append({reinterpret_cast<const char*>(values.data()), values.size_bytes()});
  return at ? Outcome<void>() : at.error();
}

// All values of a file; their memory is kept by `memory`.
template <class Value>
Outcome<std::span<const Value>> map_values(const explore::SpillFile& file,
                                           std::vector<std::shared_ptr<const char>>& memory) {
  if (file.size() == 0) return std::span<const Value>();
  auto mapped = map_file(file.file(), file.size());
  if (!mapped) return mapped.error();
  memory.push_back(std::move(*mapped));
  return std::span(reinterpret_cast<const Value*>(memory.back().get()), file.size() / sizeof(Value));
}

size_t bytes_of(const learn::Matrix& matrix) {
  const learn::Matrix::Parts& parts = matrix.parts();
  return parts.values.size_bytes() + parts.offsets.size_bytes() + parts.indices.size_bytes();
}

}  // namespace

Outcome<void> GrowingMatrix::append(learn::Matrix&& rows, double share) {
  const bool first = this->rows() == 0;
  if (bytes_of(held_) + bytes_of(rows) > budget_ && held_.rows() > 0) {
    if (auto spilled = spill(); !spilled) return spilled;
  }
  held_.append(std::move(rows));
  if (first && held_.rows() > 0 && share > 0) {
    // Growing step by step would copy everything again and again.
    const auto expected = static_cast<double>(held_.rows()) / share * spare;
    const auto fit =
        static_cast<double>(budget_) / (static_cast<double>(bytes_of(held_)) + 1) * static_cast<double>(held_.rows());
    held_.reserve(static_cast<size_t>(std::min(expected, fit)));
  }
  return {};
}

Outcome<void> GrowingMatrix::make_files() {
  for (auto* const file : {&files_.values, &files_.offsets, &files_.indices}) {
    if (file != &files_.values && !held_.is_sparse()) break;
    auto made = spill_.make_file();
    if (!made) return made.error();
    *file = std::move(*made);
  }
  constexpr uint64_t begin[] = {0};
  return held_.is_sparse() ? append_values<uint64_t>(*files_.offsets, begin) : Outcome<void>();
}

Outcome<void> GrowingMatrix::spill() {
  if (!files_.values) {
    if (auto made = make_files(); !made) return made;
  }
  const learn::Matrix::Parts& parts = held_.parts();
  if (auto written = append_values(*files_.values, parts.values); !written) return written;
  if (held_.is_sparse()) {
    if (auto written = append_values(*files_.indices, parts.indices); !written) return written;
    std::vector<uint64_t> offsets(parts.offsets.begin() + 1, parts.offsets.end());
    for (uint64_t& offset : offsets) offset += entries_spilled_;
    if (auto written = append_values<uint64_t>(*files_.offsets, offsets); !written) return written;
  }
  rows_spilled_ += held_.rows();
  entries_spilled_ += parts.values.size();
  held_.drop_rows();
  return {};
}

Outcome<learn::Matrix> GrowingMatrix::take() {
  if (!files_.values) return std::move(held_);
  if (auto spilled = spill(); !spilled) return spilled.error();
  const auto memory = std::make_shared<std::vector<std::shared_ptr<const char>>>();
  const auto values = map_values<double>(*files_.values, *memory);
  if (!values) return values.error();
  learn::Matrix::Parts parts{.values = *values, .offsets = {}, .indices = {}, .memory = memory};
  if (held_.is_sparse()) {
    const auto offsets = map_values<uint64_t>(*files_.offsets, *memory);
    if (!offsets) return offsets.error();
    const auto indices = map_values<uint32_t>(*files_.indices, *memory);
    if (!indices) return indices.error();
    parts.offsets = *offsets;
    parts.indices = *indices;
  }
  return learn::Matrix::over(rows_spilled_, held_.columns(), std::move(parts));
}

}  // namespace penstock::kit
