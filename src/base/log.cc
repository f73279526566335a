#include "base/log.h"

#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

namespace penstock {

namespace {

std::string_view level_name(Log::Level level) {
  switch (level) {
    case Log::Level::debug:
      return "debug";
    case Log::Level::info:
      return "info";
    case Log::Level::warning:
      return "warning";
    case Log::Level::error:
      return "error";
  }
  return "error";
}

}  // namespace

void Log::write(Level level, std::string_view message, std::vector<JsonMember> fields) {
  if (level < lowest_) return;
  Json line = Json::object();
  line.set("time", to_iso8601(clock_.now()));
  line.set("level", level_name(level));
  line.set("message", message);
  for (JsonMember& field : fields) line.set(field.key, std::move(field.value));
  std::string text = to_string(line);
  text.push_back('\n');

  std::lock_guard lock(mutex_);
  std::string_view rest = text;
  while (!rest.empty()) {
    ssize_t written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // nobody reads the log: that must not stop the server
    rest.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace penstock
