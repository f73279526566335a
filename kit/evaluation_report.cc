#include "kit/evaluation_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/learn/options.h"
#include "kit/html.h"

namespace penstock::kit {

namespace {

// A chart's place on the page, in CSS pixels.
constexpr double chart_width = 320;
constexpr double chart_height = 220;
constexpr double margin = 26;  // below and beside the plot, for its scale

constexpr std::string_view style = R"(
.cell{background:color-mix(in srgb,var(--data) calc(var(--h)*1%),var(--card))}.card h3{margin-bottom:6px}
.guide{fill:none;stroke:var(--base);stroke-dasharray:4 3}.curve{fill:none;stroke:var(--data);stroke-width:1.8}.dot{fill:var(--data)}
)";

std::string figure(const Json& value) {
  const double number = learn::json_number(value);
  if (std::isnan(number)) return "–";
  const bool whole = number == std::floor(number) && std::abs(number) < 1e9;
  return whole ? fmt::format("{}", static_cast<int64_t>(number)) : fmt::format("{:.5g}", number);
}

struct Scale {
  double low = 0, high = 1;
  double share(double value) const { return high == low ? 0.5 : (value - low) / (high - low); }
};

// A chart over two scales.
class Chart {
 public:
  Chart(std::string_view title, std::string_view x_name, std::string_view y_name, Scale x, Scale y) : x_(x), y_(y) {
    out_ = fmt::format(
        R"(<div class="card"><h3>{}</h3><svg viewBox="0 0 {} {}" role="img" aria-label="{}"><path class="axis" d="M{} 4V{}H{}"/>)",
        escaped_html(title), chart_width, chart_height + margin, escaped_html(title), margin, chart_height,
        chart_width);
    out_ += fmt::format(R"(<text x="{}" y="{}">{:.3g}</text><text x="{}" y="{}" text-anchor="end">{:.3g}</text>)",
                        margin, chart_height + 14, x.low, chart_width, chart_height + 14, x.high);
    out_ +=
        fmt::format(R"(<text x="0" y="{}">{:.2g}</text><text x="0" y="12">{:.2g}</text>)", chart_height, y.low, y.high);
    out_ += fmt::format(R"(<text x="{}" y="{}" text-anchor="middle">{}</text><text x="{}" y="14">{}</text>)",
                        (margin + chart_width) / 2, chart_height + 14, escaped_html(x_name), margin + 6,
                        escaped_html(y_name));
  }
  void line(const char* kind, const std::vector<double>& xs, const std::vector<double>& ys) {
    std::string path;
    for (size_t i = 0; i < std::min(xs.size(), ys.size()); ++i)
      path += fmt::format("{}{:.1f} {:.1f}", i == 0 ? "M" : "L", x(xs[i]), y(ys[i]));
    out_ += fmt::format(R"(<path class="{}" d="{}"/>)", kind, path);
  }
  void dots(const std::vector<double>& xs, const std::vector<double>& ys) {
    for (size_t i = 0; i < std::min(xs.size(), ys.size()); ++i)
      out_ += fmt::format(R"(<circle class="dot" cx="{:.1f}" cy="{:.1f}" r="3"><title>{:.4g}, {:.4g}</title></circle>)",
                          x(xs[i]), y(ys[i]), xs[i], ys[i]);
  }
  // Bars between neighbouring edges.
  void bars(const std::vector<double>& edges, const std::vector<double>& heights) {
    for (size_t i = 0; i + 1 < edges.size() && i < heights.size(); ++i)
      out_ += fmt::format(
          R"(<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{:.4g} to {:.4g}: {}</title></rect>)",
          x(edges[i]), y(heights[i]), std::max(0.5, x(edges[i + 1]) - x(edges[i]) - 1), chart_height - y(heights[i]),
          edges[i], edges[i + 1], heights[i]);
  }
  std::string end() && { return out_ + "</svg></div>"; }

