// Scalars of the models and their text: in headers, query strings, labels, XML, and in messages.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "aws/protocol/shape.h"
#include "base/time.h"

namespace penstock::aws {

// "TrainingJobName" -> "trainingJobName", and back.
std::string lower_first(std::string_view name);
std::string upper_first(std::string_view name);

// Code points of a string, bytes of a blob, elements of a list or map.
size_t value_length(const Shape& shape, const void* value);
// The value of a number.
std::optional<double> value_number(const Shape& shape, const void* value);
// The value as AWS's messages show it (Java's toString): [a, b], {k=v}, Tag(key=k, value=v).
std::string shown_value(const Shape& shape, const void* value);

// The format of a timestamp: the member's, else the shape's, else `otherwise`.
TimestampFormat timestamp_format(const Member& use, TimestampFormat otherwise);
std::string to_text(Time time, TimestampFormat format);
// Reads any of the formats, the expected one first: clients differ. Epoch seconds may have a fraction.
std::optional<Time> parse_time(std::string_view text, TimestampFormat expected);
// Epoch seconds with milliseconds when they are not zero: 1732443300.123.
std::string to_epoch_text(Time time);
Time from_epoch_seconds(double seconds);

// The scalar at `value` as text; blobs in base64, timestamps as `use` or `times` says.
std::string write_scalar(const Member& use, const void* value, TimestampFormat times);
// The other way; false when `text` is no such scalar. The value is new.
bool read_scalar(const Member& use, std::string_view text, void* value, TimestampFormat times);

}  // namespace penstock::aws
