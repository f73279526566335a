#include "aws/delivery/delivery.h"

#include <vector>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/json_read.h"

namespace penstock::aws::delivery {

Json to_record(const Delivery& delivery) {
  return Json::object({{"source", delivery.source_arn},
                       {"target", delivery.target_arn},
                       {"role", delivery.role_arn},
                       {"region", delivery.region},
                       {"account", delivery.account},
                       {"action", static_cast<int64_t>(delivery.action)},
                       {"service", delivery.service},
                       {"operation", delivery.operation},
                       {"parameters", delivery.parameters},
                       {"hops", delivery.hops},
                       {"deadLetter", delivery.dead_letter_arn},
                       {"retriesMax", delivery.retries_max},
                       {"ageSecondsMax", delivery.age_seconds_max},
                       {"created", delivery.created.microseconds},
                       {"attempts", delivery.attempts},
                       {"id", delivery.id}});
}

Delivery from_record(const Json& record) {
  Delivery delivery;
  delivery.id = record.text("id");
  delivery.source_arn = record.text("source");
  delivery.target_arn = record.text("target");
  delivery.role_arn = record.text("role");
  delivery.region = record.text("region");
  delivery.account = record.text("account");
  delivery.action = static_cast<Delivery::Action>(integer_in(record, "action").value_or(0));
  delivery.service = record.text("service");
  delivery.operation = record.text("operation");
  delivery.parameters = record["parameters"];
  delivery.hops = static_cast<int>(integer_in(record, "hops").value_or(0));
  delivery.dead_letter_arn = record.text("deadLetter");
  delivery.retries_max = integer_in(record, "retriesMax").value_or(0);
  delivery.age_seconds_max = integer_in(record, "ageSecondsMax").value_or(0);
  delivery.created = time_in(record, "created").value_or(Time{});
  delivery.attempts = integer_in(record, "attempts").value_or(0);
  return delivery;
}

std::string name_of(std::string_view words) {
  std::string hex = sha256_hex(words).substr(0, 32);
  for (size_t place : {20, 16, 12, 8}) hex.insert(place, "-");
  return hex;
}

ArnParts arn_parts(std::string_view arn) {
  std::vector<std::string_view> parts = split(arn, ':');
  if (parts.size() < 6 || parts[0] != "arn") return {};
  size_t start = static_cast<size_t>(parts[5].data() - arn.data());
  return {std::string(parts[2]), std::string(parts[3]), std::string(parts[4]), std::string(arn.substr(start))};
}

}  // namespace penstock::aws::delivery