 private:
  double x(double value) const { return margin + (chart_width - margin) * x_.share(value); }
  double y(double value) const { return chart_height - (chart_height - 4) * y_.share(value); }
  Scale x_, y_;
  std::string out_;
};

std::string class_charts(const Json& evaluation) {
  const Json& curves = evaluation["curves"];
  const auto values = [&](const char* curve, const char* name) { return learn::json_numbers(curves[curve][name]); };
  Chart roc(fmt::format("ROC curve, area {}", figure(evaluation["metrics"]["roc_auc"])), "false positive rate",
            "true positive rate", {}, {});
  roc.line("guide", {0, 1}, {0, 1});
  roc.line("curve", values("roc", "false_positive_rate"), values("roc", "true_positive_rate"));
  Chart precision(
      fmt::format("Precision and recall, average precision {}", figure(evaluation["metrics"]["average_precision"])),
      "recall", "precision", {}, {});
  precision.line("curve", values("precision_recall", "recall"), values("precision_recall", "precision"));
  Chart calibration(fmt::format("Calibration, Brier score {}", figure(evaluation["metrics"]["brier"])),
                    "mean probability", "share of class 1", {}, {});
  calibration.line("guide", {0, 1}, {0, 1});
  calibration.line("curve", values("calibration", "mean_probability"), values("calibration", "share_positive"));
  calibration.dots(values("calibration", "mean_probability"), values("calibration", "share_positive"));
  return std::move(roc).end() + std::move(precision).end() + std::move(calibration).end();
}

std::string number_charts(const Json& evaluation) {
  const Json& curves = evaluation["curves"];
  const std::vector<double> edges = learn::json_numbers(curves["errors"]["edges"]);
  const std::vector<double> counts = learn::json_numbers(curves["errors"]["rows"]);
  const std::vector<double> means = learn::json_numbers(curves["calibration"]["mean_prediction"]);
  const std::vector<double> labels = learn::json_numbers(curves["calibration"]["mean_label"]);
  if (edges.empty() || counts.empty() || means.empty()) return {};
  Chart errors("Errors (label less prediction), the middle 98 % of rows", "error", "rows",
               {edges.front(), edges.back()}, {0, *std::max_element(counts.begin(), counts.end())});
  errors.bars(edges, counts);
  const Scale both{
      std::min(*std::min_element(means.begin(), means.end()), *std::min_element(labels.begin(), labels.end())),
      std::max(*std::max_element(means.begin(), means.end()), *std::max_element(labels.begin(), labels.end()))};
  Chart calibration("Predictions and labels, by tenths of the predictions", "mean prediction", "mean label", both,
                    both);
  calibration.line("guide", {both.low, both.high}, {both.low, both.high});
  calibration.line("curve", means, labels);
  calibration.dots(means, labels);
  return std::move(errors).end() + std::move(calibration).end();
}

std::string metrics_table(const Json& evaluation) {
  const Json& intervals = evaluation["intervals"];
  std::string out = "<h2>Metrics</h2><div class=\"scroll\"><table class=\"plain\"><tr><th>metric</th><th>value</th>";
  if (!intervals.is_null())
    out += fmt::format("<th>{:.0f} % interval</th>", 100 * learn::json_number(intervals["level"]));
  out += "<th title=\"the most frequent class, or the mean\">without features</th></tr>";
  for (const JsonMember& member : evaluation["metrics"].members()) {
    out += fmt::format("<tr><td>{}</td><td>{}</td>", escaped_html(member.key), figure(member.value));
    const Json& interval = intervals["metrics"][member.key];
    if (!intervals.is_null())
      out += interval.is_null() ? "<td></td>"
                                : fmt::format("<td>{} to {}</td>", figure(interval["low"]), figure(interval["high"]));
    out += fmt::format("<td>{}</td></tr>", figure(evaluation["constant"]["metrics"][member.key]));
  }
  return out + "</table></div>";
}

std::string class_name(const Json& evaluation, size_t number) {
  const Json& names = evaluation["classes"];
  return number < names.size() ? fmt::format("{} ({})", number, escaped_html(names[number].as_string()))
                               : fmt::format("{}", number);
}

std::string class_tables(const Json& evaluation) {
  const Json& matrix = evaluation["confusion_matrix"];
  std::string out =
      "<h2>Classes</h2><div class=\"scroll\"><table class=\"plain\"><tr><th>class</th><th>precision</th><th>recall</th>"
      "<th>F1</th><th>rows</th></tr>";
  for (const JsonMember& line : evaluation["report"].members()) {
    if (!line.value.is_object()) continue;
    const bool of_class = line.key.find("avg") == std::string::npos;
    out += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                       of_class ? class_name(evaluation, static_cast<size_t>(std::stoul(line.key))) : line.key,
                       figure(line.value["precision"]), figure(line.value["recall"]), figure(line.value["f1-score"]),
                       figure(line.value["support"]));
  }
  out +=
      "</table></div><h2>Confusion matrix</h2><div class=\"scroll\"><table class=\"plain\"><tr><th>class \\ "
      "predicted</th>";
  for (size_t k = 0; k < matrix.size(); ++k) out += fmt::format("<th>{}</th>", class_name(evaluation, k));
  out += "</tr>";
  for (size_t k = 0; k < matrix.size(); ++k) {
    double rows = 0;
    for (const Json& count : matrix[k].items()) rows += learn::json_number(count);
    out += fmt::format("<tr><td>{}</td>", class_name(evaluation, k));
    for (const Json& count : matrix[k].items())
      out += fmt::format(R"(<td class="cell" style="--h:{:.0f}">{}</td>)",
                         rows == 0 ? 0 : 60 * learn::json_number(count) / rows, figure(count));
    out += "</tr>";
  }
  return out + "</table></div>";
}

std::string slices_table(const Json& evaluation) {
  const Json& slices = evaluation["slices"];
  if (slices.size() == 0) return {};
  std::string out = "<h2>Slices</h2><div class=\"scroll\"><table class=\"plain\"><tr><th>slice</th><th>rows</th>";
  const auto first = slices[size_t{0}]["metrics"].members();
  for (const JsonMember& member : first) out += fmt::format("<th>{}</th>", escaped_html(member.key));
  out += "</tr>";
  for (const Json& slice : slices.items()) {
    out += fmt::format("<tr><td>{} = {}</td><td>{}</td>", escaped_html(slice.text("column")),
                       escaped_html(slice.text("value")), figure(slice["rows"]));
    for (const JsonMember& member : first) out += fmt::format("<td>{}</td>", figure(slice["metrics"][member.key]));
    out += "</tr>";
  }
  return out + "</table></div>";
}

}  // namespace

std::string evaluation_report(const Json& evaluation, std::string_view title) {
  const bool regression = evaluation.text("problem") == "regression";
  std::string out =
      fmt::format(R"(<h1>{}</h1><p class="dim">{}, {} rows, {} features</p>)", escaped_html(title),
                  evaluation.text("problem"), figure(evaluation["rows"]), figure(evaluation["feature_count"]));
  out += metrics_table(evaluation);
  if (!evaluation["curves"].is_null())
    out += "<h2>Charts</h2><div class=\"cards\">" +
           (regression ? number_charts(evaluation) : class_charts(evaluation)) + "</div>";
  if (!regression) out += class_tables(evaluation);
  return html_page(title, style, out + slices_table(evaluation));
}

}  // namespace penstock::kit
