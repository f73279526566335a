#include "core/pipeline/history.h"

#include <algorithm>
#include <utility>

#include "aws/protocol/json_codec.h"
#include "aws/states/arn.h"
#include "aws/states/execution.h"
#include "aws/states/page.h"
#include "core/execution/engine.h"

namespace penstock::aws::states {

namespace {

// A stretch of a history: `count` events from `first` on, upwards.
struct Stretch {
  int64_t first = 1;
  int64_t count = 0;
};

// The events of the page that begins at `start` (0: at the beginning, which is the end when reversed).
Stretch stretch_of(int64_t last, int64_t start, int64_t size, bool reverse) {
  if (!reverse) {
    int64_t first = std::max<int64_t>(1, start);
    return {first, std::clamp<int64_t>(last - first + 1, 0, size)};
  }
  int64_t end = start == 0 ? last : std::min(start, last);
  int64_t count = std::min(size, end);
  return {end - count + 1, count};
}

Outcome<std::vector<pipeline::HistoryEvent>> read_events(store::Journal& journal, store::ExecutionId execution,
                                                         Stretch stretch) {
  std::vector<pipeline::HistoryEvent> wanted;
  if (stretch.count == 0) return wanted;
  for (const store::JournalRow& row : journal.events(execution, stretch.first, stretch.count)) {
    Outcome<std::vector<pipeline::HistoryEvent>> events = pipeline::decode_events(row.events);
    if (!events) return events.error();
    for (pipeline::HistoryEvent& event : *events) {
      if (event.id < stretch.first || event.id >= stretch.first + stretch.count) continue;
      wanted.push_back(std::move(event));
    }
  }
  return wanted;
}

}  // namespace

Outcome<GetExecutionHistoryOutput> get_execution_history(Context& context, const GetExecutionHistoryInput& input) {
  Outcome<Arn> arn = parse_arn(input.execution_arn, {"execution"});
  if (!arn) return arn.error();
  const Pages pages(context, "GetExecutionHistory", input);
  Outcome<std::string> token = pages.start(input.next_token);
  if (!token) return token.error();
  int64_t start = token->empty() ? 0 : std::strtoll(token->c_str(), nullptr, 10);
  store::Journal& journal = context.platform.executions.journal();
  std::optional<store::ExecutionRecord> record = journal.find(arn->text);
  if (!record) return Error{"ExecutionDoesNotExist", "Execution Does Not Exist: '" + arn->text + "'"};
  bool reverse = input.reverse_order.value_or(false);
  Stretch stretch = stretch_of(record->events, start, static_cast<int64_t>(page_size(input.max_results)), reverse);
  Outcome<std::vector<pipeline::HistoryEvent>> events = read_events(journal, record->id, stretch);
  if (!events) return events.error();
  if (reverse) std::ranges::reverse(*events);
  GetExecutionHistoryOutput output;
  bool with_data = input.include_execution_data.value_or(true);
  for (const pipeline::HistoryEvent& event : *events) {
    Validation validation;
    Outcome<void> read =
        from_json(HistoryEvent::table, pipeline::to_json(event, with_data), &output.events.emplace_back(), validation);
    if (!read) return Error{"InternalFailure", "event " + std::to_string(event.id) + ": " + read.error().message, 500};
  }
  int64_t next = reverse ? stretch.first - 1 : stretch.first + stretch.count;
  bool more = stretch.count > 0 && (reverse ? next >= 1 : next <= record->events);
  if (more) output.next_token = pages.token(std::to_string(next));
  return output;
}

}  // namespace penstock::aws::states
