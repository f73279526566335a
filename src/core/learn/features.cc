#include "core/learn/features.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace penstock::learn {
namespace {

// The texts of wider blocks are made row by row: kept, they would need width * width bytes.
constexpr size_t width_rendered_max = 512;

// A one-hot block's fields, each after a comma; `hot` counts from 1, 0 is none.
std::string hot_text(size_t width, size_t hot) {
  std::string text;
  text.reserve(width * 4);
  for (size_t k = 1; k <= width; ++k) text += k == hot ? ",1.0" : ",0.0";
  return text;
}

}  // namespace

size_t Features::width() const {
  size_t width = 0;
  for (const Block& block : blocks) width += block.width;
  return width;
}

Matrix Features::matrix() const {
  const size_t columns = width();
  if (blocks.size() > columns / 3) {  // a row has one value a block at most
    std::vector<double> values(rows * columns);
    size_t first = 0;
    for (const Block& block : blocks) {
      for (size_t row = 0; row < rows; ++row) {
        double* const cells = values.data() + row * columns + first;
        if (block.hot.empty() && !block.numbers.empty())
          cells[0] = block.numbers[row];
        else if (block.hot[row] >= 0)
          cells[block.hot[row]] = 1;
      }
      first += block.width;
    }
    return Matrix::dense(rows, columns, std::move(values));
  }
  std::vector<uint64_t> offsets = {0};
  std::vector<uint32_t> indices;
  std::vector<double> values;
  offsets.reserve(rows + 1);
  indices.reserve(rows * blocks.size());
  values.reserve(rows * blocks.size());
  for (size_t row = 0; row < rows; ++row) {
    uint32_t first = 0;
    for (const Block& block : blocks) {
      if (!block.numbers.empty() && block.numbers[row] != 0) {
        indices.push_back(first);
        values.push_back(block.numbers[row]);
      } else if (!block.hot.empty() && block.hot[row] >= 0) {
        indices.push_back(first + static_cast<uint32_t>(block.hot[row]));
        values.push_back(1);
      }
      first += static_cast<uint32_t>(block.width);
    }
    offsets.push_back(values.size());
  }
  return Matrix::sparse(columns, std::move(offsets), std::move(indices), std::move(values));
}

void append_number(std::string& out, double value) {
  if (std::isnan(value)) return;
  if (std::isinf(value)) {
    out += value > 0 ? "inf" : "-inf";
    return;
  }
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  out.append(buffer, end);
  for (const char* c = buffer; c < end; ++c)
    if (*c == '.' || *c == 'e') return;
  out += ".0";
}

void append_field(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

FeatureLines::FeatureLines(const Features& features, const std::vector<double>* label)
    : features_(features), label_(label) {
  for (const Block& block : features.blocks) {
    std::vector<std::string> texts;
    for (size_t hot = 0; !block.hot.empty() && block.width <= width_rendered_max && hot <= block.width; ++hot)
      texts.push_back(hot_text(block.width, hot));
    hot_texts_.push_back(std::move(texts));
  }
}

void FeatureLines::append(std::string& out, size_t first, size_t last) const {
  std::string line;
  for (size_t row = first; row < last; ++row) {
    line.clear();
    if (label_) {
      line += ',';
      append_number(line, (*label_)[row]);
    }
    for (size_t i = 0; i < features_.blocks.size(); ++i) {
      const Block& block = features_.blocks[i];
      if (!block.hot.empty()) {
        const size_t hot = static_cast<size_t>(block.hot[row] + 1);
        line += hot_texts_[i].empty() ? hot_text(block.width, hot) : hot_texts_[i][hot];
      } else {
        line += ',';
        append_number(line, block.numbers[row]);
      }
    }
    line += '\n';
    out.append(line, 1);  // without the first comma
  }
}

std::string FeatureLines::header(std::string_view label_name) const {
  std::string line;
  if (label_) {
    line += ',';
    append_field(line, label_name);
  }
  for (const std::string& name : features_.names) {
    line += ',';
    append_field(line, name);
  }
  line += '\n';
  return line.substr(1);
}

}  // namespace penstock::learn
