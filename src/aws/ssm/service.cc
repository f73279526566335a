#include "aws/ssm/service.h"

#include "aws/ssm/parameter.h"
#include "aws/ssm/tag.h"

namespace penstock::aws::ssm {

const ServiceTable& service() {
  static const ServiceTable table =
      list(op<PutParameter>(put_parameter), op<GetParameter>(get_parameter), op<GetParameters>(get_parameters),
           op<GetParametersByPath>(get_parameters_by_path), op<GetParameterHistory>(get_parameter_history),
           op<DescribeParameters>(describe_parameters), op<DeleteParameter>(delete_parameter),
           op<DeleteParameters>(delete_parameters), op<LabelParameterVersion>(label_parameter_version),
           op<AddTagsToResource>(add_tags_to_resource), op<RemoveTagsFromResource>(remove_tags_from_resource),
           op<ListTagsForResource>(list_tags_for_resource));
  return table;
}

}  // namespace penstock::aws::ssm
