#include "kit/html.h"

#include <fmt/format.h>

namespace penstock::kit {

namespace {

constexpr std::string_view style = R"(
:root{color-scheme:light dark;--back:#fbfaf8;--card:#fff;--ink:#1d2327;--dim:#667079;--line:#dedbd5;--data:#c2571a;--cold:#2b6c99;--bad:#b3261e;--soft:#f1eee9}
@media(prefers-color-scheme:dark){:root{--back:#14181b;--card:#1d2327;--ink:#e8eaec;--dim:#98a2ab;--line:#353d44;--data:#f0914f;--cold:#6db3e2;--bad:#ff8a80;--soft:#262e34}}
*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:1180px;margin:0 auto;padding:28px 20px 60px}h1{font-size:24px;margin:0 0 4px;overflow-wrap:anywhere}h2{font-size:18px;margin:34px 0 10px}
p{margin:4px 0}.dim{color:var(--dim)}.figures{display:flex;flex-wrap:wrap;gap:12px;margin:18px 0}
.figure{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:10px 16px;min-width:120px}.figure b{display:block;font-size:22px;font-weight:600}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:4px 10px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}th{color:var(--dim);font-weight:500}.text{text-align:left}tr:last-child td{border-bottom:0}
.plain{background:var(--card);border:1px solid var(--line);border-radius:8px}.alerts td{white-space:normal;text-align:left;vertical-align:top}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(356px,1fr));gap:14px}.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px 16px;min-width:0}
.card h3{margin:0;font-size:15px;display:flex;justify-content:space-between;gap:10px;overflow-wrap:anywhere}.tag{color:var(--dim);font-weight:400;font-size:13px}.note{font-size:13px;color:var(--bad)}
.facts{display:grid;grid-template-columns:auto 1fr auto 1fr;gap:0 10px;font-size:13px;margin-top:6px;font-variant-numeric:tabular-nums}.facts span{color:var(--dim)}.facts b{font-weight:500;text-align:right;overflow-wrap:anywhere}
svg{display:block;width:100%;margin:8px 0 2px}svg text{fill:var(--dim);font:11px system-ui,sans-serif}.bar{fill:var(--data)}.axis{stroke:var(--line)}
.heat th{padding:2px 6px;font-size:11px;border:0}.heat th.up{writing-mode:vertical-rl;transform:rotate(180deg);text-align:left;max-height:150px}.heat td{padding:0;border:1px solid var(--back);width:30px;min-width:26px;height:22px;text-align:center;font-size:10px}
.plus{background:color-mix(in srgb,var(--data) calc(var(--h)*1%),var(--soft))}.minus{background:color-mix(in srgb,var(--cold) calc(var(--h)*1%),var(--soft))}
)";

}  // namespace

std::string escaped_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += "·";
        } else {
          out += c;
        }
    }
  }
  return out;
}

std::string shortened_html(std::string_view text, size_t size) {
  if (text.size() <= size) return escaped_html(text);
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  return escaped_html(text.substr(0, size)) + "…";
}

std::string html_page(std::string_view title, std::string_view body) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>{}</title><style>{}</style></head><body><main>{}</main></body></html>\n",
      escaped_html(title), style, body);
}

}  // namespace penstock::kit
