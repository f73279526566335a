#include "cli/stack_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <pugixml.hpp>

namespace penstock::cli {

namespace {

constexpr std::string_view api_version = "2010-05-15";

// The result element of an answer: <XResponse><XResult>.
pugi::xml_node result_of(pugi::xml_document& document, const std::string& text, std::string_view action) {
  document.load_buffer(text.data(), text.size());
  return document.first_child().child(fmt::format("{}Result", action).c_str());
}

std::string text_of(const pugi::xml_node& node, const char* child) {
  return node.child(child).text().get();
}

}  // namespace

bool ChangeSetState::nothing_to_change() const {
  return status == "FAILED" && (reason.find("didn't contain changes") != std::string::npos ||
                                reason.find("No updates are to be performed") != std::string::npos);
}

Outcome<std::string> StackClient::query(std::string_view action, Parameters parameters) {
  return client_.query("cloudformation", api_version, action, parameters);
}

Outcome<StackState> StackClient::describe() {
  auto text = query("DescribeStacks", {{"StackName", stack_}});
  if (!text) return text.error();
  pugi::xml_document document;
  const pugi::xml_node stack = result_of(document, *text, "DescribeStacks").child("Stacks").child("member");
  StackState state{text_of(stack, "StackStatus"), text_of(stack, "StackStatusReason"), {}};
  for (const pugi::xml_node& output : stack.child("Outputs").children("member"))
    state.outputs.emplace_back(text_of(output, "OutputKey"), text_of(output, "OutputValue"));
  return state;
}

Outcome<void> StackClient::create_change_set(const std::string& name, bool new_stack, const std::string& body,
                                             const Parameters& parameters, const Parameters& tags) {
  Parameters request = {{"StackName", stack_},
                        {"ChangeSetName", name},
                        {"ChangeSetType", new_stack ? "CREATE" : "UPDATE"},
                        {"Capabilities.member.1", "CAPABILITY_IAM"},
                        {"Capabilities.member.2", "CAPABILITY_NAMED_IAM"},
                        {body.starts_with("http") ? "TemplateURL" : "TemplateBody", body}};
  size_t number = 0;
  for (const auto& [key, value] : parameters) {
    request.emplace_back(fmt::format("Parameters.member.{}.ParameterKey", ++number), key);
    request.emplace_back(fmt::format("Parameters.member.{}.ParameterValue", number), value);
  }
  number = 0;
  for (const auto& [key, value] : tags) {
    request.emplace_back(fmt::format("Tags.member.{}.Key", ++number), key);
    request.emplace_back(fmt::format("Tags.member.{}.Value", number), value);
  }
  auto answer = query("CreateChangeSet", std::move(request));
  return answer ? Outcome<void>() : answer.error();
}

Outcome<ChangeSetState> StackClient::describe_change_set(const std::string& name) {
  ChangeSetState state;
  std::string token;
  do {
    Parameters request = {{"StackName", stack_}, {"ChangeSetName", name}};
    if (!token.empty()) request.emplace_back("NextToken", token);
    auto text = query("DescribeChangeSet", std::move(request));
    if (!text) return text.error();
    pugi::xml_document document;
    const pugi::xml_node result = result_of(document, *text, "DescribeChangeSet");
    state.status = text_of(result, "Status");
    state.reason = text_of(result, "StatusReason");
    for (const pugi::xml_node& member : result.child("Changes").children("member")) {
      const pugi::xml_node change = member.child("ResourceChange");
      state.changes.push_back({text_of(change, "Action"), text_of(change, "LogicalResourceId"),
                               text_of(change, "ResourceType"), text_of(change, "Replacement")});
    }
    token = text_of(result, "NextToken");
  } while (!token.empty());
  return state;
}

Outcome<void> StackClient::execute_change_set(const std::string& name) {
  auto answer = query("ExecuteChangeSet", {{"StackName", stack_}, {"ChangeSetName", name}});
  return answer ? Outcome<void>() : answer.error();
}

Outcome<void> StackClient::delete_change_set(const std::string& name) {
  auto answer = query("DeleteChangeSet", {{"StackName", stack_}, {"ChangeSetName", name}});
  return answer ? Outcome<void>() : answer.error();
}

Outcome<std::vector<StackEvent>> StackClient::events() {
  auto text = query("DescribeStackEvents", {{"StackName", stack_}});
  if (!text) return text.error();
  pugi::xml_document document;
  std::vector<StackEvent> events;
  for (const pugi::xml_node& event :
       result_of(document, *text, "DescribeStackEvents").child("StackEvents").children("member"))
    events.push_back({text_of(event, "EventId"), text_of(event, "LogicalResourceId"), text_of(event, "ResourceType"),
                      text_of(event, "ResourceStatus"), text_of(event, "ResourceStatusReason")});
  std::ranges::reverse(events);
  return events;
}

}  // namespace penstock::cli
