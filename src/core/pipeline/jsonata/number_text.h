// Numbers as JavaScript writes and reads them.
#pragma once

#include <string>
#include <string_view>

namespace penstock::jsonata {

// Number.prototype.toString: shortest digits that read back equal; an exponent below 1e-6 and from 1e21.
// ECMA-262, 6.1.6.1.20.
void append_number(std::string& out, double value);
std::string number_text(double value);
// Number(value.toPrecision(15)) for a value that is not an integer; what $string applies.
double round_to_15_digits(double value);
// $round: half to even at 10^-precision, shifted as text so that 4.515 rounds as a person expects.
double round_half_even(double value, int precision);
// Number.prototype.toString(radix), radix 2 to 36, of an integral value.
std::string integer_text(double value, int radix);
// What `text` reads as, whole, for texts that are valid decimal numbers.
double read_number(std::string_view text);

}  // namespace penstock::jsonata
