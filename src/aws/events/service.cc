#include "aws/events/service.h"

#include "aws/events/event_bus.h"
#include "aws/events/put_events.h"
#include "aws/events/rule.h"
#include "aws/events/tag.h"
#include "aws/events/target.h"

namespace penstock::aws::events {

const ServiceTable& service() {
  static const ServiceTable table =
      list(op<PutRule>(put_rule), op<DescribeRule>(describe_rule), op<ListRules>(list_rules),
           op<DeleteRule>(delete_rule), op<EnableRule>(enable_rule), op<DisableRule>(disable_rule),
           op<PutTargets>(put_targets), op<RemoveTargets>(remove_targets), op<ListTargetsByRule>(list_targets_by_rule),
           op<ListRuleNamesByTarget>(list_rule_names_by_target), op<PutEvents>(put_events),
           op<TestEventPattern>(test_event_pattern), op<CreateEventBus>(create_event_bus),
           op<DescribeEventBus>(describe_event_bus), op<ListEventBuses>(list_event_buses),
           op<DeleteEventBus>(delete_event_bus), op<TagResource>(tag_resource), op<UntagResource>(untag_resource),
           op<ListTagsForResource>(list_tags_for_resource));
  return table;
}

}  // namespace penstock::aws::events
