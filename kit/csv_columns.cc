#include "kit/csv_columns.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/encoding.h"
#include "core/explore/value_text.h"
#include "kit/csv_decimal.h"
#include "kit/csv_numbers.h"
#include "kit/csv_packed.h"

namespace penstock::kit {

namespace {

using explore::ColumnType;

// What one text value is on its own.
ColumnType type_of(std::string_view text) {
  if (const auto number = explore::parse_number(text)) {
    if (!number->exact) return ColumnType::String;  // an identifier that a double would blur
    return number->integral ? ColumnType::Integral : ColumnType::Fractional;
  }
  if (explore::parse_boolean(text)) return ColumnType::Boolean;
  if (explore::parse_timestamp(text)) return ColumnType::Timestamp;
  return ColumnType::String;
}

// Numbers: `quick(row, values)` reads what it can from a row on and returns the row of the first field that needs
// `read(text)`, which gives an optional double.
template <class Quick, class Read>
size_t convert_numbers(const CsvFields& fields, const MissingTexts& missing, ColumnMemory& column, Quick quick,
                       Read read) {
  std::string scratch;
  const size_t rows = fields.size();
  const size_t before = column.numbers.size();
  column.numbers.resize(before + rows);
  double* const values = column.numbers.data() + before;
  const bool may_be_quick = !missing.has_further();  // which may be numbers
  size_t row = 0;
  for (; row < rows; ++row) {
    if (may_be_quick && (row = quick(row, values)) == rows) break;
    const std::string_view text = fields.text(row, scratch);
    if (missing.has_further() && missing.matches(text)) {
      values[row] = ColumnMemory::missing_number;
    } else if (const std::optional<double> value = read(text)) {
      values[row] = *value;
    } else if (missing.matches(text)) {
      values[row] = ColumnMemory::missing_number;
    } else {
      break;
    }
  }
  column.rows += row;
  column.numbers.resize(before + row);
  return row;
}

// Reads the truth values that pandas and most others write, from `first` on. Returns the row of the first other field.
size_t read_plain_booleans(const CsvFields& fields, size_t first, double* values) {
  size_t row = first;
  for (const size_t rows = fields.size(); row < rows; ++row) {
    const std::string_view text = fields.raw(row);
    if (text.size() == 4 && std::memcmp(text.data(), "True", 4) == 0) {
      values[row] = 1;
    } else if (text.size() == 5 && std::memcmp(text.data(), "False", 5) == 0) {
      values[row] = 0;
    } else {
      break;
    }
  }
  return row;
}

// The first characters of the texts that mean a missing value.
constexpr auto begins_missing = [] {
  std::array<bool, 256> begins = {};
  for (const char c : {'#', '-', '1', '<', 'N', 'n'}) begins[static_cast<unsigned char>(c)] = true;
  return begins;
}();

size_t convert_texts(const CsvFields& fields, const MissingTexts& missing, ConvertOptions options,
                     ColumnMemory& column) {
  std::string scratch;
  const size_t rows = fields.size();
  size_t bytes = 0;  // or some more
  const CsvFields::Places places = fields.places();
  for (size_t i = 0; i < rows; ++i) bytes += places.ends[i * places.end_step] - places.starts[i * places.start_step];
  size_t at = column.bytes.size();
  column.bytes.resize(at + bytes + text_margin);
  column.offsets.reserve(column.offsets.size() + rows);
  size_t row = 0;
  for (; row < rows; ++row) {
    const std::string_view text = fields.text(row, scratch);
    const bool may_be_missing = text.empty() || begins_missing[static_cast<unsigned char>(text[0])];
    if ((may_be_missing || missing.has_further()) && missing.matches(text)) {
      column.add_missing();
      continue;
    }
    if (options.check_utf8 && explore::first_bad_utf8(text) != std::string_view::npos) break;
    if (options.check_nul && text.find('\0') != std::string_view::npos) break;
    if (text.size() <= text_margin && text.data() != scratch.data()) {
      std::memcpy(column.bytes.data() + at, text.data(), text_margin);  // what is too much is overwritten by the next
    } else {
      std::memcpy(column.bytes.data() + at, text.data(), text.size());
    }
    at += text.size();
    column.added_text(at);
  }
  column.bytes.resize(at);
  return row;
}

}  // namespace

std::string_view CsvFields::unquoted(std::string_view field, std::string& scratch) {
  // Whatever follows the closing quote stays, as pandas has it.
  const size_t close = field.find('"', 1);
  if (close == std::string_view::npos || close + 1 == field.size()) return field.substr(1, close - 1);
  scratch.clear();
  bool inside = true;
  for (size_t at = 1; at < field.size(); ++at) {
    if (field[at] != '"') {
      scratch += field[at];
    } else if (inside && at + 1 < field.size() && field[at + 1] == '"') {
      scratch += '"';
      ++at;
    } else {
      inside = !inside;
    }
  }
  return scratch;
}

bool MissingTexts::matches(std::string_view text) const {
  if (explore::is_missing_text(text)) return true;
  if (further_.empty()) return false;
  const std::string_view trimmed = trim(text);
  return std::ranges::any_of(further_, [&](const std::string& one) { return one == text || one == trimmed; });
}

ColumnType wider(ColumnType one, ColumnType other) {
  if (one == other || other == ColumnType::Unknown) return one;
  if (one == ColumnType::Unknown) return other;
  const auto is_number = [](ColumnType type) { return type == ColumnType::Integral || type == ColumnType::Fractional; };
  return is_number(one) && is_number(other) ? ColumnType::Fractional : ColumnType::String;
}

ColumnType infer_type(const CsvFields& fields, const MissingTexts& missing) {
  ColumnType type = ColumnType::Unknown;
  std::string scratch;
  for (size_t row = 0; row < fields.size() && type != ColumnType::String; ++row) {
    const std::string_view text = fields.text(row, scratch);
    if (!missing.matches(text)) type = wider(type, type_of(text));
  }
  return type;
}

size_t convert(const CsvFields& fields, const MissingTexts& missing, ConvertOptions options, ColumnMemory& column) {
  const auto none = [](size_t row, double*) { return row; };
  switch (column.type) {
    case ColumnType::Integral:
    case ColumnType::Fractional: {
      column.may_pack = column.may_pack && convert_packed(fields, missing, column);
      if (column.may_pack) return fields.size();
      bool integral = true;
      const auto quick = [&](size_t row, double* values) { return read_plain_numbers(fields, row, values, integral); };
      const auto read = [&](std::string_view text) -> std::optional<double> {
        const auto number = explore::parse_number(text);
        if (!number || !number->exact) return std::nullopt;
        integral &= number->integral;
        return number->value;
      };
      const size_t rows = convert_numbers(fields, missing, column, quick, read);
      if (!integral) column.type = ColumnType::Fractional;
      return rows;
    }
    case ColumnType::Boolean: {
      const auto quick = [&](size_t row, double* values) { return read_plain_booleans(fields, row, values); };
      return convert_numbers(fields, missing, column, quick, [](std::string_view text) -> std::optional<double> {
        const auto value = explore::parse_boolean(text);
        return value ? std::optional<double>(*value ? 1 : 0) : std::nullopt;
      });
    }
    case ColumnType::Timestamp:
      return convert_numbers(fields, missing, column, none, explore::parse_timestamp);
    case ColumnType::Unknown:
      return convert_numbers(fields, missing, column, none,
                             [](std::string_view) -> std::optional<double> { return std::nullopt; });
    case ColumnType::String:
      return convert_texts(fields, missing, options, column);
  }
  return 0;
}

}  // namespace penstock::kit
