#include "core/learn/transform.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/learn/options.h"
#include "core/learn/order_statistics.h"

namespace penstock::learn {
namespace {

// Calls visit.template operator()<Kind>() for the kind of that name; false when there is none.
template <size_t index = 0, class Visit>
bool with_kind(std::string_view name, Visit&& visit) {
  if constexpr (index < std::variant_size_v<Transform>) {
    using Kind = std::variant_alternative_t<index, Transform>;
    if (Kind::name != name) return with_kind<index + 1>(name, visit);
    visit.template operator()<Kind>();
    return true;
  } else {
    return false;
  }
}

Error no_kind(std::string_view kind) {
  const auto names = transform_names();
  return bad_option(fmt::format("there is no transform '{}'{}; there are: {}", kind, suggestion(kind, names),
                                fmt::join(names, ", ")));
}

// SimpleImputer's most_frequent: the smallest of the values that occur most.
Json most_frequent(const Values& values) {
  if (!values.numeric()) {
    std::vector<size_t> counts(values.texts.size());
    for (const uint32_t code : values.codes)
      if (code != Codes::missing) ++counts[code];
    size_t best = counts.size();
    for (size_t code = 0; code < counts.size(); ++code)
      if (counts[code] > 0 && (best == counts.size() || counts[code] > counts[best] ||
                               (counts[code] == counts[best] && values.texts[code] < values.texts[best])))
        best = code;
    return best == counts.size() ? Json() : Json(values.texts[best]);
  }
  const std::vector<double> sorted = sorted_present(values.numbers);
  double best = std::nan("");
  size_t most = 0;
  for (size_t first = 0, end = 0; first < sorted.size(); first = end) {
    while (end < sorted.size() && sorted[end] == sorted[first]) ++end;
    if (end - first > most) best = sorted[first];
    most = std::max(most, end - first);
  }
  return number_json(best);
}

}  // namespace

Outcome<Imputer> Imputer::fit(const Json& options, const Values& values) {
  Imputer imputer;
  if (options.is_null()) return imputer;
  const Json asked = options.is_string() ? Json::object({{"method", options}}) : options;
  if (auto checked = check_keys(asked, {"method", "value", "indicator"}, "'impute'"); !checked) return checked.error();
  auto method = read_choice(asked, "method", {"mean", "median", "most_frequent", "constant"});
  if (!method) return method.error();
  const auto indicator = read_flag(asked, "indicator", false);
  if (!indicator) return indicator.error();
  imputer.method = *method;
  imputer.indicator = *indicator;
  if (imputer.method == "constant") {
    imputer.fill = asked["value"];
    if (imputer.fill.is_null()) imputer.fill = values.numeric() ? Json(0.0) : Json("missing_value");
    if (imputer.fill.is_number() != values.numeric() && values.column->type != explore::ColumnType::Unknown)
      return bad_option(fmt::format("'impute' fills column '{}' with {}, but the column holds {}", values.column->name,
                                    to_string(imputer.fill), values.numeric() ? "numbers" : "text"));
    return imputer;
  }
  if (imputer.method == "most_frequent") {
    imputer.fill = most_frequent(values);
  } else {
    if (auto checked = need_numbers(values, "impute: " + imputer.method); !checked) return checked.error();
    const std::vector<double> sorted = sorted_present(values.numbers);
    if (!sorted.empty())
      imputer.fill = imputer.method == "median" ? linear_quantile(sorted, 0.5)
                                                : pairwise_sum(sorted) / static_cast<double>(sorted.size());
  }
  if (imputer.fill.is_null())
    return Error{
        .code = "BadData",
        .message = fmt::format("column '{}' has no value at all, so that 'impute: {}' finds none to fill with: "
                               "leave the column out or fill with a constant",
                               values.column->name, imputer.method)};
  return imputer;
}

Outcome<std::optional<Block>> Imputer::apply(Values& values) const {
  if (method.empty()) return std::optional<Block>();
  std::vector<double> was_missing(indicator ? values.size() : 0);
  const bool nothing_known = values.column->type == explore::ColumnType::Unknown && fill.is_number();
  if (values.numeric() || nothing_known) {
    if (!fill.is_number())
      return Error{.code = "BadData",
                   .message = fmt::format("column '{}' holds numbers, training filled it with the text {}",
                                          values.column->name, to_string(fill))};
    const double number = fill.as_double();
    std::vector<double>& numbers = values.changeable_numbers();
    for (size_t i = 0; i < numbers.size(); ++i) {
      if (!std::isnan(numbers[i])) continue;
      numbers[i] = number;
      if (indicator) was_missing[i] = 1;
    }
  } else if (fill.is_string()) {
    const uint32_t code = static_cast<uint32_t>(std::find(values.texts.begin(), values.texts.end(), fill.as_string()) -
                                                values.texts.begin());
    if (code == values.texts.size()) values.texts.push_back(fill.as_string());
    std::vector<uint32_t>& codes = values.changeable_codes();
    for (size_t i = 0; i < codes.size(); ++i) {
      if (codes[i] != Codes::missing) continue;
      codes[i] = code;
      if (indicator) was_missing[i] = 1;
    }
  } else if (auto checked = need_numbers(values, "impute: " + method); !checked) {
    return checked.error();
  }
  return indicator ? std::optional(Block::of_numbers(std::move(was_missing))) : std::optional<Block>();
}

Json Imputer::state() const {
  if (method.empty()) return nullptr;
  return Json::object({{"method", method}, {"fill", fill}, {"indicator", indicator}});
}

Imputer Imputer::load(const Json& state) {
  if (state.text("method").empty()) return {};
  return {.method = std::string(state.text("method")),
          .fill = state["fill"],
          .indicator = state["indicator"].is_boolean() && state["indicator"].as_boolean()};
}

std::vector<std::string_view> transform_names() {
  return []<size_t... index>(std::index_sequence<index...>) {
    return std::vector<std::string_view>{std::variant_alternative_t<index, Transform>::name...};
  }
  (std::make_index_sequence<std::variant_size_v<Transform>>());
}

Outcome<Transform> fit_transform(std::string_view kind, const FitInput& input) {
  Outcome<Transform> result = no_kind(kind);
  with_kind(kind, [&]<class Kind>() {
    auto fitted = Kind::fit(input);
    result = fitted.ok() ? Outcome<Transform>(Transform(std::move(*fitted))) : Outcome<Transform>(fitted.error());
  });
  return result;
}

Outcome<Transform> load_transform(const Json& state) {
  Outcome<Transform> result = no_kind(state.text("transform"));
  with_kind(state.text("transform"), [&]<class Kind>() { result = Transform(Kind::load(state)); });
  return result;
}

Outcome<void> check_transform(std::string_view kind, const Json& options) {
  Outcome<void> result = no_kind(kind);
  with_kind(kind, [&]<class Kind>() {
    auto known = Kind::options();
    for (const char* key : {"columns", "except", "transform", "impute"}) known.emplace_back(key);
    result = check_keys(options, known, fmt::format("transform '{}'", kind));
  });
  return result;
}

}  // namespace penstock::learn
