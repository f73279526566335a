#include "kit/profile_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/explore/value_text.h"
#include "kit/html.h"

namespace penstock::kit {

namespace {

using explore::ColumnProfile;
using explore::ColumnType;
using explore::Relations;

// A card costs about 2 KB, a cell of a matrix about 60 bytes: these keep the whole below 1 MB.
constexpr size_t cards_max = 200;
constexpr size_t overview_rows_max = 500;
constexpr size_t matrix_columns_max = 40;
constexpr size_t alerts_max = 200;
constexpr size_t name_bytes_max = 60;
constexpr double chart_width = 320;
constexpr double chart_height = 90;
constexpr double row_height = 18;
constexpr size_t bars_max = 8;

constexpr std::string_view style = R"(
.card svg{width:100%}.facts{display:grid;grid-template-columns:auto 1fr auto 1fr;gap:0 10px;font-size:13px;margin-top:6px;font-variant-numeric:tabular-nums}.facts span{color:var(--dim)}.facts b{font-weight:500;text-align:right;overflow-wrap:anywhere}
.heat th.up{writing-mode:vertical-rl;transform:rotate(180deg);text-align:left;max-height:150px}.heat td{width:30px;min-width:26px;height:22px;text-align:center;font-size:10px}
.plus{background:color-mix(in srgb,var(--data) calc(var(--h)*1%),var(--soft))}.minus{background:color-mix(in srgb,var(--cold) calc(var(--h)*1%),var(--soft))}
)";

std::string figure(double value) {
  return std::isfinite(value) ? fmt::format("{:.6g}", value) : "–";
}

std::string percent(uint64_t part, uint64_t whole) {
  if (whole == 0) return "–";
  const double share = 100 * static_cast<double>(part) / static_cast<double>(whole);
  return part > 0 && share < 0.01 ? "&lt; 0.01&nbsp;%" : fmt::format("{:.4g}&nbsp;%", share);
}

std::string name_of(std::string_view name) {
  return shortened_html(name, name_bytes_max);
}

std::string value_of(const ColumnProfile& column, double value) {
  if (column.type == ColumnType::Timestamp && std::isfinite(value)) {
    // To the second, with a blank where a narrow card may break the line.
    std::string time = explore::format_timestamp(std::round(value));
    if (time.size() > 10 && time[10] == 'T') time = time.substr(0, 10) + " " + time.substr(11, 8);
    return time;
  }
  if (column.type == ColumnType::Boolean) return value != 0 ? "true" : "false";
  return figure(value);
}

std::string label_of(const ColumnProfile& column, const explore::ValueCount& value) {
  if (column.type != ColumnType::String) return value_of(column, value.number);
  return value.text.empty() ? "(empty)" : shortened_html(value.text, 17);
}

std::string histogram_chart(const ColumnProfile& column) {
  const explore::Histogram& histogram = column.numbers->histogram;
  const uint64_t largest = *std::ranges::max_element(histogram.counts);
  const double step = chart_width / static_cast<double>(histogram.counts.size());
  std::string bars;
  for (size_t i = 0; i < histogram.counts.size(); ++i) {
    const double height =
        largest ? chart_height * static_cast<double>(histogram.counts[i]) / static_cast<double>(largest) : 0;
    bars += fmt::format(
        R"(<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{} to {}: {}</title></rect>)",
        step * static_cast<double>(i) + 0.5, chart_height - height, step - 1, height,
        value_of(column, histogram.edges[i]), value_of(column, histogram.edges[i + 1]), grouped(histogram.counts[i]));
  }
  return fmt::format(
      R"(<svg viewBox="0 0 {0} {1}" role="img" aria-label="histogram">{2}<path class="axis" d="M0 {3}H{0}"/><text x="0" y="{4}">{5}</text><text x="{0}" y="{4}" text-anchor="end">{6}</text></svg>)",
      chart_width, chart_height + 16, bars, chart_height, chart_height + 13, value_of(column, histogram.edges.front()),
      value_of(column, histogram.edges.back()));
}

std::string frequency_chart(const ColumnProfile& column) {
  const size_t bars = std::min(bars_max, column.top.size());
  const double left = 130;
  const double width = chart_width - left - 56;
  std::string out = fmt::format(R"(<svg viewBox="0 0 {} {}" role="img" aria-label="most frequent values">)",
                                chart_width, row_height * static_cast<double>(bars));
  for (size_t i = 0; i < bars; ++i) {
    const double y = row_height * static_cast<double>(i);
    const double length = width * static_cast<double>(column.top[i].count) / static_cast<double>(column.top[0].count);
    out += fmt::format(
        R"(<text x="{:.0f}" y="{:.0f}" text-anchor="end">{}</text><rect class="bar" x="{:.0f}" y="{:.0f}" width="{:.1f}" height="11"/><text x="{:.1f}" y="{:.0f}">{}</text>)",
        left - 6, y + 12, label_of(column, column.top[i]), left, y + 3, length, left + length + 5, y + 12,
        percent(column.top[i].count, column.count));
  }
  return out + "</svg>";
}

std::string fact(std::string_view name, std::string_view value) {
  return fmt::format("<span>{}</span><b>{}</b>", name, value);
}

std::string number_facts(const ColumnProfile& column) {
  const explore::NumberProfile& numbers = *column.numbers;
  const bool time = column.type == ColumnType::Timestamp;
  std::string out = fact("min", value_of(column, numbers.min)) + fact("max", value_of(column, numbers.max)) +
                    fact("mean", value_of(column, numbers.mean));
  out += time ? fact("std", fmt::format("{} days", figure(numbers.std / 86'400))) : fact("std", figure(numbers.std));
  for (const auto& [level, value] : numbers.quantiles) {
    if (level == 0.05 || level == 0.25 || level == 0.5 || level == 0.75 || level == 0.95) {
      out += fact(level == 0.5 ? "median" : fmt::format("{:g} %", level * 100), value_of(column, value));
    }
  }
  if (time) return out;
  out += fact("skew", figure(numbers.skew)) + fact("kurtosis", figure(numbers.kurtosis)) +
         fact("zeros", percent(numbers.zeros, column.count)) +
         fact("negative", percent(numbers.negatives, column.count));
  if (numbers.infinite > 0) out += fact("infinite", grouped(numbers.infinite));
  return out;
}

std::string text_facts(const ColumnProfile& column) {
  const explore::TextProfile& texts = *column.texts;
  std::string out = fact("length", fmt::format("{} to {}", texts.length_min, texts.length_max)) +
                    fact("mean length", figure(texts.length_mean));
  for (size_t i = 0; i < std::min<size_t>(2, texts.patterns.size()); ++i) {
    out += fact(i == 0 ? "shape" : "next shape", fmt::format("{} ({})", shortened_html(texts.patterns[i].text, 24),
                                                             percent(texts.patterns[i].count, column.count)));
  }
  return out;
}

using AlertsOf = std::map<std::string, std::vector<std::string>>;

std::string card(const ColumnProfile& column, const AlertsOf& alerts) {
  std::string out = fmt::format("<div class=\"card\"><h3>{} <span class=\"tag\">{}</span></h3>", name_of(column.name),
                                explore::type_name(column.type));
  if (const auto found = alerts.find(column.name); found != alerts.end()) {
    std::string kinds;
    for (const std::string& kind : found->second) kinds += (kinds.empty() ? "" : ", ") + kind;
    out += fmt::format("<p class=\"note\">{}</p>", escaped_html(kinds));
  }
  const bool many = column.numbers && column.type != ColumnType::Boolean && column.distinct > bars_max;
  if (many && !column.numbers->histogram.counts.empty()) {
    out += histogram_chart(column);
  } else if (!column.top.empty()) {
    out += frequency_chart(column);
  }
  out += "<div class=\"facts\">" + fact("missing", percent(column.missing, column.total())) +
         fact("distinct", grouped(column.distinct));
  if (column.numbers && column.type != ColumnType::Boolean) out += number_facts(column);
  if (column.texts) out += text_facts(column);
  return out + "</div></div>";
}

// A time to the day: the overview has little room.
std::string short_value(const ColumnProfile& column, double value) {
  const std::string text = value_of(column, value);
  return column.type == ColumnType::Timestamp ? text.substr(0, 10) : text;
}

std::string overview_row(const ColumnProfile& column) {
  std::string cells;
  if (column.numbers && column.type != ColumnType::Boolean) {
    cells = fmt::format("<td>{}</td><td>{}</td><td>{}</td><td>{}</td>", short_value(column, column.numbers->min),
                        short_value(column, column.numbers->quantiles[4].second),
                        short_value(column, column.numbers->max), short_value(column, column.numbers->mean));
  } else {
    cells = "<td></td><td></td><td></td><td></td>";
  }
  const std::string frequent = column.top.empty() ? "–"
                                                  : fmt::format("{} ({})", label_of(column, column.top[0]),
                                                                percent(column.top[0].count, column.count));
  return fmt::format(
      "<tr><td class=\"text\">{}</td><td class=\"text\">{}</td><td>{}</td><td>{}</td>{}<td class=\"text\">{}</td></tr>",
      name_of(column.name), explore::type_name(column.type), percent(column.missing, column.total()),
      grouped(column.distinct), cells, frequent);
}

std::string matrix(std::string_view title, const Relations& relations, uint64_t rows) {
  const size_t count = std::min(matrix_columns_max, relations.names.size());
  if (count < 2) return "";
  std::string out = fmt::format("<h2>{}</h2>", title);
  if (relations.rows < rows)
    out += fmt::format("<p class=\"dim\">over a uniform sample of {} rows</p>", grouped(relations.rows));
  if (count < relations.names.size())
    out += fmt::format("<p class=\"dim\">the first {} columns of {}</p>", count, relations.names.size());
  out += "<div class=\"scroll\"><table class=\"heat\"><tr><th></th>";
  for (size_t i = 0; i < count; ++i)
    out += fmt::format("<th class=\"up\">{}</th>", shortened_html(relations.names[i], 24));
  out += "</tr>";
  for (size_t i = 0; i < count; ++i) {
    out += fmt::format("<tr><th>{}</th>", shortened_html(relations.names[i], 24));
    for (size_t j = 0; j < count; ++j) {
      const double value = relations.matrix.at(i, j);
      if (!std::isfinite(value)) {
        out += "<td>–</td>";
      } else {
        out += fmt::format("<td class=\"{}\" style=\"--h:{:.0f}\">{:.2f}</td>", value < 0 ? "minus" : "plus",
                           std::abs(value) * 85, value);
      }
    }
    out += "</tr>";
  }
  return out + "</table></div>";
}

std::string head(const explore::Profile& profile, std::string_view name) {
  uint64_t missing = 0;
  uint64_t cells = 0;
  for (const ColumnProfile& column : profile.columns) {
    missing += column.missing;
    cells += column.total();
  }
  const auto box = [](std::string_view value, std::string_view what) {
    return fmt::format("<div class=\"figure\"><b>{}</b><span class=\"dim\">{}</span></div>", value, what);
  };
  return fmt::format(
             "<h1>{}</h1><p class=\"dim\">profile by penstock: every figure is exact unless it says otherwise</p>",
             escaped_html(name)) +
         "<div class=\"figures\">" + box(grouped(profile.rows), "rows") +
         box(grouped(profile.columns.size()), "columns") + box(percent(missing, cells), "cells missing") +
         box(grouped(profile.duplicates), "duplicate rows") + box(grouped(profile.alerts.size()), "alerts") + "</div>";
}

std::string alerts_table(const explore::Profile& profile) {
  if (profile.alerts.empty()) return "";
  std::string out = "<h2>Alerts</h2><div class=\"scroll\"><table class=\"plain alerts\">";
  for (size_t i = 0; i < std::min(alerts_max, profile.alerts.size()); ++i) {
    out += fmt::format("<tr><td class=\"dim\">{}</td><td>{}</td></tr>", profile.alerts[i].kind,
                       shortened_html(profile.alerts[i].message, 400));
  }
  out += "</table></div>";
  if (profile.alerts.size() > alerts_max)
    out += fmt::format("<p class=\"dim\">and {} more</p>", profile.alerts.size() - alerts_max);
  return out;
}

}  // namespace

std::string profile_report(const explore::Profile& profile, std::string_view name) {
  std::string body = head(profile, name) + alerts_table(profile);
  AlertsOf alerts;
  for (const explore::Alert& alert : profile.alerts) {
    for (const std::string& column : alert.columns) {
      auto& kinds = alerts[column];
      if (std::ranges::find(kinds, alert.kind) == kinds.end()) kinds.push_back(alert.kind);
    }
  }
  body +=
      "<h2>Columns</h2><div class=\"scroll\"><table class=\"plain\"><tr><th class=\"text\">column</th><th "
      "class=\"text\">type</th>"
      "<th>missing</th><th>distinct</th><th>min</th><th>median</th><th>max</th><th>mean</th><th class=\"text\">most "
      "frequent</th></tr>";
  for (size_t i = 0; i < std::min(overview_rows_max, profile.columns.size()); ++i)
    body += overview_row(profile.columns[i]);
  body += "</table></div><h2>Each column</h2><div class=\"cards\">";
  for (size_t i = 0; i < std::min(cards_max, profile.columns.size()); ++i) body += card(profile.columns[i], alerts);
  body += "</div>";
  if (profile.columns.size() > cards_max) {
    body += fmt::format("<p class=\"dim\">the first {} of {} columns; --json has all</p>", cards_max,
                        profile.columns.size());
  }
  body += matrix("Pearson correlation", profile.pearson, profile.rows) +
          matrix("Spearman rank correlation", profile.spearman, profile.rows) +
          matrix("Cramér's V: association of categories", profile.cramers_v, profile.rows);
  return html_page(fmt::format("{}: profile", name), style, body);
}

}  // namespace penstock::kit
