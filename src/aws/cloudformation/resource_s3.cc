// AWS::S3::Bucket and AWS::S3::BucketPolicy.
#include <fmt/format.h>

#include <array>

#include "aws/cloudformation/resource_handler.h"
#include "aws/s3/names.h"
#include "base/encoding.h"
#include "core/stack/drift.h"

namespace penstock::aws::cloudformation {

namespace {

using Kind = stack::Property::Kind;
using stack::OnChange;
using stack::ResourceCall;

constexpr size_t name_max = 63;

Json by_bucket(const std::string& name) {
  return Json::object({{"Bucket", Json(name)}});
}

Outcome<std::string> choose_bucket(const Calls& calls, const ResourceCall& call) {
  std::string name = chosen_name(calls, call, "BucketName", name_max);
  if (call.properties.text("BucketName").empty()) name = to_lower(name);
  if (calls("s3", "HeadBucket", by_bucket(name)).ok()) return already_exists(call.type, name);
  return name;
}

// A setting that a bucket has or has not: the property, and the operations that write and remove it.
struct Setting {
  std::string_view property;
  std::string_view put;
  std::string_view remove;  // empty: `otherwise` is put
  std::string_view member;  // of the call
  std::string_view get;
  Json (*wire)(const Json& property);
};

Json as_given(const Json& property) {
  return property;
}

// {ServerSideEncryptionConfiguration: [{ServerSideEncryptionByDefault: {SSEAlgorithm, KMSMasterKeyID},
// BucketKeyEnabled}]}
Json encryption(const Json& property) {
  Json rules = Json::array();
  const Json& given = property["ServerSideEncryptionConfiguration"];
  for (size_t index = 0; index < given.size(); ++index) {
    Json rule = pick(given[index], {"BucketKeyEnabled"});
    if (const Json* chosen = given[index].find("ServerSideEncryptionByDefault")) {
      rule.set("ApplyServerSideEncryptionByDefault", *chosen);
    }
    rules.push_back(std::move(rule));
  }
  return Json::object({{"Rules", std::move(rules)}});
}

Json cors(const Json& property) {
  Json rules = Json::array();
  const Json& given = property["CorsRules"];
  for (size_t index = 0; index < given.size(); ++index) {
    Json rule = pick(given[index], {"AllowedHeaders", "AllowedMethods", "AllowedOrigins"});
    if (const Json* exposed = given[index].find("ExposedHeaders")) rule.set("ExposeHeaders", *exposed);
    if (const Json* age = given[index].find("MaxAge")) rule.set("MaxAgeSeconds", *age);
    if (const Json* id = given[index].find("Id")) rule.set("ID", *id);
    rules.push_back(std::move(rule));
  }
  return Json::object({{"CORSRules", std::move(rules)}});
}

Json transitions(const Json& given) {
  Json list = Json::array();
  for (size_t index = 0; index < given.size(); ++index) {
    Json one = pick(given[index], {"StorageClass"});
    if (const Json* days = given[index].find("TransitionInDays")) one.set("Days", *days);
    if (const Json* date = given[index].find("TransitionDate")) one.set("Date", *date);
    list.push_back(std::move(one));
  }
  return list;
}

Json lifecycle_filter(const Json& rule) {
  Json parts = pick(rule, {"Prefix", "ObjectSizeGreaterThan", "ObjectSizeLessThan"});
  const Json& tags = rule["TagFilters"];
  if (tags.size() == 0 && parts.size() <= 1) return parts.size() == 1 ? parts : Json::object({{"Prefix", Json("")}});
  if (tags.size() == 1 && parts.size() == 0) return Json::object({{"Tag", tags[size_t{0}]}});
  if (tags.size() > 0) parts.set("Tags", tags);
  return Json::object({{"And", std::move(parts)}});
}

Json lifecycle(const Json& property) {
  Json rules = Json::array();
  const Json& given = property["Rules"];
  for (size_t index = 0; index < given.size(); ++index) {
    const Json& from = given[index];
    Json rule = pick(from, {"Status", "AbortIncompleteMultipartUpload"});
    rule.set("ID", from.find("Id") ? from["Id"] : Json(fmt::format("rule-{}", index + 1)));
    rule.set("Filter", lifecycle_filter(from));
    Json expiration = Json::object();
    if (const Json* days = from.find("ExpirationInDays")) expiration.set("Days", *days);
    if (const Json* date = from.find("ExpirationDate")) expiration.set("Date", *date);
    if (const Json* marker = from.find("ExpiredObjectDeleteMarker"))
      expiration.set("ExpiredObjectDeleteMarker", *marker);
    if (expiration.size() > 0) rule.set("Expiration", std::move(expiration));
    if (from["Transitions"].size() > 0) rule.set("Transitions", transitions(from["Transitions"]));
    if (const Json* old = from.find("NoncurrentVersionExpiration")) rule.set("NoncurrentVersionExpiration", *old);
    if (const Json* days = from.find("NoncurrentVersionExpirationInDays")) {
      rule.set("NoncurrentVersionExpiration", Json::object({{"NoncurrentDays", *days}}));
    }
    rules.push_back(std::move(rule));
  }
  return Json::object({{"Rules", std::move(rules)}});
}

// Events to EventBridge: all or none.
Json notification(const Json& property) {
  Json wire = Json::object();
  const Json& enabled = property["EventBridgeConfiguration"]["EventBridgeEnabled"];
  bool off = (enabled.is_boolean() && !enabled.as_boolean()) || enabled == Json("false");
  if (property.find("EventBridgeConfiguration") && !off) wire.set("EventBridgeConfiguration", Json::object());
  return wire;
}

constexpr std::array<Setting, 7> settings = {{
    {"VersioningConfiguration", "PutBucketVersioning", "", "VersioningConfiguration", "GetBucketVersioning", as_given},
    {"BucketEncryption", "PutBucketEncryption", "DeleteBucketEncryption", "ServerSideEncryptionConfiguration",
     "GetBucketEncryption", encryption},
    {"CorsConfiguration", "PutBucketCors", "DeleteBucketCors", "CORSConfiguration", "GetBucketCors", cors},
    {"LifecycleConfiguration", "PutBucketLifecycleConfiguration", "DeleteBucketLifecycle", "LifecycleConfiguration",
     "GetBucketLifecycleConfiguration", lifecycle},
    {"NotificationConfiguration", "PutBucketNotificationConfiguration", "", "NotificationConfiguration",
     "GetBucketNotificationConfiguration", notification},
    {"PublicAccessBlockConfiguration", "PutPublicAccessBlock", "DeletePublicAccessBlock",
     "PublicAccessBlockConfiguration", "GetPublicAccessBlock", as_given},
    {"OwnershipControls", "PutBucketOwnershipControls", "DeleteBucketOwnershipControls", "OwnershipControls",
     "GetBucketOwnershipControls", as_given},
}};

Outcome<void> settle_setting(const Calls& calls, const ResourceCall& call, const Setting& setting) {
  Json parameters = by_bucket(call.physical_id);
  const Json* wanted = call.properties.find(setting.property);
  if (wanted) {
    parameters.set(setting.member, setting.wire(*wanted));
  } else if (!call.previous.find(setting.property)) {
    return {};
  } else if (setting.remove.empty()) {  // versioning cannot be taken off, only suspended
    bool versioning = setting.property == "VersioningConfiguration";
    parameters.set(setting.member, versioning ? Json::object({{"Status", Json("Suspended")}}) : Json::object());
  }
  bool puts = wanted || setting.remove.empty();
  Outcome<Json> done = calls("s3", puts ? setting.put : setting.remove, parameters);
  if (!done) return done.error();
  return {};
}

stack::Made made_bucket(const Calls& calls, const std::string& name) {
  const std::string& region = calls.place().region;
  return {name,
          Json::object({{"Arn", Json("arn:aws:s3:::" + name)},
                        {"DomainName", Json(name + ".s3.amazonaws.com")},
                        {"DualStackDomainName", Json(fmt::format("{}.s3.dualstack.{}.amazonaws.com", name, region))},
                        {"RegionalDomainName", Json(fmt::format("{}.s3.{}.amazonaws.com", name, region))},
                        {"WebsiteURL", Json(fmt::format("http://{}.s3-website-{}.amazonaws.com", name, region))}})};
}

Outcome<stack::Made> update_bucket(const Calls& calls, const ResourceCall& call) {
  for (const Setting& setting : settings) {
    if (Outcome<void> done = settle_setting(calls, call, setting); !done) return done.error();
  }
  Json tags = all_tags(call);
  bool had_tags = gone_tags(call).size() > 0;
  if (tags.size() > 0 || had_tags) {
    Json parameters = by_bucket(call.physical_id);
    if (tags.size() > 0) parameters.set("Tagging", Json::object({{"TagSet", tags}}));
    Outcome<Json> done = calls("s3", tags.size() > 0 ? "PutBucketTagging" : "DeleteBucketTagging", parameters);
    if (!done) return done.error();
  }
  return made_bucket(calls, call.physical_id);
}

Outcome<stack::Made> create_bucket(const Calls& calls, const ResourceCall& call) {
  Json parameters = by_bucket(call.physical_id);
  if (calls.place().region != "us-east-1") {
    parameters.set("CreateBucketConfiguration", Json::object({{"LocationConstraint", Json(calls.place().region)}}));
  }
  Outcome<Json> made = calls("s3", "CreateBucket", parameters);
  bool ours = call.resuming && !made && made.error().code == "BucketAlreadyOwnedByYou";
  if (!made && !ours) return made.error();
  return update_bucket(calls, call);
}

Outcome<void> remove_bucket(const Calls& calls, const ResourceCall& call) {
  return removed(calls("s3", "DeleteBucket", by_bucket(call.physical_id)));
}

// As the template says it when the bucket has just that, else as the service says it.
Outcome<Json> read_setting(const Calls& calls, const ResourceCall& call, const Setting& setting) {
  Outcome<Json> got = calls("s3", setting.get, by_bucket(call.physical_id));
  if (!got && got.error().code != "NoSuchBucket" && is_missing(got.error())) return Json();
  if (!got) return got.error();
  // Answers that have one member of the request's name wrap it; the others are it.
  const Json* inner = got->find(setting.member);
  Json actual = inner ? *inner : *got;
  actual.erase("TransitionDefaultMinimumObjectSize");  // S3's own, of a life cycle
  const Json& expected = call.properties[setting.property];
  Json wanted = Json::object({{"Setting", setting.wire(expected)}});
  return stack::differences(wanted, Json::object({{"Setting", actual}})).empty() ? expected : actual;
}

Outcome<Json> read_bucket(const Calls& calls, const ResourceCall& call) {
  if (Outcome<Json> there = calls("s3", "HeadBucket", by_bucket(call.physical_id)); !there) return there.error();
  Json actual = Json::object({{"BucketName", Json(call.physical_id)}});
  for (const Setting& setting : settings) {
    if (!call.properties.find(setting.property)) continue;
    Outcome<Json> value = read_setting(calls, call, setting);
    if (!value) return value.error();
    actual.set(setting.property, std::move(*value));
  }
  Outcome<Json> tags = calls("s3", "GetBucketTagging", by_bucket(call.physical_id));
  actual.set("Tags", own_tags(call, tags.ok() ? (*tags)["TagSet"] : Json::array()));
  return actual;
}

// ---- AWS::S3::BucketPolicy

Outcome<std::string> choose_bucket_policy(const Calls&, const ResourceCall& call) {
  return std::string(call.properties.text("Bucket"));
}

Outcome<stack::Made> put_bucket_policy(const Calls& calls, const ResourceCall& call) {
  Json parameters = by_bucket(std::string(call.properties.text("Bucket")));
  parameters.set("Policy", Json(document_text(call.properties["PolicyDocument"])));
  if (Outcome<Json> done = calls("s3", "PutBucketPolicy", parameters); !done) return done.error();
  return stack::Made{call.physical_id, Json::object()};
}

Outcome<void> remove_bucket_policy(const Calls& calls, const ResourceCall& call) {
  return removed(calls("s3", "DeleteBucketPolicy", by_bucket(call.physical_id)));
}

Outcome<Json> read_bucket_policy(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> got = calls("s3", "GetBucketPolicy", by_bucket(call.physical_id));
  if (!got) return got.error();
  return Json::object({{"Bucket", Json(call.physical_id)},
                       {"PolicyDocument", same_document(call.properties["PolicyDocument"], (*got)["Policy"])}});
}

// Of the properties that are put together anew for the operations.
std::vector<Inside> bucket_members() {
  return {
      {"BucketName", {}, {}, {}, {}, s3::check_bucket_name},
      {"BucketEncryption", {"ServerSideEncryptionConfiguration"}},
      {"BucketEncryption/ServerSideEncryptionConfiguration", {"BucketKeyEnabled", "ServerSideEncryptionByDefault"}},
      {"BucketEncryption/ServerSideEncryptionConfiguration/ServerSideEncryptionByDefault",
       {"KMSMasterKeyID", "SSEAlgorithm"}},
      {"CorsConfiguration", {"CorsRules"}},
      {"CorsConfiguration/CorsRules",
       {"AllowedHeaders", "AllowedMethods", "AllowedOrigins", "ExposedHeaders", "Id", "MaxAge"}},
      {"LifecycleConfiguration", {"Rules"}},
      {"LifecycleConfiguration/Rules",
       {"AbortIncompleteMultipartUpload", "ExpirationDate", "ExpirationInDays", "ExpiredObjectDeleteMarker", "Id",
        "NoncurrentVersionExpiration", "NoncurrentVersionExpirationInDays", "ObjectSizeGreaterThan",
        "ObjectSizeLessThan", "Prefix", "Status", "TagFilters", "Transitions"}},
      {"LifecycleConfiguration/Rules/AbortIncompleteMultipartUpload", {"DaysAfterInitiation"}},
      {"LifecycleConfiguration/Rules/NoncurrentVersionExpiration", {"NewerNoncurrentVersions", "NoncurrentDays"}},
      {"LifecycleConfiguration/Rules/TagFilters", {"Key", "Value"}},
      {"LifecycleConfiguration/Rules/Transitions", {"StorageClass", "TransitionDate", "TransitionInDays"}},
      {"NotificationConfiguration", {"EventBridgeConfiguration"}},
      {"NotificationConfiguration/EventBridgeConfiguration", {"EventBridgeEnabled"}},
      {"OwnershipControls", {"Rules"}},
      {"OwnershipControls/Rules", {"ObjectOwnership"}},
      {"PublicAccessBlockConfiguration",
       {"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"}},
      {"VersioningConfiguration", {"Status"}},
  };
}

}  // namespace

std::vector<ResourceHandler> s3_resources() {
  return {
      {{"AWS::S3::Bucket",
        {{"BucketEncryption", Kind::object},
         {"BucketName", Kind::text, false, OnChange::replace},
         {"CorsConfiguration", Kind::object},
         {"LifecycleConfiguration", Kind::object},
         {"NotificationConfiguration", Kind::object},
         {"OwnershipControls", Kind::object},
         {"PublicAccessBlockConfiguration", Kind::object},
         {"Tags", Kind::list},
         {"VersioningConfiguration", Kind::object}},
        {"Arn", "DomainName", "DualStackDomainName", "RegionalDomainName", "WebsiteURL"},
        false,
        "BucketName"},
       choose_bucket,
       create_bucket,
       update_bucket,
       remove_bucket,
       read_bucket,
       bucket_members()},
      {{"AWS::S3::BucketPolicy",
        {{"Bucket", Kind::text, true, OnChange::replace}, {"PolicyDocument", Kind::document, true}},
        {}},
       choose_bucket_policy,
       put_bucket_policy,
       put_bucket_policy,
       remove_bucket_policy,
       read_bucket_policy},
  };
}

}  // namespace penstock::aws::cloudformation
