#include "core/stack/signals.h"

#include <fmt/format.h>

#include "base/encoding.h"

namespace penstock::stack {

namespace {

constexpr std::string_view path_front = "/cloudformation-waitcondition-";
constexpr std::string_view secret_mark = "?Signature=";

Error invalid(std::string text) {
  return Error{"ValidationError", std::move(text)};
}

}  // namespace

Outcome<Signal> read_signal(std::string_view body) {
  if (body.size() > signal_bytes_max) return invalid("The signal is longer than 4096 bytes");
  Outcome<Json> read = parse_json(body);
  if (!read || !read->is_object()) return invalid("A signal is a JSON object with Status, UniqueId, Data and Reason");
  Signal signal;
  signal.unique_id = read->text("UniqueId");
  signal.data = read->text("Data");
  signal.reason = read->text("Reason");
  std::string_view status = read->text("Status");
  signal.success = status == "SUCCESS";
  if (!signal.success && status != "FAILURE") return invalid("Status must be SUCCESS or FAILURE");
  if (signal.unique_id.empty() || signal.unique_id.find('/') != std::string::npos) {
    return invalid("UniqueId must be given, without a slash");
  }
  return signal;
}

std::string handle_target(std::string_view region, std::string_view stack_id, std::string_view logical_id,
                          std::string_view secret) {
  return fmt::format("{}{}/{}{}{}", path_front, region, uri_encode(fmt::format("{}/{}", stack_id, logical_id)),
                     secret_mark, secret);
}

std::optional<HandleTarget> read_handle_target(std::string_view target) {
  size_t start = target.find(path_front);
  size_t mark = target.find(secret_mark);
  if (start == std::string_view::npos || mark == std::string_view::npos || mark < start) return std::nullopt;
  std::string_view path = target.substr(start + 1, mark - start - 1);
  size_t slash = path.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  std::string place = uri_decode(path.substr(slash + 1));
  size_t last = place.rfind('/');
  if (last == std::string::npos) return std::nullopt;
  return HandleTarget{place.substr(0, last), place.substr(last + 1),
                      std::string(target.substr(mark + secret_mark.size()))};
}

std::optional<int64_t> duration_seconds(std::string_view text) {
  if (!text.starts_with("PT") || text.size() < 4) return std::nullopt;
  int64_t seconds = 0;
  int64_t number = -1;
  for (char c : text.substr(2)) {
    if (c >= '0' && c <= '9') {
      number = std::max<int64_t>(number, 0) * 10 + (c - '0');
      if (number > 1'000'000) return std::nullopt;
      continue;
    }
    int64_t unit = c == 'H' ? 3'600 : c == 'M' ? 60 : c == 'S' ? 1 : 0;
    if (unit == 0 || number < 0) return std::nullopt;
    seconds += number * unit;
    number = -1;
  }
  if (number >= 0) return std::nullopt;
  return seconds;
}

Outcome<bool> satisfied(const SignalWait& wait, const std::vector<Signal>& signals) {
  for (const Signal& signal : signals) {
    if (signal.success) continue;
    if (!wait.condition) {
      return Error{"NotStabilized", fmt::format("Received FAILURE signal with UniqueId {}", signal.unique_id)};
    }
    return Error{"NotStabilized", fmt::format("WaitCondition received failed message: '{}' for uniqueId: {}",
                                              signal.reason, signal.unique_id)};
  }
  return static_cast<int64_t>(signals.size()) >= wait.count;
}

std::string signal_data(const std::vector<Signal>& signals) {
  Json data = Json::object();
  for (const Signal& signal : signals) data.set(signal.unique_id, Json(signal.data));
  return to_string(data);
}

}  // namespace penstock::stack
