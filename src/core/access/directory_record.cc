#include "core/access/directory_record.h"

#include "base/encoding.h"

namespace penstock::access {

namespace {

Json to_json(const Texts& texts) {
  Json object = Json::object();
  for (const auto& [name, value] : texts) object.set(name, value);
  return object;
}

Texts texts_of(const Json& object) {
  Texts texts;
  if (!object.is_object()) return texts;
  for (const JsonMember& member : object.members()) texts.emplace_back(member.key, member.value.as_string());
  return texts;
}

Json list_of(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push_back(text);
  return list;
}

int64_t integer_of(const Json& record, std::string_view name) {
  const Json& value = record[name];
  return value.is_number() ? value.as_integer().value_or(0) : 0;
}

}  // namespace

std::string key_of(const Principal& principal) {
  return to_lower(principal.name);
}
std::string key_of(const InstanceProfile& profile) {
  return to_lower(profile.name);
}
std::string key_of(const Policy& policy) {
  return policy.arn;
}

Json to_record(const Principal& principal) {
  Json record = Json::object({{"name", principal.name},
                              {"path", principal.path},
                              {"id", principal.id},
                              {"arn", principal.arn},
                              {"created", principal.created.microseconds},
                              {"permissions_boundary", principal.permissions_boundary},
                              {"tags", to_json(principal.tags)},
                              {"inline_policies", to_json(principal.inline_policies)}});
  record.set("attached", list_of(principal.attached));
  if (principal.kind == PrincipalKind::user) record.set("groups", list_of(principal.groups));
  if (principal.kind == PrincipalKind::role) {
    record.set("trust_policy", principal.trust_policy);
    record.set("session_seconds_max", principal.session_seconds_max);
    if (principal.description) record.set("description", *principal.description);
  }
  return record;
}

Principal principal_of(PrincipalKind kind, const Json& record) {
  Principal principal;
  principal.kind = kind;
  principal.name = record.text("name");
  principal.path = record.text("path");
  principal.id = record.text("id");
  principal.arn = record.text("arn");
  principal.created = Time{integer_of(record, "created")};
  principal.permissions_boundary = record.text("permissions_boundary");
  principal.tags = texts_of(record["tags"]);
  principal.inline_policies = texts_of(record["inline_policies"]);
  for (const Json& arn : record["attached"].items()) principal.attached.emplace_back(arn.as_string());
  if (const Json* groups = record.find("groups")) {
    for (const Json& group : groups->items()) principal.groups.emplace_back(group.as_string());
  }
  if (kind == PrincipalKind::role) {
    principal.trust_policy = record.text("trust_policy");
    principal.session_seconds_max = integer_of(record, "session_seconds_max");
    if (record.find("description") != nullptr) principal.description = std::string(record.text("description"));
  }
  return principal;
}

Json to_record(const InstanceProfile& profile) {
  return Json::object({{"name", profile.name},
                       {"path", profile.path},
                       {"id", profile.id},
                       {"arn", profile.arn},
                       {"created", profile.created.microseconds},
                       {"role", profile.role},
                       {"tags", to_json(profile.tags)}});
}

InstanceProfile profile_of(const Json& record) {
  InstanceProfile profile;
  profile.name = record.text("name");
  profile.path = record.text("path");
  profile.id = record.text("id");
  profile.arn = record.text("arn");
  profile.created = Time{integer_of(record, "created")};
  profile.role = record.text("role");
  profile.tags = texts_of(record["tags"]);
  return profile;
}

Json to_record(const Policy& policy) {
  Json versions = Json::array();
  for (const PolicyVersion& version : policy.versions) {
    versions.push_back(Json::object(
        {{"number", version.number}, {"document", version.document}, {"created", version.created.microseconds}}));
  }
  return Json::object({{"name", policy.name},
                       {"path", policy.path},
                       {"id", policy.id},
                       {"arn", policy.arn},
                       {"description", policy.description},
                       {"created", policy.created.microseconds},
                       {"updated", policy.updated.microseconds},
                       {"default_version", policy.default_version},
                       {"last_version", policy.last_version},
                       {"versions", std::move(versions)},
                       {"tags", to_json(policy.tags)}});
}

Policy policy_of(const Json& record) {
  Policy policy;
  policy.name = record.text("name");
  policy.path = record.text("path");
  policy.id = record.text("id");
  policy.arn = record.text("arn");
  policy.description = record.text("description");
  policy.created = Time{integer_of(record, "created")};
  policy.updated = Time{integer_of(record, "updated")};
  policy.default_version = integer_of(record, "default_version");
  policy.last_version = integer_of(record, "last_version");
  for (const Json& version : record["versions"].items()) {
    policy.versions.push_back(
        {integer_of(version, "number"), std::string(version.text("document")), Time{integer_of(version, "created")}});
  }
  policy.tags = texts_of(record["tags"]);
  return policy;
}

}  // namespace penstock::access
