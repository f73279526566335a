#include "kit/html.h"

#include <fmt/format.h>

namespace penstock::kit {

namespace {

constexpr std::string_view style = R"(
:root{color-scheme:light dark;--back:#fbfaf8;--card:#fff;--ink:#1d2327;--dim:#667079;--line:#dedbd5;--base:#8d99a6;--data:#c2571a;--cold:#2b6c99;--bad:#b3261e;--good:#2e7d4f;--soft:#f1eee9}
@media(prefers-color-scheme:dark){:root{--back:#14181b;--card:#1d2327;--ink:#e8eaec;--dim:#98a2ab;--line:#353d44;--base:#76838f;--data:#f0914f;--cold:#6db3e2;--bad:#ff8a80;--good:#7bd3a0;--soft:#262e34}}
*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:1240px;margin:0 auto;padding:28px 20px 60px}h1{font-size:24px;margin:0 0 4px;overflow-wrap:anywhere}h2{font-size:18px;margin:34px 0 10px}
p{margin:4px 0;overflow-wrap:anywhere}a{color:inherit}.dim{color:var(--dim)}.figures{display:flex;flex-wrap:wrap;gap:12px;margin:18px 0}
.figure{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:10px 16px;min-width:120px}.figure b{display:block;font-size:22px;font-weight:600}
.scroll{overflow-x:auto;margin:12px 0}table{border-collapse:separate;border-spacing:0;font-variant-numeric:tabular-nums}
th,td{padding:4px 10px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}th{color:var(--dim);font-weight:500}.text,th:first-child,td:first-child{text-align:left}tr:last-child td{border-bottom:0}
.plain{background:var(--card);border:1px solid var(--line);border-radius:8px}.plain th:first-child,.plain td:first-child{position:sticky;left:0;background:var(--card)}
.plain td:first-child{white-space:normal;overflow-wrap:anywhere;min-width:130px;max-width:260px}
.plain tr:first-child>:first-child{border-top-left-radius:8px}.plain tr:last-child>:first-child{border-bottom-left-radius:8px}
.alerts td{white-space:normal;text-align:left;vertical-align:top;overflow-wrap:anywhere}.alerts td:first-child{overflow-wrap:normal;white-space:nowrap}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(356px,100%),1fr));gap:14px}.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px 16px;min-width:0}
.card h3{margin:0;font-size:15px;display:flex;justify-content:space-between;gap:10px;overflow-wrap:anywhere}.card h3>.tag,.card h3>.yes,.card h3>.no{flex:none;overflow-wrap:normal}.tag{color:var(--dim);font-weight:400;font-size:13px}.note{font-size:13px;color:var(--bad)}
svg{display:block;max-width:100%;margin:8px 0 2px}svg text{fill:var(--dim);font:11px system-ui,sans-serif;paint-order:stroke;stroke:var(--card);stroke-width:3px}.bar{fill:var(--data)}.axis{fill:none;stroke:var(--line)}
.heat th{padding:2px 6px;font-size:11px;border:0}.heat td:first-child{white-space:normal;overflow-wrap:anywhere;min-width:130px;max-width:260px}.heat td{padding:0;border:1px solid var(--back)}
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

std::string grouped(uint64_t value) {
  std::string text = fmt::format("{}", value);
  for (size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string html_page(std::string_view title, std::string_view own_style, std::string_view body) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>{}</title><style>{}{}</style></head><body><main>{}</main></body></html>\n",
      escaped_html(title), style, own_style, body);
}

}  // namespace penstock::kit
