// A task's parameters and result by the model of the service that it calls: which members there are, what type each
// has, which are needed. Known for the services of models/.
#pragma once

#include <penstock/define.h>

#include <string>
#include <string_view>
#include <vector>

namespace penstock::aws {
struct OperationModel;
struct Shape;
}  // namespace penstock::aws

namespace penstock::define {

// "text", "a number", ... for sentences.
std::string_view type_name(Type type);
Type type_of(const aws::Shape& shape);

// "; did you mean 'x'?" or nothing.
std::string did_you_mean(std::string_view name, const std::vector<std::string_view>& names);

// The operation that a Task's resource calls, or nullptr when its service is not among the models.
const aws::OperationModel* operation_of(std::string_view resource);
// What such a task answers: the operation's output, or of a .sync the Describe operation's. nullptr: unknown.
const aws::Shape* result_shape(std::string_view resource);

// The shape of a structure's member or of a map's value. The first letter may have either case, as Step Functions
// writes members with a capital. nullptr: there is none.
const aws::Shape* member_shape(const aws::Shape& shape, std::string_view member);
std::string unknown_member(std::string_view path, const aws::Shape& shape, std::string_view member);

// Everything that is wrong with `parameters` as a request of the operation, placeholders by their types.
void check_request(const aws::OperationModel& operation, const Value& parameters, const std::string& location,
                   std::vector<Finding>& findings);

}  // namespace penstock::define
