// PENSTOCK_ASSERT: an invariant that holds in every build. A broken one stops the process: what is durable stays right.
#pragma once

namespace penstock {
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);
}

#define PENSTOCK_ASSERT(expression) \
  ((expression) ? static_cast<void>(0) : ::penstock::assertion_failed(#expression, __FILE__, __LINE__))
