// Listing jobs: the filters, orders and pages that SageMaker's List* operations share.
#pragma once

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/context.h"
#include "base/encoding.h"
#include "base/outcome.h"
#include "core/job/manager.h"

namespace penstock::aws::sagemaker {

struct JobPage {
  std::vector<job::JobRecord> records;
  std::optional<std::string> next_token;
};

inline constexpr size_t page_size_default = 10;

// True when the record passes the filters of a List*Input.
template <class Input>
bool passes(const job::JobRecord& record, const Input& input) {
  return (!input.creation_time_after || record.created > *input.creation_time_after) &&
         (!input.creation_time_before || record.created < *input.creation_time_before) &&
         (!input.last_modified_time_after || record.modified > *input.last_modified_time_after) &&
         (!input.last_modified_time_before || record.modified < *input.last_modified_time_before) &&
         (!input.name_contains || record.spec.name.find(*input.name_contains) != std::string::npos) &&
         (!input.status_equals || job::to_text(record.status) == *input.status_equals);
}

// One page of the caller's jobs of a kind. The token says how far a listing came: the last job's place in its order, so
// that jobs which come or go meanwhile neither repeat nor hide others.
template <class Input>
Outcome<JobPage> list_jobs(Context& context, std::string_view kind, const Input& input) {
  std::vector<job::JobRecord> records = context.platform.jobs.list(kind, context.account, context.region);
  std::erase_if(records, [&](const job::JobRecord& record) { return !passes(record, input); });
  std::string by = input.sort_by.value_or("CreationTime");
  auto place = [&](const job::JobRecord& record) {
    int64_t created = record.created.microseconds;
    if (by == "Name") return std::pair(record.spec.name, int64_t{0});
    if (by == "Status") return std::pair(std::string(job::to_text(record.status)) + "/" + record.spec.name, int64_t{0});
    return std::pair(std::string(), created);
  };
  auto before = [&](const job::JobRecord& left, const job::JobRecord& right) {
    return std::tuple(place(left), left.spec.name) < std::tuple(place(right), right.spec.name);
  };
  std::sort(records.begin(), records.end(), before);
  if (input.sort_order.value_or("Ascending") == "Descending") std::reverse(records.begin(), records.end());
  size_t start = 0;
  if (input.next_token) {
    std::optional<std::string> last = from_base64(*input.next_token);
    auto found = std::find_if(records.begin(), records.end(),
                              [&](const job::JobRecord& one) { return last && one.spec.name == *last; });
    if (found == records.end())
      return Error{"ValidationException", "Invalid NextToken: start the listing again.", 400, {}};
    start = static_cast<size_t>(found - records.begin()) + 1;
  }
  JobPage page;
  size_t count = input.max_results ? static_cast<size_t>(*input.max_results) : page_size_default;
  for (size_t i = start; i < records.size() && page.records.size() < count; ++i)
    page.records.push_back(std::move(records[i]));
  if (start + page.records.size() < records.size() && !page.records.empty()) {
    page.next_token = to_base64(page.records.back().spec.name);
  }
  return page;
}

}  // namespace penstock::aws::sagemaker
