// The JSONata figures, in CPU seconds: a small expression precompiled and with its compilation, and the reference
// suite's cases
// (../shared, without those that run until a bound) precompiled and with compilation. Prints a line each.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "core/pipeline/jsonata/expression.h"

namespace {

using namespace penstock;
using namespace penstock::jsonata;

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Runs `work` for about a second of CPU; prints how often it ran.
template <class Work>
void measure(const char* name, size_t per_call, const Work& work) {
  size_t count = 0;
  const double start = cpu_seconds();
  double spent = 0;
  while (spent < 1) {
    work();
    count += per_call;
    spent = cpu_seconds() - start;
  }
  std::printf("%-44s %12.0f /CPU-s\n", name, static_cast<double>(count) / spent);
}

struct Case {
  std::string text;
  const Json* input;
  std::vector<Binding> bindings;
  Expression expression;
};

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void measure_suite(const Environment& environment) {
  const std::filesystem::path folder = "../shared/conformance/jsonata";
  std::ifstream file(folder / "cases.jsonl");
  std::deque<Json> tests;
  std::map<std::string, Json> datasets;
  std::vector<Case> cases;
  std::string line;
  while (std::getline(file, line)) {
    const Json& test = tests.emplace_back(parse_json(line).value());
    if (test["expect"].text("code") == "U1001") continue;
    auto expression = Expression::compile(test.text("expr"));
    if (!expression) continue;
    Case each{std::string(test.text("expr")), test.find("data"), {}, *std::move(expression)};
    if (const std::string name(test.text("dataset")); !each.input && !name.empty()) {
      auto [at, fresh] = datasets.try_emplace(name);
      if (fresh) at->second = parse_json(read_file(folder / "datasets" / (name + ".json"))).value();
      each.input = &at->second;
    }
    if (test["bindings"].is_object()) {
      for (const JsonMember& member : test["bindings"].members()) each.bindings.push_back({member.key, &member.value});
    }
    cases.push_back(std::move(each));
  }
  if (cases.empty()) return;
  measure("suite, precompiled", cases.size(), [&] {
    for (const Case& each : cases) (void)each.expression.evaluate(each.bindings, each.input, environment);
  });
  measure("suite, with compilation", cases.size(), [&] {
    for (const Case& each : cases)
      (void)Expression::compile(each.text)->evaluate(each.bindings, each.input, environment);
  });
  measure("suite, compilation only", cases.size(), [&] {
    for (const Case& each : cases) (void)Expression::compile(each.text);
  });
}

}  // namespace

int main() {
  SeededRandom random(1);
  const Environment environment{random, Time{1'700'000'000'000'000}, {}};
  const Json states = parse_json(R"({"input":{"a":12.5,"b":3},"context":{"Execution":{"Id":"x"}}})").value();
  const Binding bindings[] = {{"states", &states}};
  constexpr std::string_view small = "$states.input.a * $states.input.b";
  const Expression expression = Expression::compile(small, Dialect::step_functions).value();
  const auto evaluate = [&](const Expression& compiled) {
    for (int at = 0; at < 1'000; ++at) (void)compiled.evaluate(bindings, nullptr, environment);
  };
  measure("$states.input.a * $states.input.b", 1'000, [&] { evaluate(expression); });
  measure("the same, with compilation", 1'000, [&] {
    for (int at = 0; at < 1'000; ++at)
      (void)Expression::compile(small, Dialect::step_functions)->evaluate(bindings, nullptr, environment);
  });
  measure_suite(environment);
}
