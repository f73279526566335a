#include "core/pipeline/map_run.h"

#include <cstdint>
#include <utility>

#include "base/limits.h"
#include "core/pipeline/definition.h"
#include "core/pipeline/scope.h"

namespace penstock::pipeline {
namespace {

class FixedContext final : public ContextObject {
 public:
  explicit FixedContext(Json json) : json_(std::move(json)) {}
  const Json& json() const override { return json_; }

 private:
  Json json_;
};

int64_t integer_at(const Json& json, std::string_view key) {
  const Json& value = json[key];
  return value.is_number() ? value.as_integer().value_or(0) : 0;
}

}  // namespace

bool Tolerance::exceeded(size_t failed, size_t items) const {
  if (!count && !percentage) return failed > 0;
  if (count && failed > static_cast<size_t>(*count)) return true;
  return percentage && 100.0 * static_cast<double>(failed) > *percentage * static_cast<double>(items);
}

Json to_json(const MapRunPlan& plan) {
  Json json = Json::object({{"workflow", plan.workflow},
                            {"state", plan.state},
                            {"processor", plan.processor},
                            {"express", plan.express},
                            {"input", plan.input},
                            {"variables", plan.variables},
                            {"context", plan.context},
                            {"items", plan.items},
                            {"pairs", plan.pairs},
                            {"reader", plan.reader},
                            {"batchItems", plan.batch_items},
                            {"batchBytes", plan.batch_bytes},
                            {"batchInput", plan.batch_input},
                            {"writer", plan.writer},
                            {"concurrency", plan.concurrency}});
  if (plan.tolerance.count) json.set("toleratedCount", *plan.tolerance.count);
  if (plan.tolerance.percentage) json.set("toleratedPercentage", *plan.tolerance.percentage);
  return json;
}

MapRunPlan read_map_run_plan(const Json& json) {
  MapRunPlan plan;
  plan.workflow = static_cast<uint32_t>(integer_at(json, "workflow"));
  plan.state = static_cast<uint32_t>(integer_at(json, "state"));
  plan.processor = static_cast<uint32_t>(integer_at(json, "processor"));
  plan.express = json["express"] == Json(true);
  plan.input = json["input"];
  plan.variables = json["variables"];
  plan.context = json["context"];
  plan.items = json["items"];
  plan.pairs = json["pairs"] == Json(true);
  plan.reader = json["reader"];
  plan.batch_items = integer_at(json, "batchItems");
  plan.batch_bytes = integer_at(json, "batchBytes");
  plan.batch_input = json["batchInput"];
  plan.writer = json["writer"];
  plan.concurrency = integer_at(json, "concurrency");
  if (json.find("toleratedCount")) plan.tolerance.count = integer_at(json, "toleratedCount");
  if (const Json& percentage = json["toleratedPercentage"]; percentage.is_number())
    plan.tolerance.percentage = percentage.as_double();
  return plan;
}

Batch::Batch(const MapRunPlan& plan)
    : items_max_(plan.batch_items == 0 ? SIZE_MAX : static_cast<size_t>(plan.batch_items)),
      bytes_max_(plan.batch_bytes == 0 ? limits::payload_bytes_max : static_cast<size_t>(plan.batch_bytes)),
      input_(Json::object()) {
  if (!plan.batch_input.is_null()) input_.set("BatchInput", plan.batch_input);
  input_.set("Items", Json::array());
  bytes_ = to_string(input_).size();
}

bool Batch::full() const {
  return items_.size() >= items_max_;
}

bool Batch::add(const Json& item) {
  const size_t bytes = to_string(item).size() + 1;
  if (bytes_ + bytes > bytes_max_ && !items_.empty()) return false;
  bytes_ += bytes;
  items_.push_back(item);
  return true;
}

Json Batch::input() && {
  input_.set("Items", Json(std::move(items_)));
  return std::move(input_);
}

std::string item_machine_arn(std::string_view map_run_arn) {
  constexpr std::string_view kind = ":mapRun:";
  size_t place = map_run_arn.find(kind);
  size_t end = map_run_arn.rfind(':');
  if (place == std::string_view::npos || end < place + kind.size()) return {};
  std::string arn(map_run_arn.substr(0, place));
  return arn.append(":stateMachine:").append(map_run_arn.substr(place + kind.size(), end - place - kind.size()));
}

Json items_of(const Json& collection) {
  if (!collection.is_object()) return collection;
  std::vector<Json> pairs;
  for (const JsonMember& member : collection.members()) {
    pairs.push_back(Json::object({{"Key", member.key}, {"Value", member.value}}));
  }
  return Json(std::move(pairs));
}

Json map_item(const Json& item, int64_t index, bool pair, std::string_view source) {
  Json shown = Json::object({{"Index", index}});
  if (pair) shown.set("Key", item["Key"]);
  shown.set("Value", pair ? item["Value"] : item);
  if (!source.empty()) shown.set("Source", source);
  return shown;
}

Outcome<Json> select_item(const Program& program, const MapRunPlan& plan, const Json& item, int64_t index, bool pair,
                          std::string_view source, Time now, Random& random) {
  const MapState& map = std::get<MapState>(program.workflows[plan.workflow].states[plan.state].kind);
  if (!map.item_selector) return item;
  Json context = plan.context;
  context.set("Map", Json::object({{"Item", map_item(item, index, pair, source)}}));
  FixedContext fixed(std::move(context));
  return map.item_selector->evaluate({plan.input, fixed, plan.variables, random, now});
}

}  // namespace penstock::pipeline
