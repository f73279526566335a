#include "core/stack/drift.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/stack/functions.h"

namespace penstock::stack {

namespace {

std::string shown(const Json& value) {
  std::string text;
  return scalar_text(value, text) ? text : to_string(value);
}

class Comparison {
 public:
  explicit Comparison(std::vector<Difference>& found) : found_(found) {}

  void compare(const std::string& path, const Json& expected, const Json& actual) {
    if (expected.is_null() && actual.is_null()) return;
    if (expected.is_string() && expected.as_string().find("{{resolve:") != std::string_view::npos) return;  // not kept
    if (expected.is_null() || actual.is_null()) {
      return add(path, expected, actual, expected.is_null() ? "ADD" : "REMOVE");
    }
    if (expected.is_object() && actual.is_object()) return compare_members(path, expected, actual);
    if (expected.is_array() && actual.is_array()) {
      for (size_t index = 0; index < std::max(expected.size(), actual.size()); ++index) {
        compare(fmt::format("{}/{}", path, index), expected[index], actual[index]);
      }
      return;
    }
    std::string left;
    std::string right;
    bool same = scalar_text(expected, left) && scalar_text(actual, right) ? left == right : expected == actual;
    if (!same) add(path, expected, actual, "NOT_EQUAL");
  }

 private:
  void compare_members(const std::string& path, const Json& expected, const Json& actual) {
    for (const JsonMember& member : expected.members()) {
      compare(path + "/" + member.key, member.value, actual[member.key]);
    }
    for (const JsonMember& member : actual.members()) {
      if (!expected.find(member.key)) compare(path + "/" + member.key, Json(), member.value);
    }
  }

  void add(const std::string& path, const Json& expected, const Json& actual, std::string_view kind) {
    found_.push_back({path, expected.is_null() ? std::string() : shown(expected),
                      actual.is_null() ? std::string() : shown(actual), kind});
  }

  std::vector<Difference>& found_;
};

Time time_of(const Json& value) {
  return Time{value.is_number() ? value.as_integer().value_or(0) : 0};
}

}  // namespace

std::vector<Difference> differences(const Json& expected, const Json& actual) {
  std::vector<Difference> found;
  Comparison comparison(found);
  for (const JsonMember& member : expected.members()) {
    const Json* value = actual.find(member.key);
    if (value) comparison.compare("/" + member.key, member.value, *value);
  }
  return found;
}

Json to_record(const Drift& drift) {
  return Json::object({{"logical_id", Json(drift.logical_id)},
                       {"physical_id", Json(drift.physical_id)},
                       {"type", Json(drift.type)},
                       {"status", Json(drift.status)},
                       {"reason", Json(drift.reason)},
                       {"expected", drift.expected},
                       {"actual", drift.actual},
                       {"checked", Json(drift.checked.microseconds)}});
}

Drift drift_of(const Json& record) {
  Drift drift;
  drift.logical_id = record.text("logical_id");
  drift.physical_id = record.text("physical_id");
  drift.type = record.text("type");
  drift.status = record.text("status");
  drift.reason = record.text("reason");
  drift.expected = record["expected"];
  drift.actual = record["actual"];
  drift.checked = time_of(record["checked"]);
  return drift;
}

Json to_record(const DriftDetection& detection) {
  return Json::object({{"id", Json(detection.id)},
                       {"stack_id", Json(detection.stack_id)},
                       {"status", Json(detection.status)},
                       {"drifted", Json(detection.drifted)},
                       {"checked", Json(detection.checked.microseconds)}});
}

DriftDetection drift_detection_of(const Json& record) {
  DriftDetection detection;
  detection.id = record.text("id");
  detection.stack_id = record.text("stack_id");
  detection.status = record.text("status");
  detection.drifted = record["drifted"].is_number() ? record["drifted"].as_integer().value_or(0) : 0;
  detection.checked = time_of(record["checked"]);
  return detection;
}

}  // namespace penstock::stack
