#include "aws/logs/service.h"

#include "aws/logs/event.h"
#include "aws/logs/group.h"
#include "aws/logs/stream.h"
#include "aws/logs/tag.h"

namespace penstock::aws::logs {

const ServiceTable& service() {
  static const ServiceTable table =
      list(op<CreateLogGroup>(create_log_group), op<DeleteLogGroup>(delete_log_group),
           op<DescribeLogGroups>(describe_log_groups), op<PutRetentionPolicy>(put_retention_policy),
           op<DeleteRetentionPolicy>(delete_retention_policy), op<CreateLogStream>(create_log_stream),
           op<DeleteLogStream>(delete_log_stream), op<DescribeLogStreams>(describe_log_streams),
           op<PutLogEvents>(put_log_events), op<GetLogEvents>(get_log_events),
           blocking(op<FilterLogEvents>(filter_log_events)), op<TagLogGroup>(tag_log_group),
           op<UntagLogGroup>(untag_log_group), op<ListTagsLogGroup>(list_tags_log_group), op<TagResource>(tag_resource),
           op<UntagResource>(untag_resource), op<ListTagsForResource>(list_tags_for_resource));
  return table;
}

}  // namespace penstock::aws::logs
