#include "aws/s3/notification.h"

#include <fmt/format.h>

#include <utility>

#include "aws/s3/attributes.h"
#include "aws/s3/handlers.h"
#include "aws/s3/names.h"
#include "base/random.h"
#include "core/event/bus.h"

namespace penstock::aws::s3 {

namespace {

constexpr std::string_view setting = "event_bridge";

bool asks_for_events(Platform& platform, const std::string& bucket) {
  auto found = platform.objects.bucket(bucket);
  return found && found->settings.find(setting) != nullptr && platform.bus.has_listeners("aws.s3");
}

// What all events of one request have in common.
struct Frame {
  event::Bus* bus;
  const Clock* clock;
  std::string bucket, region, request_id, requester, source_address, reason;

  void publish(std::string_view detail_type, Json object, std::string_view deletion_type = {}) const {
    // "sequencer": of two events of one key the later one has the greater.
    object.set("sequencer", fmt::format("{:018X}", clock->now().microseconds));
    event::Event event;
    event.source = "aws.s3";
    event.detail_type = detail_type;
    event.resource = "arn:aws:s3:::" + bucket;
    event.region = region;
    event.detail = Json::object({{"version", "0"},
                                 {"bucket", Json::object({{"name", bucket}})},
                                 {"object", std::move(object)},
                                 {"request-id", request_id},
                                 {"requester", requester}});
    if (!source_address.empty()) event.detail.set("source-ip-address", source_address);
    event.detail.set("reason", reason);
    if (!deletion_type.empty()) event.detail.set("deletion-type", deletion_type);
    bus->publish(event);
  }
};

Frame frame_of(Context& context, const std::string& bucket, std::string_view reason) {
  return {&context.platform.bus,  &context.platform.clock, bucket, context.region, context.request_id, context.account,
          context.source_address, std::string(reason)};
}

}  // namespace

Announcer creation_announcer(Context& context, const std::string& bucket, std::string_view reason) {
  if (!asks_for_events(context.platform, bucket)) return [](const store::ObjectVersion&) {};
  return [frame = frame_of(context, bucket, reason)](const store::ObjectVersion& version) {
    Json object = Json::object({{"key", version.key}, {"size", version.size}, {"etag", version.etag}});
    if (auto id = written_version_id(version)) object.set("version-id", *id);
    frame.publish("Object Created", std::move(object));
  };
}

namespace {

RemovalAnnouncer announcer_of(Frame frame) {
  return [frame = std::move(frame)](const std::string& key, const store::Removed& removed) {
    Json object = Json::object({{"key", key}});
    if (!removed.version_id.empty()) object.set("version-id", removed.version_id);
    frame.publish("Object Deleted", std::move(object),
                  removed.delete_marker ? "Delete Marker Created" : "Permanently Deleted");
  };
}

}  // namespace

RemovalAnnouncer removal_announcer(Context& context, const std::string& bucket, std::string_view reason) {
  if (!asks_for_events(context.platform, bucket)) return [](const std::string&, const store::Removed&) {};
  return announcer_of(frame_of(context, bucket, reason));
}

RemovalAnnouncer expiration_announcer(Platform& platform, const store::Bucket& bucket) {
  if (!asks_for_events(platform, bucket.name)) return [](const std::string&, const store::Removed&) {};
  return announcer_of({&platform.bus, &platform.clock, bucket.name, bucket.region, platform.random.uuid(),
                       "s3.amazonaws.com", "", "Lifecycle Expiration"});
}

Outcome<GetBucketNotificationConfigurationOutput> get_bucket_notification_configuration(
    Context& context, const GetBucketNotificationConfigurationInput& input) {
  auto bucket = find_bucket(context, input.bucket, input.expected_bucket_owner);
  if (!bucket) return bucket.error();
  GetBucketNotificationConfigurationOutput output;
  if (bucket->settings.find(setting) != nullptr) output.event_bridge_configuration.emplace();
  return output;
}

void put_bucket_notification_configuration(Context& context, const PutBucketNotificationConfigurationInput& input,
                                           Reply<PutBucketNotificationConfigurationOutput> reply) {
  auto bucket = find_bucket(context, input.bucket, input.expected_bucket_owner);
  if (!bucket) return reply(bucket.error());
  const auto& wanted = input.notification_configuration;
  if (wanted.topic_configurations || wanted.queue_configurations || wanted.lambda_function_configurations) {
    return reply(not_implemented("bucket notifications to topics, queues and functions (EventBridge is served)"));
  }
  bool asked = wanted.event_bridge_configuration.has_value();
  auto edit = [asked](store::Bucket& edited) -> Outcome<void> {
    if (asked) {
      edited.settings.set(setting, true);
    } else {
      edited.settings.erase(setting);
    }
    return {};
  };
  context.platform.objects.edit_bucket(input.bucket, edit,
                                       answering<store::Bucket>(std::move(reply), [](const store::Bucket&) {
                                         return PutBucketNotificationConfigurationOutput();
                                       }));
}

}  // namespace penstock::aws::s3
