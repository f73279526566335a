#include "core/access/least_privilege.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <tuple>

#include "core/access/policy_text.h"

namespace penstock::access {

namespace {

constexpr std::string_view bucket_prefix = "arn:aws:s3:::";

class NoKeys final : public RequestKeys {
 public:
  std::optional<std::vector<std::string>> find(std::string_view) const override { return std::nullopt; }
};

// Where what a run names begins: an object's key, or the last part of a job's, log stream's or execution's ARN.
size_t named_part(std::string_view resource) {
  if (resource.starts_with(bucket_prefix)) return std::min(resource.find('/'), resource.size());
  for (std::string_view mark : {"-job/", ":log-stream:", ":execution:", ":parameter/"}) {
    if (size_t at = resource.find(mark); at != std::string_view::npos) return at + mark.size();
  }
  return resource.size();
}

bool is_word(std::string_view text, size_t at, size_t size) {
  auto letter = [&](size_t place) {
    return place < text.size() && std::isalnum(static_cast<unsigned char>(text[place])) != 0;
  };
  return (at == 0 || !letter(at - 1)) && !letter(at + size);
}

std::string without_name(std::string resource, std::string_view name) {
  if (name.empty()) return resource;
  for (size_t at = resource.find(name, named_part(resource)); at != std::string::npos;
       at = resource.find(name, at + 1)) {
    if (is_word(resource, at, name.size())) resource.replace(at, name.size(), "*");
  }
  return resource;
}

std::string folder_of(std::string_view resource) {
  const size_t slash = resource.rfind('/');
  if (!resource.starts_with(bucket_prefix) || slash == std::string_view::npos) return {};
  return std::string(resource.substr(0, slash + 1)) + "*";
}

using Resources = std::set<std::string>;

// Folders instead of many objects, and nothing that another pattern of them covers.
Resources simplify(const Resources& resources) {
  std::map<std::string, size_t> folders;
  for (const std::string& resource : resources) ++folders[folder_of(resource)];
  Resources simple;
  for (const std::string& resource : resources) {
    const std::string folder = folder_of(resource);
    simple.insert(!folder.empty() && folders[folder] > folder_objects_max ? folder : resource);
  }
  const NoKeys keys;
  Resources kept;
  for (const std::string& resource : simple) {
    const bool covered = std::ranges::any_of(simple, [&](const std::string& other) {
      return other != resource && PolicyText::compile(other, false).matches(resource, keys);
    });
    if (!covered) kept.insert(resource);
  }
  return kept;
}

Json list_of(const std::set<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push_back(text);
  return list;
}

Json policy_of(const std::map<std::pair<std::string, std::string>, Resources>& by_action) {
  std::map<std::pair<std::string, std::string>, std::set<std::string>> by_resource;  // resource and service
  for (const auto& [action, resources] : by_action) {
    for (const std::string& resource : simplify(resources)) by_resource[{resource, action.second}].insert(action.first);
  }
  std::map<std::pair<std::set<std::string>, std::string>, Resources> by_actions;
  for (const auto& [resource, actions] : by_resource) by_actions[{actions, resource.second}].insert(resource.first);
  Json statements = Json::array();
  for (const auto& [actions, resources] : by_actions) {
    Json statement =
        Json::object({{"Effect", "Allow"}, {"Action", list_of(actions.first)}, {"Resource", list_of(resources)}});
    if (!actions.second.empty()) {
      statement.set("Condition",
                    Json::object({{"StringEquals", Json::object({{"iam:PassedToService", actions.second}})}}));
    }
    statements.push_back(std::move(statement));
  }
  return Json::object({{"Version", "2012-10-17"}, {"Statement", std::move(statements)}});
}

}  // namespace

Json least_privilege(const std::vector<Use>& uses, std::string_view run_name) {
  std::map<std::string, std::map<std::pair<std::string, std::string>, Resources>> roles;
  for (const Use& use : uses) roles[use.role][{use.action, use.service}].insert(without_name(use.resource, run_name));
  Json policies = Json::object();
  for (const auto& [role, by_action] : roles) policies.set(role, policy_of(by_action));
  return policies;
}

}  // namespace penstock::access
