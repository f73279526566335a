// The policy of a form upload. Source: "POST policy", Amazon S3 API reference.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "aws/s3/errors.h"
#include "aws/s3/post_form.h"
#include "base/encoding.h"
#include "base/json.h"

namespace penstock::aws::s3 {

namespace {

// Fields that no condition need allow.
constexpr std::array<std::string_view, 6> free_fields = {"x-amz-signature", "signature", "awsaccesskeyid", "file",
                                                         "policy",          "bucket"};

Error invalid_document(std::string_view why) {
  return {"InvalidPolicyDocument", fmt::format("Invalid Policy: {}", why), 400, {}};
}

Error refused(std::string_view why) {
  return {"AccessDenied", fmt::format("Invalid according to Policy: {}", why), 403, {}};
}

struct Uploaded {
  const PostForm& form;
  std::string_view bucket;

  std::string value_of(const std::string& field) const {
    if (field == "bucket") return std::string(bucket);
    const std::string* value = form.find(field);
    if (value == nullptr) return {};
    return field == "key" ? replace_all(*value, "${filename}", form.file_name) : *value;
  }
};

Outcome<void> check_length(const Json& condition, const Uploaded& uploaded) {
  if (condition.size() != 3 || !condition[size_t{1}].is_number() || !condition[size_t{2}].is_number()) {
    return invalid_document("Invalid content-length-range: two numbers are needed.");
  }
  int64_t least = condition[size_t{1}].as_integer().value_or(-1);
  int64_t most = condition[size_t{2}].as_integer().value_or(-1);
  if (least < 0 || most < 0) return invalid_document("Invalid content-length-range: whole numbers are needed.");
  auto size = static_cast<int64_t>(uploaded.form.file->size());
  auto sizes = [&](std::string_view limit, int64_t value) -> std::vector<std::pair<std::string, std::string>> {
    return {{"ProposedSize", std::to_string(size)}, {std::string(limit), std::to_string(value)}};
  };
  if (size < least) {
    return Error{"EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", 400,
                 sizes("MinSizeAllowed", least)};
  }
  if (size > most) {
    return Error{"EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", 400,
                 sizes("MaxSizeAllowed", most)};
  }
  return {};
}

Outcome<void> check_one(const std::string& field, std::string_view kind, std::string_view wanted, const Json& condition,
                        const Uploaded& uploaded, std::set<std::string>& allowed) {
  allowed.insert(field);
  std::string value = uploaded.value_of(field);
  bool met = kind == "starts-with" ? value.starts_with(wanted) : value == wanted;
  if (met) return {};
  return refused(fmt::format("Policy Condition failed: {}", to_string(condition)));
}

Outcome<void> check_condition(const Json& condition, const Uploaded& uploaded, std::set<std::string>& allowed) {
  if (condition.is_object()) {
    if (condition.size() == 0)
      return invalid_document("Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.");
    for (const JsonMember& member : condition.members()) {
      if (!member.value.is_string()) return invalid_document("Invalid Simple-Condition: value must be a string.");
      auto met = check_one(to_lower(member.key), "eq", member.value.as_string(), condition, uploaded, allowed);
      if (!met) return met;
    }
    return {};
  }
  if (!condition.is_array() || condition.size() == 0 || !condition[size_t{0}].is_string()) {
    return invalid_document("Invalid Condition: an object or an array is needed.");
  }
  std::string kind = to_lower(condition[size_t{0}].as_string());
  if (kind == "content-length-range") return check_length(condition, uploaded);
  bool known = kind == "eq" || kind == "starts-with";
  if (!known || condition.size() != 3 || !condition[size_t{1}].is_string() || !condition[size_t{2}].is_string() ||
      !condition[size_t{1}].as_string().starts_with('$')) {
    return invalid_document("Invalid Condition: [\"eq\" or \"starts-with\", \"$field\", \"value\"] is needed.");
  }
  return check_one(to_lower(condition[size_t{1}].as_string().substr(1)), kind, condition[size_t{2}].as_string(),
                   condition, uploaded, allowed);
}

}  // namespace

Outcome<void> check_post_policy(std::string_view policy, const PostForm& form, std::string_view bucket, Time now) {
  std::optional<std::string> text = from_base64(policy);
  Outcome<Json> document = text ? parse_json(*text) : Outcome<Json>(Error{"", ""});
  if (!document || !document->is_object()) return invalid_document("Invalid JSON.");
  if ((*document)["expiration"].is_null()) return invalid_document("Policy missing expiration.");
  std::optional<Time> expiration = parse_iso8601(document->text("expiration"));
  if (!expiration)
    return invalid_document(fmt::format("Invalid 'expiration' value: '{}'", document->text("expiration")));
  if (*expiration <= now) return refused("Policy expired.");
  const Json& conditions = (*document)["conditions"];
  if (!conditions.is_array()) return invalid_document("Policy missing conditions.");
  std::set<std::string> allowed;
  Uploaded uploaded{form, bucket};
  for (const Json& condition : conditions.items()) {
    if (auto met = check_condition(condition, uploaded, allowed); !met) return met;
  }
  for (const auto& [name, value] : form.fields) {
    bool is_free = std::ranges::find(free_fields, name) != free_fields.end() || name.starts_with("x-ignore-");
    if (!is_free && !allowed.contains(name)) return refused(fmt::format("Extra input fields: {}", name));
  }
  if (!allowed.contains("bucket")) return refused("Policy Condition failed: [\"eq\", \"$bucket\", ...] is missing");
  return {};
}

}  // namespace penstock::aws::s3
