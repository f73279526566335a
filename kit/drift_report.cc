#include "kit/drift_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "kit/html.h"

namespace penstock::kit {

namespace {

using monitor::Bins;
using monitor::ColumnDrift;

// A chart's place on the page, in CSS pixels.
constexpr double chart_width = 320;
constexpr double chart_height = 120;
constexpr double row_height = 22;
// Charts cost about a kilobyte each: beyond so many columns only those that drifted have one.
constexpr size_t charts_max = 400;
constexpr size_t series_points_max = 400;
constexpr size_t names_max = 100;  // of a list of columns

constexpr std::string_view style = R"(
.yes{color:var(--bad);font-weight:600}.no{color:var(--good)}.card p{font-size:13px}.card.drifted{border-color:var(--bad)}
.b{fill:var(--base);opacity:.45}.d{fill:none;stroke:var(--data);stroke-width:1.6}.bb{fill:var(--base)}.db{fill:var(--data)}.limit{stroke:var(--bad);stroke-dasharray:4 3}.dot{fill:var(--data)}.dot.bad{fill:var(--bad)}
.key{display:inline-block;width:11px;height:11px;border-radius:2px;margin:0 4px 0 12px;vertical-align:-1px}
.heat td.cell{min-width:26px;height:20px;background:color-mix(in srgb,var(--data) calc(var(--h)*1%),var(--soft))}.heat td:first-child{padding:0 10px}.heat td.over{outline:2px solid var(--bad);outline-offset:-2px}
)";

std::string figure(double value) {
  if (std::isnan(value)) return "–";
  return fmt::format("{:.4g}", value);
}
std::string figure(const std::optional<double>& value) {
  return value ? figure(*value) : "–";
}

std::string percent(double share) {
  return fmt::format("{:.1f} %", 100 * share);
}

double share_of(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

// The histogram of a numeric column: the baseline as an area, the data as a line. Densities, so that both compare.
std::string numeric_chart(const Bins& bins, uint64_t baseline_size, uint64_t data_size) {
  const size_t count = bins.baseline.size();
  double largest = 0;
  for (size_t i = 0; i < count; ++i)
    largest = std::max({largest, share_of(bins.baseline[i], baseline_size), share_of(bins.data[i], data_size)});
  const double step = chart_width / static_cast<double>(count);
  const auto outline = [&](const std::vector<uint64_t>& counts, uint64_t size) {
    std::string path;
    for (size_t i = 0; i < count; ++i) {
      const double y = chart_height - (chart_height - 6) * share_of(counts[i], size) / largest;
      path += fmt::format("{}{:.1f} {:.1f}H{:.1f}", i == 0 ? "M" : "L", static_cast<double>(i) * step, y,
                          static_cast<double>(i + 1) * step);
    }
    return path;
  };
  return fmt::format(
      R"(<svg viewBox="0 0 {0} {1}" width="{0}" height="{1}" role="img"><path class="b" d="M0 {2}L{3}V{2}Z"/><path class="d" d="{4}"/><path class="axis" d="M0 {2}H{0}"/><text x="0" y="{5}">{6}</text><text x="{0}" y="{5}" text-anchor="end">{7}</text><text x="{9}" y="{5}" text-anchor="middle">highest bin {8}</text></svg>)",
      chart_width, chart_height + 16, chart_height, outline(bins.baseline, baseline_size).substr(1),
      outline(bins.data, data_size), chart_height + 13, figure(bins.edges.front()), figure(bins.edges.back()),
      percent(largest), chart_width / 2);
}

// Two bars for each category.
std::string category_chart(const Bins& bins, uint64_t baseline_size, uint64_t data_size) {
  double largest = 0;
  for (size_t i = 0; i < bins.labels.size(); ++i)
    largest = std::max({largest, share_of(bins.baseline[i], baseline_size), share_of(bins.data[i], data_size)});
  const double left = 118;
  const double width = chart_width - left - 52;
  const double height = row_height * static_cast<double>(bins.labels.size());
  std::string out =
      fmt::format(R"(<svg viewBox="0 0 {0} {1}" width="{0}" height="{1}" role="img">)", chart_width, height);
  for (size_t i = 0; i < bins.labels.size(); ++i) {
    const double y = row_height * static_cast<double>(i);
    const double baseline = share_of(bins.baseline[i], baseline_size);
    const double data = share_of(bins.data[i], data_size);
    out += fmt::format(
        R"(<text x="{0}" y="{1}" text-anchor="end">{2}</text><rect class="bb" x="{3}" y="{4}" width="{5:.1f}" height="7"/><rect class="db" x="{3}" y="{6}" width="{7:.1f}" height="7"/><text x="{8:.1f}" y="{1}">{9}</text>)",
        left - 6, y + 14, shortened_html(bins.labels[i].empty() ? "(empty)" : bins.labels[i], 17), left, y + 3,
        width * baseline / largest, y + 10, width * data / largest,
        left + width * std::max(baseline, data) / largest + 5, percent(data));
  }
  return out + "</svg>";
}

std::string chart(const ColumnDrift& column) {
  const auto& found = column.comparison;
  if (found.bins.baseline.empty()) return "<p class=\"dim\">no values to draw</p>";
  return found.bins.labels.empty() ? numeric_chart(found.bins, found.baseline_size, found.data_size)
                                   : category_chart(found.bins, found.baseline_size, found.data_size);
}

// The score of a column window by window, with the line that it should not pass.
std::string series(const DriftResult& result, size_t index) {
  const size_t count = std::min(result.windows.size(), series_points_max);
  if (count < 2) return {};
  const monitor::Rule& rule = result.windows.front().columns[index].rule;
  double largest = rule.threshold;
  for (size_t i = 0; i < count; ++i) largest = std::max(largest, result.windows[i].columns[index].score.value_or(0));
  if (!(largest > 0) || std::isinf(largest)) return {};
  const double height = 64;
  const double step = chart_width / static_cast<double>(count);
  const auto y_of = [&](double value) { return height - (height - 8) * value / largest; };
  std::string line;
  std::string dots;
  for (size_t i = 0; i < count; ++i) {
    const ColumnDrift& at = result.windows[i].columns[index];
    if (!at.score || std::isnan(*at.score)) continue;
    const double x = step * (static_cast<double>(i) + 0.5);
    line += fmt::format("{}{:.1f} {:.1f}", line.empty() ? "M" : "L", x, y_of(*at.score));
    dots += fmt::format(R"(<circle class="dot{}" cx="{:.1f}" cy="{:.1f}" r="3"><title>{}: {}</title></circle>)",
                        at.drifted ? " bad" : "", x, y_of(*at.score), escaped_html(result.windows[i].name),
                        figure(at.score));
  }
  return fmt::format(
      R"(<svg viewBox="0 0 {0} {1}" width="{0}" height="{1}" role="img"><path class="limit" d="M0 {2:.1f}H{0}"/><path class="d" d="{3}"/>{4}<text x="0" y="{5}">{6}</text><text x="{0}" y="{5}" text-anchor="end">{7}</text></svg>)",
      chart_width, height + 16, y_of(rule.threshold), line, dots, height + 13,
      escaped_html(result.windows.front().name), escaped_html(result.windows[count - 1].name));
}

std::string card(const DriftResult& result, size_t index) {
  const ColumnDrift& column = result.columns[index];
  const auto& found = column.comparison;
  std::string out = fmt::format(
      R"(<section class="card{}" id="c{}"><h3><span>{}</span><span class="{}">{}</span></h3><p class="dim">{} · {} {} {} threshold {}{}</p>)",
      column.drifted ? " drifted" : "", index, escaped_html(column.name), column.drifted ? "yes" : "no",
      column.drifted ? "drifted" : "as before", found.numeric ? "numeric" : "categorical", name_of(column.rule.method),
      figure(column.adjusted ? column.adjusted : column.score),
      is_p_value(column.rule.method) ? "p-value," : "distance,", figure(column.rule.threshold),
      found.ks || found.chi2
          ? fmt::format(" · effect {}", figure(found.ks ? found.ks->effect_size : found.chi2->effect_size))
          : "");
  out += chart(column);
  if (found.baseline_moments && found.data_moments)
    out += fmt::format("<p>mean {} → {}, std {} → {}</p>", figure(found.baseline_moments->mean),
                       figure(found.data_moments->mean), figure(found.baseline_moments->std_dev),
                       figure(found.data_moments->std_dev));
  out += fmt::format("<p>missing {} → {}, distinct {} → {}</p>",
                     percent(share_of(found.baseline_missing, found.baseline_size + found.baseline_missing)),
                     percent(share_of(found.data_missing, found.data_size + found.data_missing)),
                     found.baseline_distinct, found.data_distinct);
  return out + series(result, index) + "</section>";
}

std::string column_row(const ColumnDrift& column, size_t index, bool has_card) {
  const auto& found = column.comparison;
  const std::string name =
      has_card ? fmt::format(R"(<a href="#c{}">{}</a>)", index, escaped_html(column.name)) : escaped_html(column.name);
  return fmt::format(
      R"(<tr><td>{}</td><td class="{}">{}</td><td class="text">{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>)",
      name, column.drifted ? "yes" : "no", column.drifted ? "drifted" : "no", name_of(column.rule.method),
      figure(column.adjusted ? column.adjusted : column.score), figure(column.rule.threshold),
      figure(effect_size_of(found, column.rule.method)), figure(found.psi), figure(found.js_base_2),
      figure(found.wasserstein_norm));
}

std::string figures(const DriftResult& result) {
  const auto box = [](const std::string& value, std::string_view what) {
    return fmt::format(R"(<div class="figure"><b>{}</b><span class="dim">{}</span></div>)", value, what);
  };
  std::string out = R"(<div class="figures">)";
  out += box(fmt::format("{} of {}", result.drifted(), result.columns.size()), "columns drifted");
  out += box(percent(result.share()),
             result.dataset_drifted() ? "of them: the data set drifted" : "below half: data set as before");
  out += box(grouped(result.baseline_rows), "rows in the baseline");
  out += box(grouped(result.data_rows), "rows of data");
  if (!result.windows.empty()) out += box(fmt::format("{}", result.windows.size()), "windows");
  if (result.quality && !result.quality->all.values.empty())
    out += box(figure(result.quality->all.values.front().second), result.quality->all.values.front().first);
  return out + "</div>";
}

std::string notes(const DriftResult& result) {
  std::string out;
  const auto list = [&out](std::string_view what, const std::vector<std::string>& names, std::string_view kind) {
    if (names.empty()) return;
    out += fmt::format("<p{}>{}: ", kind, what);
    const size_t shown = std::min(names.size(), names_max);
    for (size_t i = 0; i < shown; ++i) out += (i == 0 ? "" : ", ") + escaped_html(names[i]);
    if (shown < names.size()) out += fmt::format(" and {} more", names.size() - shown);
    out += "</p>";
  };
  list("Columns that the data lacks", result.missing_columns, "");
  list("Columns without a value in the data", result.empty_columns, "");
  list("Columns that the baseline lacks", result.extra_columns, "");
  std::map<std::string, std::vector<std::string>> skipped;
  for (const auto& [name, why] : result.skipped) skipped[why].push_back(name);
  for (const auto& [why, names] : skipped)
    list(fmt::format("Left out ({})", escaped_html(why)), names, " class=\"dim\"");
  return out;
}

// Windows across, columns down: how near to its threshold each score is.
std::string heat_map(const DriftResult& result) {
  if (result.windows.size() < 2) return {};
  const size_t count = std::min(result.windows.size(), series_points_max);
  std::string out = fmt::format("<h2>Over time, by {}</h2><div class=\"scroll\"><table class=\"heat\"><tr><th></th>",
                                escaped_html(result.time));
  for (size_t i = 0; i < count; ++i) out += fmt::format("<th>{}</th>", shortened_html(result.windows[i].name, 16));
  out += "</tr>";
  for (size_t column = 0; column < result.columns.size() && column < charts_max; ++column) {
    out += fmt::format("<tr><td>{}</td>", escaped_html(result.columns[column].name));
    for (size_t i = 0; i < count; ++i) {
      const ColumnDrift& at = result.windows[i].columns[column];
      const double psi = at.comparison.psi.value_or(0);
      out += fmt::format(R"(<td class="cell{}" style="--h:{:.0f}" title="{} {}: PSI {}, {} {}"></td>)",
                         at.drifted ? " over" : "", 100 * std::min(1.0, psi / 0.5),
                         escaped_html(result.columns[column].name), escaped_html(result.windows[i].name),
                         figure(at.comparison.psi), name_of(at.rule.method), figure(at.score));
    }
    out += "</tr>";
  }
  return out +
         "</table></div><p class=\"dim\">Colour: PSI against the baseline, full from 0.5 on. Outlined: drifted by the "
         "rule of the preset.</p>";
}

std::string quality_table(const Quality& quality) {
  std::string out =
      "<h2>Quality against the ground truth</h2><div class=\"scroll\"><table "
      "class=\"plain\"><tr><th>window</th><th>rows</th>";
  for (const auto& [name, value] : quality.all.values) out += fmt::format("<th>{}</th>", escaped_html(name));
  out += "</tr>";
  const auto row = [&out](std::string_view name, const QualityMetrics& metrics) {
    out += fmt::format("<tr><td>{}</td><td>{}</td>", escaped_html(name), metrics.rows);
    for (const auto& [metric, value] : metrics.values) out += fmt::format("<td>{}</td>", figure(value));
    out += "</tr>";
  };
  row("all", quality.all);
  for (const auto& [name, metrics] : quality.windows) row(name, metrics);
  return out + fmt::format("</table></div><p class=\"dim\">{} rows have no label, {} labels have no row.</p>",
                           quality.without_truth, quality.without_prediction);
}

}  // namespace

std::string drift_report(const DriftResult& result) {
  std::vector<size_t> order(result.columns.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_partition(order.begin(), order.end(), [&](size_t i) { return result.columns[i].drifted; });
  const auto has_card = [&](size_t rank) { return rank < charts_max; };
  std::string out = fmt::format("<h1>Drift</h1><p class=\"dim\">{} against {} · preset {} · correction {} · {}</p>",
                                escaped_html(result.data), escaped_html(result.baseline), name_of(result.preset),
                                name_of(result.correction), result.made);
  out += figures(result) + notes(result);
  out +=
      "<div class=\"scroll\"><table class=\"plain\"><tr><th>column</th><th></th><th "
      "class=\"text\">method</th><th>score</th><th>threshold</th>"
      "<th>effect</th><th>PSI</th><th>JS (base 2)</th><th>Wasserstein / std</th></tr>";
  for (size_t rank = 0; rank < order.size(); ++rank)
    out += column_row(result.columns[order[rank]], order[rank], has_card(rank));
  out += "</table></div>" + heat_map(result);
  if (result.quality) out += quality_table(*result.quality);
  out +=
      "<h2>Columns<span class=\"key\" style=\"background:var(--base)\"></span><span class=\"dim\">baseline</span>"
      "<span class=\"key\" style=\"background:var(--data)\"></span><span class=\"dim\">data</span></h2><div "
      "class=\"cards\">";
  for (size_t rank = 0; rank < order.size(); ++rank)
    if (has_card(rank)) out += card(result, order[rank]);
  return html_page(fmt::format("Drift: {}", result.data), style, out + "</div>");
}

}  // namespace penstock::kit
