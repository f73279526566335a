#include "core/access/policy_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/encoding.h"

namespace penstock::access {

namespace {

Error malformed(std::string message) {
  return Error{"MalformedPolicyDocument", std::move(message), 400};
}
Error syntax_errors() {
  return malformed("Syntax errors in policy.");
}

// One text or a list of them.
std::optional<std::vector<std::string>> texts_of(const Json& value) {
  std::vector<std::string> texts;
  if (value.is_string()) return std::vector<std::string>{std::string(value.as_string())};
  if (!value.is_array()) return std::nullopt;
  for (const Json& item : value.items()) {
    if (!item.is_string()) return std::nullopt;
    texts.emplace_back(item.as_string());
  }
  return texts;
}

// The value of NAME or NotNAME, and which; nothing when neither or both are there.
const Json* either(const Json& json, const std::string& name, bool& negated) {
  const Json* plain = json.find(name);
  const Json* inverse = json.find("Not" + name);
  if ((plain != nullptr) == (inverse != nullptr)) return nullptr;
  negated = inverse != nullptr;
  return negated ? inverse : plain;
}

bool has_either(const Json& json, const std::string& name) {
  return json.find(name) != nullptr || json.find("Not" + name) != nullptr;
}

bool is_account(std::string_view text) {
  return text.size() == 12 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Control characters, which PolicyText needs for itself, are in no policy (IAM's policyDocumentType).
bool has_control_characters(const Json& json) {
  auto is_control = [](char c) { return c >= '\0' && c < '\t'; };
  if (json.is_string()) return std::ranges::any_of(json.as_string(), is_control);
  if (json.is_array()) return std::ranges::any_of(json.items(), has_control_characters);
  if (!json.is_object()) return false;
  return std::ranges::any_of(json.members(), [&](const JsonMember& member) {
    return std::ranges::any_of(member.key, is_control) || has_control_characters(member.value);
  });
}

Outcome<void> check_resource(const std::string& resource) {
  if (resource == "*") return {};
  std::vector<std::string_view> parts = split(resource, ':');
  if (parts.front() != "arn" && parts.front() != "*") {
    return malformed(fmt::format("Resource {} must be in ARN format or \"*\".", resource));
  }
  if (parts.size() > 1 && parts[1] != "aws" && parts[1].find_first_of("*?$") == std::string_view::npos) {
    return malformed(fmt::format("Partition \"{}\" is not valid for resource \"{}\".", parts[1], resource));
  }
  if (parts.size() < 6 && resource.find('*') == std::string::npos) {
    return malformed(fmt::format("Resource {} must be in ARN format or \"*\".", resource));
  }
  return {};
}

}  // namespace

Outcome<void> PolicyStatement::read_principals(const Json& json, PolicyUse use) {
  const bool present = has_either(json, "Principal");
  if (use == PolicyUse::identity) {
    if (present) return malformed("Policy document should not specify a principal.");
    return {};
  }
  if (!present) return malformed("Missing required field Principal");
  const Json* given = either(json, "Principal", not_principals_);
  if (given == nullptr) return syntax_errors();
  if (given->is_string() && given->as_string() == "*") {
    principals_.push_back({NamedPrincipal::Kind::everyone, {}});
    return {};
  }
  if (!given->is_object() || given->size() == 0) return malformed("Invalid principal in policy");
  for (const JsonMember& member : given->members()) {
    auto names = texts_of(member.value);
    if (!names) return syntax_errors();
    for (std::string& name : *names) {
      if (member.key == "AWS") {
        auto invalid = malformed(fmt::format("Invalid principal in policy: \"AWS\":\"{}\"", name));
        std::vector<std::string_view> parts = split(name, ':');
        if (name == "*") {
          principals_.push_back({NamedPrincipal::Kind::everyone, {}});
        } else if (is_account(name)) {
          principals_.push_back({NamedPrincipal::Kind::account, name});
        } else if (parts.size() != 6 || parts[0] != "arn" || !is_account(parts[4]) ||
                   name.find('*') != std::string::npos) {
          return invalid;
        } else if (parts[5] == "root") {
          principals_.push_back({NamedPrincipal::Kind::account, std::string(parts[4])});
        } else {
          principals_.push_back({NamedPrincipal::Kind::arn, name});
        }
      } else if (member.key == "Service") {
        if (name.find('.') == std::string::npos && name != "*") {
          return malformed(fmt::format("Invalid principal in policy: \"SERVICE\":\"{}\"", name));
        }
        principals_.push_back({NamedPrincipal::Kind::service, std::move(name)});
      } else if (member.key != "Federated" && member.key != "CanonicalUser") {  // nobody comes here by those
        return malformed(fmt::format("Invalid principal in policy: \"{}\":\"{}\"", member.key, name));
      }
    }
  }
  return {};
}

Outcome<void> PolicyStatement::read_actions(const Json& json, PolicyUse use) {
  const std::string missing =
      use == PolicyUse::identity ? "Policy statement must contain actions." : "Missing required field Action";
  if (!has_either(json, "Action")) return malformed(missing);
  const Json* given = either(json, "Action", not_actions_);
  if (given == nullptr) return syntax_errors();
  auto actions = texts_of(*given);
  if (!actions) return syntax_errors();
  if (actions->empty()) return malformed(missing);
  for (const std::string& action : *actions) {
    size_t colon = action.find(':');
    if (action != "*" && (colon == std::string::npos || colon == 0)) {
      return malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
    }
    if (action != "*" && action.substr(0, colon).find_first_not_of(
                             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != std::string::npos) {
      return malformed(fmt::format("Vendor {} is not valid", action.substr(0, colon)));
    }
    if (use == PolicyUse::trust && !to_lower(action).starts_with("sts:")) {
      return malformed("AssumeRole policy may only specify STS AssumeRole actions.");
    }
    actions_.push_back(PolicyText::compile(to_lower(action), false));
  }
  return {};
}

Outcome<void> PolicyStatement::read_resources(const Json& json, PolicyUse use, bool variables) {
  const bool present = has_either(json, "Resource");
  if (use == PolicyUse::trust) {
    if (present) return malformed("Has prohibited field Resource");
    return {};
  }
  const std::string missing =
      use == PolicyUse::identity ? "Policy statement must contain resources." : "Missing required field Resource";
  if (!present) return malformed(missing);
  const Json* given = either(json, "Resource", not_resources_);
  if (given == nullptr) return syntax_errors();
  auto resources = texts_of(*given);
  if (!resources) return syntax_errors();
  if (resources->empty()) return malformed(missing);
  for (const std::string& resource : *resources) {
    Outcome<void> checked = check_resource(resource);
    if (!checked) return checked;
    resources_.push_back(PolicyText::compile(resource, variables));
  }
  return {};
}

Outcome<PolicyStatement> PolicyStatement::compile(const Json& json, PolicyUse use, bool variables) {
  static constexpr std::string_view elements[] = {"Sid",       "Effect",   "Principal",   "NotPrincipal", "Action",
                                                  "NotAction", "Resource", "NotResource", "Condition"};
  if (!json.is_object()) return syntax_errors();
  for (const JsonMember& member : json.members()) {
    if (std::ranges::find(elements, member.key) == std::end(elements)) return syntax_errors();
  }
  PolicyStatement statement;
  std::string_view effect = json.text("Effect");
  if (effect != "Allow" && effect != "Deny") return syntax_errors();
  statement.allows_ = effect == "Allow";
  statement.sid_ = json.text("Sid");
  if (use == PolicyUse::identity &&
      statement.sid_.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") !=
          std::string::npos) {
    return malformed(
        "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
        "[0-9A-Za-z]*");
  }
  // In this order IAM finds fault.
  Outcome<void> read =
      use == PolicyUse::trust ? statement.read_resources(json, use, variables) : statement.read_principals(json, use);
  if (read) read = use == PolicyUse::trust ? statement.read_principals(json, use) : statement.read_actions(json, use);
  if (read)
    read = use == PolicyUse::trust ? statement.read_actions(json, use) : statement.read_resources(json, use, variables);
  if (!read) return read.error();
  if (const Json* block = json.find("Condition")) {
    auto conditions = PolicyCondition::compile(*block, variables);
    if (!conditions) return conditions.error();
    statement.conditions_ = std::move(*conditions);
  }
  return statement;
}

bool PolicyStatement::covers(const PolicyRequest& request) const {
  auto matches = [&](const std::vector<PolicyText>& texts, std::string_view value) {
    return std::ranges::any_of(texts, [&](const PolicyText& text) { return text.matches(value, request.keys); });
  };
  if (matches(actions_, request.action) == not_actions_) return false;
  if (!resources_.empty() && matches(resources_, request.resource) == not_resources_) return false;
  return std::ranges::all_of(conditions_,
                             [&](const PolicyCondition& condition) { return condition.holds(request.keys); });
}

Naming PolicyStatement::naming(const NamedPrincipal& principal, const Asker& asker) {
  const bool is_service = !asker.service.empty();
  switch (principal.kind) {
    case NamedPrincipal::Kind::everyone:
      return Naming::direct;
    case NamedPrincipal::Kind::account:
      return !is_service && principal.value == asker.account ? Naming::account : Naming::none;
    case NamedPrincipal::Kind::arn:
      if (is_service) return Naming::none;
      if (principal.value == asker.arn) return Naming::direct;
      return principal.value == asker.role_arn ? Naming::role : Naming::none;
    case NamedPrincipal::Kind::service:
      break;
  }
  if (!is_service) return Naming::none;
  // states.us-east-1.amazonaws.com is the service in one region.
  std::string_view name = asker.service.substr(0, asker.service.find('.'));
  std::string_view value = principal.value;
  bool regional = value.size() > name.size() && value.starts_with(name) && value[name.size()] == '.' &&
                  value.ends_with(".amazonaws.com");
  return value == "*" || value == asker.service || regional ? Naming::direct : Naming::none;
}

Naming PolicyStatement::naming(const Asker& asker) const {
  Naming best = Naming::none;
  for (const NamedPrincipal& principal : principals_) best = std::max(best, naming(principal, asker));
  if (!not_principals_) return best;
  return best == Naming::none ? Naming::direct : Naming::none;
}

Outcome<PolicyDocument> PolicyDocument::compile(std::string_view text, PolicyUse use) {
  Outcome<Json> policy = parse_json(text);
  if (!policy || !policy->is_object()) {
    return malformed(use == PolicyUse::trust ? "This policy contains invalid Json" : "Syntax errors in policy.");
  }
  for (const JsonMember& member : policy->members()) {
    if (member.key != "Version" && member.key != "Id" && member.key != "Statement") return syntax_errors();
  }
  if (has_control_characters(*policy)) return syntax_errors();
  const Json* version = policy->find("Version");
  if (version != nullptr && policy->text("Version") != "2012-10-17" && policy->text("Version") != "2008-10-17") {
    return malformed("The policy must contain a valid version string.");
  }
  const bool variables = policy->text("Version") == "2012-10-17";
  const Json& given = (*policy)["Statement"];
  std::vector<Json> listed;
  if (given.is_object()) listed.push_back(given);
  if (given.is_array()) listed.assign(given.items().begin(), given.items().end());
  if (listed.empty()) return syntax_errors();
  PolicyDocument document;
  std::set<std::string> ids;
  for (const Json& json : listed) {
    Outcome<PolicyStatement> statement = PolicyStatement::compile(json, use, variables);
    if (!statement) return statement.error();
    if (!statement->sid().empty() && !ids.insert(statement->sid()).second) {
      return malformed("Statement IDs (SID) in a single policy must be unique.");
    }
    document.statements_.push_back(std::move(*statement));
  }
  return document;
}

Outcome<void> check_policy_document(std::string_view document, PolicyUse use) {
  Outcome<PolicyDocument> compiled = PolicyDocument::compile(document, use);
  if (!compiled) return compiled.error();
  return {};
}

}  // namespace penstock::access
