#define PCRE2_CODE_UNIT_WIDTH 8
#include "core/job/metric.h"

#include <fmt/format.h>
#include <pcre2.h>

#include <charconv>
#include <utility>

#include "base/encoding.h"

namespace penstock::job {

namespace {

constexpr uint32_t match_limit = 100'000;  // steps of a search; a hostile expression stops there

struct CodeFree {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct MatchFree {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};
struct ContextFree {
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};

}  // namespace

struct MetricFinder::Expression {
  std::string name;
  std::unique_ptr<pcre2_code, CodeFree> code;
};

MetricFinder::MetricFinder() = default;
MetricFinder::MetricFinder(MetricFinder&&) noexcept = default;
MetricFinder& MetricFinder::operator=(MetricFinder&&) noexcept = default;
MetricFinder::~MetricFinder() = default;

Outcome<MetricFinder> MetricFinder::make(const std::vector<MetricDefinition>& definitions) {
  MetricFinder finder;
  for (const MetricDefinition& definition : definitions) {
    int number = 0;
    PCRE2_SIZE offset = 0;
    const auto* pattern = reinterpret_cast<PCRE2_SPTR>(definition.regex.data());
    pcre2_code* code = pcre2_compile(pattern, definition.regex.size(), PCRE2_UTF, &number, &offset, nullptr);
    if (code == nullptr) {
      unsigned char text[256];
      pcre2_get_error_message(number, text, sizeof text);
      return Error{"ValidationException",
                   fmt::format("Metric definition '{}' has an invalid regular expression: {} at offset {}",
                               definition.name, reinterpret_cast<const char*>(text), offset),
                   400,
                   {}};
    }
    finder.expressions_.push_back({definition.name, std::unique_ptr<pcre2_code, CodeFree>(code)});
  }
  return finder;
}

std::vector<FoundMetric> MetricFinder::find(std::string_view line) const {
  std::vector<FoundMetric> found;
  if (expressions_.empty()) return found;
  std::unique_ptr<pcre2_match_context, ContextFree> context(pcre2_match_context_create(nullptr));
  pcre2_set_match_limit(context.get(), match_limit);
  for (const Expression& expression : expressions_) {
    std::unique_ptr<pcre2_match_data, MatchFree> data(
        pcre2_match_data_create_from_pattern(expression.code.get(), nullptr));
    const auto* subject = reinterpret_cast<PCRE2_SPTR>(line.data());
    int groups =
        pcre2_match(expression.code.get(), subject, line.size(), 0, PCRE2_NO_UTF_CHECK, data.get(), context.get());
    const PCRE2_SIZE* spans = pcre2_get_ovector_pointer(data.get());
    if (groups < 2 || spans[2] == PCRE2_UNSET) continue;
    std::string_view text = trim(line.substr(spans[2], spans[3] - spans[2]));
    if (text.starts_with('+')) text.remove_prefix(1);
    double value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size()) found.push_back({expression.name, value});
  }
  return found;
}

}  // namespace penstock::job
