// The transcendental part of logistic loss, for many rows together, so that the compiler computes several in step. The
// results are the same on every processor: no fused operation, no table of the machine's library.
#pragma once

#include <span>

namespace penstock::learn {

// Of each margin m: e = exp(-|m|) and log(1 + e), each within 2 units in the last place; e below 1e-307 becomes 0. The
// outputs are at least as long as `margins`, which are finite.
void logistic_terms(std::span<const double> margins, std::span<double> exponentials, std::span<double> logarithms);

}  // namespace penstock::learn
