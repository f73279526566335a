#include "kit/text_encoding.h"

#include <fmt/format.h>

namespace penstock::kit {

namespace {

constexpr size_t looked_at = 256;

// UTF-16 without a byte order mark: most of its text is ASCII, so that every other byte is zero.
std::string_view unmarked_utf16(std::string_view text) {
  size_t even = 0;
  size_t odd = 0;
  const size_t pairs = text.size() / 2;
  for (size_t i = 0; i < pairs; ++i) {
    even += text[2 * i] == '\0';
    odd += text[2 * i + 1] == '\0';
  }
  if (pairs < 2) return "";
  if (odd * 2 > pairs && even == 0) return "UTF-16LE";
  return even * 2 > pairs && odd == 0 ? "UTF-16BE" : "";
}

}  // namespace

std::string foreign_encoding(std::string_view beginning) {
  using namespace std::string_view_literals;
  if (beginning.starts_with("PAR1")) return "this is a Parquet file (--format parquet)";
  if (beginning.starts_with("\x1f\x8b")) return "this is compressed by gzip: name it *.gz";
  if (beginning.starts_with("\x28\xb5\x2f\xfd")) return "this is compressed by zstd: name it *.zst";
  if (beginning.starts_with("BZh")) return "this is compressed by bzip2: name it *.bz2";
  if (beginning.starts_with("\xfd"
                            "7zXZ"))
    return "this is compressed by xz: name it *.xz";
  if (beginning.starts_with("PK\x03\x04")) return "this is a ZIP archive (or a spreadsheet): unpack or export it first";
  std::string_view encoding;
  if (beginning.starts_with("\xff\xfe\0\0"sv) || beginning.starts_with("\0\0\xfe\xff"sv)) {
    encoding = "UTF-32";
  } else if (beginning.starts_with("\xff\xfe") || beginning.starts_with("\xfe\xff")) {
    encoding = "UTF-16";
  } else {
    encoding = unmarked_utf16(beginning.substr(0, looked_at));
  }
  if (encoding.empty()) return "";
  return fmt::format("the text is {0}: convert it first (iconv -f {0} -t UTF-8)", encoding);
}

}  // namespace penstock::kit
