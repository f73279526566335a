#include "core/access/policy_document.h"

#include <vector>

#include "base/json.h"

namespace penstock::access {

namespace {

Error malformed(std::string message) { return Error{"MalformedPolicyDocument", std::move(message), 400}; }

bool is_text_or_texts(const Json& value) {
  if (value.is_string()) return true;
  if (!value.is_array() || value.size() == 0) return false;
  for (const Json& item : value.items()) {
    if (!item.is_string()) return false;
  }
  return true;
}

Outcome<void> check_statement(const Json& statement, PolicyUse use) {
  if (!statement.is_object()) return malformed("Syntax errors in policy.");
  std::string_view effect = statement.text("Effect");
  if (effect != "Allow" && effect != "Deny") return malformed("Syntax errors in policy.");
  const Json& action = statement.find("Action") != nullptr ? statement["Action"] : statement["NotAction"];
  const bool has_principal = statement.find("Principal") != nullptr || statement.find("NotPrincipal") != nullptr;
  const bool has_resource = statement.find("Resource") != nullptr || statement.find("NotResource") != nullptr;
  if (use == PolicyUse::trust) {
    if (has_resource) return malformed("Has prohibited field Resource");
    if (!has_principal) return malformed("Missing required field Principal");
    if (!is_text_or_texts(action)) return malformed("Missing required field Action");
    return {};
  }
  if (has_principal) return malformed("Policy document should not specify a principal.");
  if (!is_text_or_texts(action)) return malformed("Policy statement must contain actions.");
  if (!has_resource) return malformed("Policy statement must contain resources.");
  return {};
}

}  // namespace

Outcome<void> check_policy_document(std::string_view document, PolicyUse use) {
  Outcome<Json> policy = parse_json(document);
  if (!policy || !policy->is_object()) {
    return malformed(use == PolicyUse::trust ? "This policy contains invalid Json" : "Syntax errors in policy.");
  }
  const Json* version = policy->find("Version");
  if (version != nullptr && policy->text("Version") != "2012-10-17" && policy->text("Version") != "2008-10-17") {
    return malformed("The policy must contain a valid version string.");
  }
  const Json& statements = (*policy)["Statement"];
  if (statements.is_object()) return check_statement(statements, use);
  if (!statements.is_array() || statements.size() == 0) return malformed("Syntax errors in policy.");
  for (const Json& statement : statements.items()) {
    Outcome<void> checked = check_statement(statement, use);
    if (!checked) return checked;
  }
  return {};
}

}  // namespace penstock::access
