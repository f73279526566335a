#include "base/assert.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

namespace penstock {

void assertion_failed(const char* expression, const char* file, int line) {
  // Not through Log: this must work with no Log at hand and whatever is broken. The form of the line is Log's.
  std::string text =
      "{\"level\":\"error\",\"message\":\"broken invariant, stopping; what is durable stays right\",\"expression\":\"";
  for (const char* c = expression; *c != 0; ++c) {
    if (*c == '"' || *c == '\\') text.push_back('\\');
    text.push_back(*c);
  }
  fmt::format_to(std::back_inserter(text), "\",\"file\":\"{}\",\"line\":{}}}\n", file, line);
  [[maybe_unused]] ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
  std::abort();
}

}  // namespace penstock
