#include "aws/protocol/rest_route.h"

#include <algorithm>

#include "base/encoding.h"

namespace penstock::aws {
namespace {

bool is_label(std::string_view segment) {
  return segment.starts_with('{');
}
bool is_greedy(std::string_view segment) {
  return segment.ends_with("+}");
}

std::string_view label_name(std::string_view segment) {
  segment.remove_prefix(1);
  segment.remove_suffix(is_greedy(segment) ? 2 : 1);
  return segment;
}

}  // namespace

RestRoutes::RestRoutes(const ServiceModel& service) {
  for (const OperationModel* operation : service.operations) {
    Pattern pattern{.operation = operation, .not_served = nullptr, .method = operation->method};
    for (const Member& member : operation->input->members) {
      if (!member.required) continue;
      if (member.location == Location::query) pattern.query.emplace_back(member.wire, std::string_view());
      if (member.location == Location::header) pattern.headers.push_back(to_lower(member.wire));
    }
    add(std::move(pattern), operation->uri);
  }
  for (const NotServed& operation : service.not_served) {
    add(Pattern{.operation = nullptr, .not_served = &operation, .method = operation.method}, operation.uri);
  }
  // Stable: of equals the first in the model wins, and a served one before one that is not.
  std::stable_sort(patterns_.begin(), patterns_.end(),
                   [](const Pattern& left, const Pattern& right) { return left.weight > right.weight; });
}

void RestRoutes::add(Pattern pattern, std::string_view uri) {
  size_t mark = uri.find('?');
  for (std::string_view segment : split(uri.substr(1, mark == std::string_view::npos ? mark : mark - 1), '/')) {
    if (segment.empty()) continue;
    pattern.segments.push_back(segment);
    pattern.weight += is_label(segment) ? 100 : 101;
  }
  if (mark != std::string_view::npos) {
    for (std::string_view part : split(uri.substr(mark + 1), '&')) {
      size_t equals = part.find('=');
      std::string_view value = equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
      pattern.query.emplace_back(part.substr(0, equals), value);
    }
  }
  pattern.weight += pattern.query.size() + pattern.headers.size();
  patterns_.push_back(std::move(pattern));
}

bool RestRoutes::fits(const Pattern& pattern, const HttpRequest& request, const Query& query) {
  for (const auto& [name, value] : pattern.query) {
    bool found = std::any_of(query.begin(), query.end(), [&, &name = name, &value = value](const auto& parameter) {
      return parameter.first == name && (value.empty() || parameter.second == value);
    });
    if (!found) return false;
  }
  return std::all_of(pattern.headers.begin(), pattern.headers.end(),
                     [&](const std::string& name) { return request.has_header(name); });
}

bool RestRoutes::fits_path(const Pattern& pattern, std::string_view path, Labels& labels) {
  labels.clear();
  std::string_view rest = path.substr(path.starts_with('/') ? 1 : 0);
  for (size_t i = 0; i < pattern.segments.size(); ++i) {
    std::string_view segment = pattern.segments[i];
    bool last = i + 1 == pattern.segments.size();
    size_t slash = is_greedy(segment) && last ? std::string_view::npos : rest.find('/');
    std::string_view part = rest.substr(0, slash);
    if (part.empty()) return false;
    if (is_label(segment)) {
      labels.emplace_back(label_name(segment), uri_decode(part));
    } else if (part != segment) {
      return false;
    }
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  }
  return rest.empty();
}

RestMatch RestRoutes::match(const HttpRequest& request, std::string_view path) const {
  RestMatch match;
  Query query = request.query_parameters();
  for (const Pattern& pattern : patterns_) {
    if (pattern.method != request.method || !fits(pattern, request, query)) continue;
    if (!fits_path(pattern, path, match.labels)) continue;
    match.operation = pattern.operation;
    match.not_served = pattern.not_served;
    return match;
  }
  match.labels.clear();
  return match;
}

}  // namespace penstock::aws
