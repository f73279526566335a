#include "kit/csv_split.h"

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace penstock::kit {

namespace {

constexpr size_t group = 64;  // bytes looked at together: one bit each in a mask

struct Masks {
  uint64_t delimiters = 0;
  uint64_t line_ends = 0;
  uint64_t quotes = 0;
  uint64_t high = 0;
  uint64_t nul = 0;
};

#if defined(__SSE2__)
Masks find_masks(const char* text, char delimiter, char line_end) {
  const __m128i delimiters = _mm_set1_epi8(delimiter);
  const __m128i line_ends = _mm_set1_epi8(line_end);
  const __m128i quotes = _mm_set1_epi8('"');
  const __m128i zero = _mm_setzero_si128();
  Masks masks;
  for (unsigned part = 0; part < 4; ++part) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + part * 16));
    const auto bits = [&](__m128i matches) {
      return static_cast<uint64_t>(static_cast<uint32_t>(_mm_movemask_epi8(matches))) << (part * 16);
    };
    masks.delimiters |= bits(_mm_cmpeq_epi8(bytes, delimiters));
    masks.line_ends |= bits(_mm_cmpeq_epi8(bytes, line_ends));
    masks.quotes |= bits(_mm_cmpeq_epi8(bytes, quotes));
    masks.high |= bits(bytes);
    masks.nul |= bits(_mm_cmpeq_epi8(bytes, zero));
  }
  return masks;
}
#else
Masks find_masks(const char* text, char delimiter, char line_end) {
  Masks masks;
  for (size_t i = 0; i < group; ++i) {
    const uint64_t bit = uint64_t{1} << i;
    if (text[i] == delimiter) masks.delimiters |= bit;
    if (text[i] == line_end) masks.line_ends |= bit;
    if (text[i] == '"') masks.quotes |= bit;
    if (static_cast<unsigned char>(text[i]) >= 0x80) masks.high |= bit;
    if (text[i] == 0) masks.nul |= bit;
  }
  return masks;
}
#endif

}  // namespace

// Where a split is in its text.
struct CsvSplitter::Walk {
  std::string_view text;
  CsvRows& rows;
  CsvFault fault = {};
  size_t row_start = 0;
  size_t field_start = 0;
  size_t fields = 0;  // ended in this row
  bool in_quotes = false;
};

// Ends a field at byte `at`. False when the row has a wrong number of fields.
bool CsvSplitter::end_field(Walk& walk, size_t at, bool ends_row) {
  if (!ends_row) {
    walk.rows.ends.push_back(static_cast<uint32_t>(at));
    ++walk.fields;
    walk.field_start = at + 1;
    return true;
  }
  const std::string_view first = walk.text.substr(walk.field_start, at - walk.field_start);
  const bool blank = walk.fields == 0 && (first.empty() || first == "\r");
  if (!blank) {
    walk.rows.ends.push_back(static_cast<uint32_t>(at));
    if (columns_ == 0) columns_ = walk.fields + 1;
    if (walk.fields + 1 != columns_) {
      walk.fault = {CsvFault::Kind::ragged_row, walk.row_start, walk.fields + 1};
      return false;
    }
    walk.rows.row_starts.push_back(static_cast<uint32_t>(walk.row_start));
  }
  walk.fields = 0;
  walk.row_start = walk.field_start = at + 1;
  return true;
}

// Byte by byte, where quotes are near: a quote opens only at a field's begin; inside, "" is one quote.
void CsvSplitter::walk_quoted(Walk& walk, size_t begin, size_t end) {
  for (size_t at = begin; at < end && walk.fault.kind == CsvFault::Kind::none; ++at) {
    const char c = walk.text[at];
    if (walk.in_quotes) {
      // "" closes and opens again: the state after both is the same.
      if (c == '"') walk.in_quotes = false;
    } else if (c == '"') {
      const bool reopens = at > walk.field_start && walk.text[at - 1] == '"' && walk.text[walk.field_start] == '"';
      walk.in_quotes = at == walk.field_start || reopens;
    } else if (c == delimiter_ || c == line_end_) {
      end_field(walk, at, c == line_end_);
    }
  }
}

CsvFault CsvSplitter::split(std::string_view text, bool last, CsvRows& rows) {
  rows.row_starts.clear();
  rows.ends.clear();
  rows.high_bytes = rows.nul_bytes = false;
  Walk walk{text, rows};
  uint64_t high = 0;
  uint64_t nul = 0;
  rows.line_ends = 0;
  for (size_t at = 0; at < text.size(); at += group) {
    char tail[group];
    const char* bytes = text.data() + at;
    const size_t count = std::min(group, text.size() - at);
    if (count < group) {  // padded with a byte that is nothing
      std::memset(tail, 'x', group);
      std::memcpy(tail, bytes, count);
      bytes = tail;
    }
    const Masks masks = find_masks(bytes, delimiter_, line_end_);
    high |= masks.high;
    nul |= masks.nul;
    rows.line_ends += static_cast<size_t>(std::popcount(masks.line_ends));
    if (walk.in_quotes && masks.quotes == 0) continue;
    if (walk.in_quotes || masks.quotes != 0) {
      walk_quoted(walk, at, at + count);
    } else {
      for (uint64_t both = masks.delimiters | masks.line_ends; both != 0; both &= both - 1) {
        const auto bit = static_cast<size_t>(std::countr_zero(both));
        if (!end_field(walk, at + bit, (masks.line_ends >> bit & 1) != 0)) break;
      }
    }
    if (walk.fault.kind != CsvFault::Kind::none) break;
  }
  rows.high_bytes = high != 0;
  rows.nul_bytes = nul != 0;
  if (walk.fault.kind != CsvFault::Kind::none) return walk.fault;
  if (last && walk.row_start < text.size()) {
    if (walk.in_quotes) return {CsvFault::Kind::open_quote, walk.row_start, 0};
    if (!end_field(walk, text.size(), true)) return walk.fault;
    walk.row_start = text.size();
  }
  // Fields of an unfinished row are found again in the next block.
  rows.ends.resize(rows.row_starts.size() * columns_);
  rows.consumed = walk.row_start;
  const std::string_view rest = text.substr(walk.row_start);
  rows.line_ends -= static_cast<size_t>(std::count(rest.begin(), rest.end(), line_end_));
  return {};
}

}  // namespace penstock::kit
