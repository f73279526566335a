#include "core/stack/announcement.h"

namespace penstock::stack {

event::Event to_event(const Event& told) {
  bool of_stack = told.physical_id == told.stack_id;
  Json status = Json::object({{"status", told.status}, {"status-reason", told.reason}});
  Json detail = Json::object({{"stack-id", told.stack_id}});
  if (!of_stack) {
    detail.set("logical-resource-id", told.logical_id);
    detail.set("physical-resource-id", told.physical_id);
    detail.set("resource-type", told.type);
  }
  detail.set("status-details", std::move(status));
  detail.set("client-request-token", told.token);
  return {std::string(announcement_source),
          of_stack ? "CloudFormation Stack Status Change" : "CloudFormation Resource Status Change", told.stack_id,
          std::move(detail)};
}

}  // namespace penstock::stack
