#include "aws/logs/filter_pattern.h"
#include "base/assert.h"
#include "targets.h"

namespace penstock::fuzz {

// A filter pattern of CloudWatch Logs and, after a zero byte, a line.
void log_filter(std::string_view bytes) {
  const auto [text, rest, both] = halves(bytes);
  const auto pattern = aws::logs::FilterPattern::parse(text);
  if (!pattern) {
    PENSTOCK_ASSERT(!pattern.error().message.empty());
    return;
  }
  (void)pattern->matches(both ? rest : R"({"level":"ERROR","code":503,"list":[1,{"a":null}],"ok":true})");
  (void)pattern->matches("ERROR in line 3");
}

}  // namespace penstock::fuzz
