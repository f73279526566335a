#include "kit/arrow_columns.h"

#include <arrow/util/decimal.h>
#include <arrow/util/float16.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/explore/value_text.h"

namespace penstock::kit {

namespace {

using explore::ColumnType;

constexpr int64_t exact_max = int64_t{1} << 53;

// Integers as texts, where the column is one.
template <class ArrowArray>
void append_integers(ColumnMemory& column, const arrow::Array& array) {
  const auto& typed = static_cast<const ArrowArray&>(array);
  for (int64_t row = 0; row < typed.length(); ++row) {
    if (typed.IsNull(row)) {
      column.add_missing();
    } else if (column.is_text()) {
      column.add_text(fmt::format_int(typed.Value(row)).c_str());
    } else {
      column.add_number(static_cast<double>(typed.Value(row)));
    }
  }
}

// False for an array that is not of integers.
bool append_integer_array(ColumnMemory& column, const arrow::Array& array) {
  switch (array.type_id()) {
    case arrow::Type::INT8:
      return append_integers<arrow::Int8Array>(column, array), true;
    case arrow::Type::INT16:
      return append_integers<arrow::Int16Array>(column, array), true;
    case arrow::Type::INT32:
      return append_integers<arrow::Int32Array>(column, array), true;
    case arrow::Type::INT64:
      return append_integers<arrow::Int64Array>(column, array), true;
    case arrow::Type::UINT8:
      return append_integers<arrow::UInt8Array>(column, array), true;
    case arrow::Type::UINT16:
      return append_integers<arrow::UInt16Array>(column, array), true;
    case arrow::Type::UINT32:
      return append_integers<arrow::UInt32Array>(column, array), true;
    case arrow::Type::UINT64:
      return append_integers<arrow::UInt64Array>(column, array), true;
    default:
      return false;
  }
}

void append_halves(ColumnMemory& column, const arrow::Array& array) {
  const auto& typed = static_cast<const arrow::HalfFloatArray&>(array);
  for (int64_t row = 0; row < typed.length(); ++row) {
    if (typed.IsNull(row)) {
      column.add_missing();
    } else {
      column.add_number(arrow::util::Float16::FromBits(typed.Value(row)).ToDouble());
    }
  }
}

template <class ArrowArray>
void append_numbers(ColumnMemory& column, const arrow::Array& array, double scale = 1) {
  const auto& typed = static_cast<const ArrowArray&>(array);
  for (int64_t row = 0; row < typed.length(); ++row) {
    if (typed.IsNull(row)) {
      column.add_missing();
    } else {
      column.add_number(static_cast<double>(typed.Value(row)) * scale);
    }
  }
}

template <class ArrowArray>
void append_texts(ColumnMemory& column, const arrow::Array& array) {
  const auto& typed = static_cast<const ArrowArray&>(array);
  for (int64_t row = 0; row < typed.length(); ++row) {
    if (typed.IsNull(row)) {
      column.add_missing();
    } else {
      column.add_text(typed.GetView(row));
    }
  }
}

template <class ArrowArray, class Decimal>
void append_decimals(ColumnMemory& column, const arrow::Array& array, int32_t scale) {
  const auto& typed = static_cast<const ArrowArray&>(array);
  for (int64_t row = 0; row < typed.length(); ++row) {
    if (typed.IsNull(row)) {
      column.add_missing();
    } else {
      column.add_number(Decimal(typed.GetValue(row)).ToDouble(scale));
    }
  }
}

double seconds_in(arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      return 1;
    case arrow::TimeUnit::MILLI:
      return 1e-3;
    case arrow::TimeUnit::MICRO:
      return 1e-6;
    case arrow::TimeUnit::NANO:
      return 1e-9;
  }
  return 1;
}

// "03:04:05", with a fraction where there is one.
void append_times_of_day(ColumnMemory& column, const arrow::Array& array) {
  const double unit = seconds_in(static_cast<const arrow::TimeType&>(*array.type()).unit());
  ColumnMemory seconds;
  if (array.type_id() == arrow::Type::TIME32) {
    append_numbers<arrow::Time32Array>(seconds, array, unit);
  } else {
    append_numbers<arrow::Time64Array>(seconds, array, unit);
  }
  for (const double value : seconds.numbers) {
    if (std::isnan(value)) {
      column.add_missing();
      continue;
    }
    const auto whole = static_cast<int>(value);
    const auto micros = std::lround((value - whole) * 1e6);
    std::string text = fmt::format("{:02}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
    if (micros > 0 && micros < 1'000'000) text += fmt::format(".{:06}", micros);
    column.add_text(text);
  }
}

// A dictionary's values are looked up one by one: the dictionary itself becomes a column first.
Outcome<void> append_dictionary(ColumnMemory& column, const arrow::DictionaryArray& array) {
  ColumnMemory values;
  values.type = column.type;
  if (auto read = append_array(values, *array.dictionary()); !read) return read;
  const auto missing = [&](size_t at) {
    return values.is_text() ? !values.present.empty() && values.present[at] == 0 : std::isnan(values.numbers[at]);
  };
  for (int64_t row = 0; row < array.length(); ++row) {
    const auto at = array.IsNull(row) ? size_t{0} : static_cast<size_t>(array.GetValueIndex(row));
    if (array.IsNull(row) || missing(at)) {
      column.add_missing();
    } else if (values.is_text()) {
      column.add_text(explore::Strings{values.offsets, values.bytes}[at]);
    } else {
      column.add_number(values.numbers[at]);
    }
  }
  return {};
}

Outcome<ColumnType> type_of(const arrow::DataType& type, const std::string& name) {
  switch (type.id()) {
    case arrow::Type::NA:
      return ColumnType::Unknown;
    case arrow::Type::BOOL:
      return ColumnType::Boolean;
    case arrow::Type::INT8:
    case arrow::Type::INT16:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::UINT8:
    case arrow::Type::UINT16:
    case arrow::Type::UINT32:
    case arrow::Type::UINT64:
      return ColumnType::Integral;
    case arrow::Type::HALF_FLOAT:
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
    case arrow::Type::DECIMAL128:
    case arrow::Type::DECIMAL256:
    case arrow::Type::DURATION:
      return ColumnType::Fractional;
    case arrow::Type::DATE32:
    case arrow::Type::DATE64:
    case arrow::Type::TIMESTAMP:
      return ColumnType::Timestamp;
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::FIXED_SIZE_BINARY:
    case arrow::Type::TIME32:
    case arrow::Type::TIME64:
      return ColumnType::String;
    case arrow::Type::DICTIONARY:
      return type_of(*static_cast<const arrow::DictionaryType&>(type).value_type(), name);
    default:
      return Error{"BadData",
                   fmt::format("column '{}' has the type {}, which has no single value a row: flatten it, or "
                               "leave it out with --columns",
                               name, type.ToString())};
  }
}

}  // namespace

Outcome<ColumnType> column_type(const arrow::Field& field) {
  return type_of(*field.type(), field.name());
}

Outcome<void> append_array(ColumnMemory& column, const arrow::Array& array) {
  switch (array.type_id()) {
    case arrow::Type::NA:
      for (int64_t row = 0; row < array.length(); ++row) column.add_missing();
      return {};
    case arrow::Type::BOOL:
      return append_numbers<arrow::BooleanArray>(column, array), Outcome<void>{};
    case arrow::Type::HALF_FLOAT:
      return append_halves(column, array), Outcome<void>{};
    case arrow::Type::FLOAT:
      return append_numbers<arrow::FloatArray>(column, array), Outcome<void>{};
    case arrow::Type::DOUBLE:
      return append_numbers<arrow::DoubleArray>(column, array), Outcome<void>{};
    case arrow::Type::DECIMAL128:
      append_decimals<arrow::Decimal128Array, arrow::Decimal128>(
          column, array, static_cast<const arrow::Decimal128Type&>(*array.type()).scale());
      return {};
    case arrow::Type::DECIMAL256:
      append_decimals<arrow::Decimal256Array, arrow::Decimal256>(
          column, array, static_cast<const arrow::Decimal256Type&>(*array.type()).scale());
      return {};
    case arrow::Type::DATE32:
      return append_numbers<arrow::Date32Array>(column, array, 86'400), Outcome<void>{};
    case arrow::Type::DATE64:
      return append_numbers<arrow::Date64Array>(column, array, 1e-3), Outcome<void>{};
    case arrow::Type::TIMESTAMP:
      append_numbers<arrow::TimestampArray>(column, array,
                                            seconds_in(static_cast<const arrow::TimestampType&>(*array.type()).unit()));
      return {};
    case arrow::Type::STRING:
      return append_texts<arrow::StringArray>(column, array), Outcome<void>{};
    case arrow::Type::LARGE_STRING:
      return append_texts<arrow::LargeStringArray>(column, array), Outcome<void>{};
    case arrow::Type::BINARY:
      return append_texts<arrow::BinaryArray>(column, array), Outcome<void>{};
    case arrow::Type::LARGE_BINARY:
      return append_texts<arrow::LargeBinaryArray>(column, array), Outcome<void>{};
    case arrow::Type::STRING_VIEW:
      return append_texts<arrow::StringViewArray>(column, array), Outcome<void>{};
    case arrow::Type::BINARY_VIEW:
      return append_texts<arrow::BinaryViewArray>(column, array), Outcome<void>{};
    case arrow::Type::FIXED_SIZE_BINARY:
      return append_texts<arrow::FixedSizeBinaryArray>(column, array), Outcome<void>{};
    case arrow::Type::TIME32:
    case arrow::Type::TIME64:
      return append_times_of_day(column, array), Outcome<void>{};
    case arrow::Type::DURATION:
      append_numbers<arrow::DurationArray>(column, array,
                                           seconds_in(static_cast<const arrow::DurationType&>(*array.type()).unit()));
      return {};
    case arrow::Type::DICTIONARY:
      return append_dictionary(column, static_cast<const arrow::DictionaryArray&>(array));
    default:
      if (append_integer_array(column, array)) return {};
      return Error{"BadData", fmt::format("column '{}' has the type {}", column.name, array.type()->ToString())};
  }
}

bool has_identifiers(const arrow::Array& array) {
  const auto beyond = [&](const auto& typed, auto is_beyond) {
    for (int64_t row = 0; row < typed.length(); ++row) {
      if (is_beyond(typed.Value(row)) && !typed.IsNull(row)) return true;
    }
    return false;
  };
  if (array.type_id() == arrow::Type::INT64) {
    return beyond(static_cast<const arrow::Int64Array&>(array),
                  [](int64_t value) { return value > exact_max || value < -exact_max; });
  }
  if (array.type_id() != arrow::Type::UINT64) return false;
  return beyond(static_cast<const arrow::UInt64Array&>(array),
                [](uint64_t value) { return value > static_cast<uint64_t>(exact_max); });
}

std::optional<BadText> find_bad_text(const explore::Column& column) {
  if (column.type != ColumnType::String) return std::nullopt;
  for (size_t row = 0; row < column.rows; ++row) {
    const std::string_view text = column.strings[row];
    const size_t bad = explore::first_bad_utf8(text);
    if (bad == std::string_view::npos) continue;
    return BadText{row, fmt::format("column '{}': byte 0x{:02X} is not UTF-8, after '{}'", column.name,
                                    static_cast<unsigned char>(text[bad]), text.substr(0, std::min<size_t>(bad, 40)))};
  }
  return std::nullopt;
}

}  // namespace penstock::kit
