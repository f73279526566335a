// Log: one structured line (JSON) an event, to standard error. What an operator reads; never user data or secrets.
#pragma once

#include <mutex>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"

namespace penstock {

class Log {
 public:
  enum class Level { debug, info, warning, error };
  Log(const Clock& clock, Level lowest, int descriptor = 2) : clock_(clock), lowest_(lowest), descriptor_(descriptor) {}
  // log.write(Log::Level::info, "server started", {{"port", 4700}});
  void write(Level level, std::string_view message, std::vector<JsonMember> fields = {});

 private:
  const Clock& clock_;
  Level lowest_;
  int descriptor_;
  std::mutex mutex_;
};

}  // namespace penstock
