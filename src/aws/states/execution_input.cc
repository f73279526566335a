#include "aws/states/execution_input.h"

#include <cctype>
#include <string>

#include "base/encoding.h"
#include "base/json.h"

namespace penstock::aws::states {

namespace {

// Where the reader stands when it meets what it cannot read decides the words; these two are recorded, all else is told
// in our reader's words.
std::string told_by_jackson(std::string_view text, const std::string& otherwise) {
  std::string_view rest = trim(text);
  if (std::isalpha(static_cast<unsigned char>(rest.front()))) {
    size_t end = 0;
    while (end < rest.size() && std::isalnum(static_cast<unsigned char>(rest[end]))) ++end;
    return "Unrecognized token '" + std::string(rest.substr(0, end)) +
           "': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
  }
  if (rest.front() == '{') {
    std::string_view member = trim(rest.substr(1));
    if (!member.empty() && member.front() != '"' && member.front() != '}') {
      return "Unexpected character ('" + std::string(1, member.front()) + "' (code " +
             std::to_string(static_cast<unsigned char>(member.front())) +
             ")): was expecting double-quote to start field name";
    }
  }
  return otherwise;
}

}  // namespace

Outcome<void> check_execution_input(std::string_view text) {
  std::string reason = "Invalid execution input.";
  if (!trim(text).empty()) {
    Outcome<Json> parsed = parse_json(text);
    if (parsed.ok()) return {};
    reason = told_by_jackson(text, parsed.error().message);
  }
  return Error{"InvalidExecutionInput", "Invalid State Machine Execution Input: '" + reason + "'"};
}

}  // namespace penstock::aws::states
