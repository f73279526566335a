// The transform of moments: date.
#include <date/date.h>
#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "core/learn/options.h"
#include "core/learn/transform.h"

namespace penstock::learn {
namespace {

const std::vector<std::string_view> part_names = {
    "year",   "quarter", "month", "day",         "weekday",       "day_of_year", "hour",
    "minute", "second",  "epoch", "month_cycle", "weekday_cycle", "hour_cycle",  "day_of_year_cycle"};

bool is_cycle(std::string_view part) {
  return Dates::cycle_of(part).has_value();
}

double part_of(std::string_view part, double epoch) {
  const auto days = date::sys_days(date::days(static_cast<int64_t>(std::floor(epoch / 86400))));
  const date::year_month_day day(days);
  const double second_of_day = epoch - std::floor(epoch / 86400) * 86400;
  if (part == "year") return static_cast<int>(day.year());
  if (part == "quarter") return (static_cast<unsigned>(day.month()) + 2) / 3;
  if (part == "month") return static_cast<unsigned>(day.month());
  if (part == "day") return static_cast<unsigned>(day.day());
  if (part == "weekday") return date::weekday(days).iso_encoding() - 1;
  if (part == "day_of_year")
    return static_cast<double>((days - date::sys_days(day.year() / date::January / 1)).count() + 1);
  if (part == "hour") return std::floor(second_of_day / 3600);
  if (part == "minute") return std::floor(std::fmod(second_of_day, 3600) / 60);
  if (part == "second") return std::floor(std::fmod(second_of_day, 60));
  return epoch;
}

// The angle of a moment in the part's cycle, in radians.
double angle_of(std::string_view part, double epoch) {
  const Dates::Cycle cycle = *Dates::cycle_of(part);
  return 2 * std::numbers::pi * (part_of(cycle.part, epoch) - cycle.first) / cycle.turn;
}

}  // namespace

std::optional<Dates::Cycle> Dates::cycle_of(std::string_view part) {
  if (part == "month_cycle") return Cycle{"month", 1, 12};
  if (part == "weekday_cycle") return Cycle{"weekday", 0, 7};
  if (part == "hour_cycle") return Cycle{"hour", 0, 24};
  if (part == "day_of_year_cycle") return Cycle{"day_of_year", 1, 365.25};
  return std::nullopt;
}

Outcome<Dates> Dates::fit(const FitInput& input) {
  auto parts = read_texts(input.options, "parts");
  if (!parts) return parts.error();
  if (parts->empty()) *parts = {"year", "month", "day", "weekday"};
  for (const std::string& part : *parts)
    if (std::find(part_names.begin(), part_names.end(), part) == part_names.end())
      return bad_option(fmt::format("a moment has no part '{}'{}; there are: {}", part, suggestion(part, part_names),
                                    fmt::join(part_names, ", ")));
  return Dates{.parts = std::move(*parts)};
}

Outcome<void> Dates::apply(const Values& values, std::vector<Block>& out) const {
  if (!values.numeric() && values.column->type != explore::ColumnType::Unknown)
    return Error{.code = "BadData",
                 .message = fmt::format("column '{}' holds text that was not read as moments; transform 'date' needs "
                                        "ISO 8601, such as 2026-11-24T10:15:00Z, or seconds since 1970",
                                        values.column->name)};
  for (const std::string& part : parts) {
    std::vector<double> numbers(values.numbers.size()), more;
    if (is_cycle(part)) more.resize(numbers.size());
    for (size_t i = 0; i < numbers.size(); ++i) {
      const double epoch = values.numbers[i];
      if (std::isnan(epoch) || std::isinf(epoch)) {
        numbers[i] = std::nan("");
        if (!more.empty()) more[i] = numbers[i];
      } else if (more.empty()) {
        numbers[i] = part_of(part, epoch);
      } else {
        numbers[i] = std::sin(angle_of(part, epoch));
        more[i] = std::cos(angle_of(part, epoch));
      }
    }
    out.push_back(Block::of_numbers(std::move(numbers)));
    if (is_cycle(part)) out.push_back(Block::of_numbers(std::move(more)));
  }
  return {};
}

std::vector<std::string> Dates::suffixes() const {
  std::vector<std::string> names;
  for (const std::string& part : parts) {
    if (!is_cycle(part)) {
      names.push_back("_" + part);
      continue;
    }
    names.push_back("_" + part + "_sin");
    names.push_back("_" + part + "_cos");
  }
  return names;
}

Json Dates::state() const {
  return Json::object({{"parts", std::vector<Json>(parts.begin(), parts.end())}});
}

Dates Dates::load(const Json& state) {
  auto parts = read_texts(state, "parts");
  return {.parts = parts.ok() ? std::move(*parts) : std::vector<std::string>{}};
}

}  // namespace penstock::learn
