#include "aws/s3/lifecycle_rules.h"

#include <gtest/gtest.h>

namespace penstock::aws::s3 {
namespace {

using Kind = LifecycleAction::Kind;

Time at(std::string_view text) {
  return *parse_iso8601(text);
}

store::ObjectVersion version(std::string key, std::string_view modified, uint64_t size = 10) {
  store::ObjectVersion made;
  made.key = std::move(key);
  made.modified = at(modified);
  made.size = size;
  return made;
}

std::vector<EnabledRule> rules(std::string_view list) {
  return enabled_rules(*parse_json("{\"Rules\":" + std::string(list) + "}"));
}

TEST(LifecycleRules, DaysEndAtMidnight) {
  // "3 days after 1/15/2014 10:30 AM UTC": the example of the user guide.
  EXPECT_EQ(due_after(at("2014-01-15T10:30:00Z"), 3), at("2014-01-19T00:00:00Z"));
  EXPECT_EQ(due_after(at("2014-01-15T00:00:00Z"), 1), at("2014-01-16T00:00:00Z"));
}

TEST(LifecycleRules, AnObjectExpires) {
  auto all = rules(R"([{"ID":"a","Status":"Enabled","Filter":{"Prefix":"logs/"},"Expiration":{"Days":1}},
                       {"ID":"b","Status":"Disabled","Expiration":{"Days":1}}])");
  ASSERT_EQ(all.size(), 1u);
  auto object = version("logs/x", "2026-01-01T12:00:00Z");
  EXPECT_TRUE(due_actions(all, {object}, at("2026-01-02T23:59:59Z")).empty());
  auto actions = due_actions(all, {object}, at("2026-01-03T00:00:00Z"));
  ASSERT_EQ(actions.size(), 1u);
  EXPECT_EQ(actions[0].kind, Kind::expire);
  EXPECT_EQ(expiration_header(*expiry_of(all, object)), "expiry-date=\"Sat, 03 Jan 2026 00:00:00 GMT\", rule-id=\"a\"");
  EXPECT_FALSE(expiry_of(all, version("other", "2026-01-01T12:00:00Z")));
}

TEST(LifecycleRules, FiltersAreAllMet) {
  auto all = rules(R"([{"ID":"a","Status":"Enabled","Expiration":{"Days":1},"Filter":{"And":{"Prefix":"p",
                       "Tags":[{"Key":"k","Value":"v"}],"ObjectSizeGreaterThan":10,"ObjectSizeLessThan":20}}}])");
  auto object = version("p1", "2026-01-01T12:00:00Z", 15);
  EXPECT_FALSE(expiry_of(all, object));
  object.tags.set("k", Json("v"));
  EXPECT_TRUE(expiry_of(all, object));
  object.size = 10;
  EXPECT_FALSE(expiry_of(all, object));
  object.size = 20;
  EXPECT_FALSE(expiry_of(all, object));
}

TEST(LifecycleRules, NoncurrentVersionsGoAndSomeAreKept) {
  auto all = rules(R"([{"ID":"a","Status":"Enabled","Filter":{},
                       "NoncurrentVersionExpiration":{"NoncurrentDays":2,"NewerNoncurrentVersions":1}}])");
  std::vector<store::ObjectVersion> versions = {
      version("k", "2026-01-03T12:00:00Z"), version("k", "2026-01-02T12:00:00Z"), version("k", "2026-01-01T12:00:00Z")};
  EXPECT_TRUE(due_actions(all, versions, at("2026-01-04T00:00:00Z")).empty());
  // The oldest became noncurrent on the 2nd; the one before it is kept, however old.
  auto actions = due_actions(all, versions, at("2026-02-01T00:00:00Z"));
  ASSERT_EQ(actions.size(), 1u);
  EXPECT_EQ(actions[0].kind, Kind::remove);
  EXPECT_EQ(actions[0].version.modified, at("2026-01-01T12:00:00Z"));
}

TEST(LifecycleRules, ALoneDeleteMarkerGoes) {
  auto all = rules(R"([{"ID":"a","Status":"Enabled","Filter":{},"Expiration":{"ExpiredObjectDeleteMarker":true}}])");
  auto marker = version("k", "2026-01-03T12:00:00Z");
  marker.delete_marker = true;
  EXPECT_EQ(due_actions(all, {marker}, at("2026-01-04T00:00:00Z")).size(), 1u);
  EXPECT_TRUE(due_actions(all, {marker, version("k", "2026-01-01T12:00:00Z")}, at("2026-01-04T00:00:00Z")).empty());
}

TEST(LifecycleRules, ATransitionNamesTheClassOnce) {
  auto all = rules(R"([{"ID":"a","Status":"Enabled","Prefix":"","Transitions":[{"Days":1,"StorageClass":"STANDARD_IA"},
                       {"Days":5,"StorageClass":"GLACIER"}]}])");
  auto object = version("k", "2026-01-01T12:00:00Z");
  EXPECT_EQ(due_actions(all, {object}, at("2026-01-03T00:00:00Z")).at(0).storage_class, "STANDARD_IA");
  EXPECT_EQ(due_actions(all, {object}, at("2026-02-03T00:00:00Z")).at(0).storage_class, "GLACIER");
  object.attributes.set("storage_class", Json("GLACIER"));
  EXPECT_TRUE(due_actions(all, {object}, at("2026-02-03T00:00:00Z")).empty());
}

TEST(LifecycleRules, UnfinishedUploadsAreAborted) {
  auto all = rules(R"([{"ID":"a","Status":"Enabled","Filter":{"Prefix":"in/"},
                       "AbortIncompleteMultipartUpload":{"DaysAfterInitiation":7}}])");
  store::Upload upload;
  upload.key = "in/x";
  upload.created = at("2026-01-01T12:00:00Z");
  EXPECT_FALSE(is_upload_due(all, upload, at("2026-01-08T12:00:00Z")));
  EXPECT_TRUE(is_upload_due(all, upload, at("2026-01-09T00:00:00Z")));
}

}  // namespace
}  // namespace penstock::aws::s3
