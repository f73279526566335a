#include "core/execution/rest.h"

#include "core/pipeline/packing.h"

namespace penstock::execution {

namespace {
constexpr uint64_t format_version = 1;
}

std::string to_bytes(const Rest& rest) {
  using pipeline::put_number, pipeline::put_signed, pipeline::put_text;
  std::string out;
  put_number(out, format_version);
  put_text(out, rest.revision);
  put_number(out, rest.waits.timers.size());
  for (const pipeline::SetTimer& timer : rest.waits.timers) {
    put_number(out, timer.timer);
    put_signed(out, timer.due.microseconds);
  }
  put_number(out, rest.waits.tokens.size());
  for (const pipeline::AwaitedToken& token : rest.waits.tokens) {
    put_signed(out, token.task);
    put_text(out, token.token);
  }
  return out;
}

std::optional<Rest> parse_rest(std::string_view bytes) {
  pipeline::Unpacker in(bytes);
  if (in.number() != format_version) return std::nullopt;
  Rest rest;
  rest.revision = in.text();
  for (uint64_t count = in.number(); count > 0 && !in.failed(); --count) {
    pipeline::TimerId timer = in.number();
    rest.waits.timers.push_back({timer, Time{in.signed_number()}});
  }
  for (uint64_t count = in.number(); count > 0 && !in.failed(); --count) {
    pipeline::TaskId task = in.signed_number();
    rest.waits.tokens.push_back({task, std::string(in.text())});
  }
  if (in.failed() || !in.at_end()) return std::nullopt;
  return rest;
}

}  // namespace penstock::execution
