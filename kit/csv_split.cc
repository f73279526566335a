#include "kit/csv_split.h"

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/vectors.h"

namespace penstock::kit {

namespace {

constexpr size_t group = 64;  // bytes looked at together: one bit each in a mask

struct Marks {
  char delimiter;
  char line_end;
};

// Where in a group the bytes are that matter.
struct Masks {
  uint64_t delimiters = 0;
  uint64_t line_ends = 0;
  uint64_t quotes = 0;
};

#if defined(__SSE2__)

// What all bytes of a text have in common, as it goes by.
struct Seen {
  __m128i any = _mm_setzero_si128();      // bits that some byte has
  __m128i least = _mm_set1_epi8('\xff');  // the least byte of each lane

  bool has_high() const { return _mm_movemask_epi8(any) != 0; }
  bool has_nul() const { return _mm_movemask_epi8(_mm_cmpeq_epi8(least, _mm_setzero_si128())) != 0; }
};

// Four times sixteen bytes, unrolled by hand: from loops, g++ would make them go through memory.
struct Group {
  __m128i a, b, c, d;

  Group equal_to(char wanted) const {
    const __m128i all = _mm_set1_epi8(wanted);
    return {_mm_cmpeq_epi8(a, all), _mm_cmpeq_epi8(b, all), _mm_cmpeq_epi8(c, all), _mm_cmpeq_epi8(d, all)};
  }
  // The highest bit of each byte.
  uint64_t bits() const {
    const auto of = [](__m128i part) { return static_cast<uint64_t>(static_cast<uint32_t>(_mm_movemask_epi8(part))); };
    return (of(a) | of(b) << 16) | (of(c) | of(d) << 16) << 32;
  }
  __m128i any() const { return _mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(c, d)); }
  __m128i least() const { return _mm_min_epu8(_mm_min_epu8(a, b), _mm_min_epu8(c, d)); }
};

inline Masks find_masks(const char* text, Marks marks, Seen& seen) {
  const auto part = [&](size_t at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + at)); };
  const Group bytes = {part(0), part(16), part(32), part(48)};
  seen.any = _mm_or_si128(seen.any, bytes.any());
  seen.least = _mm_min_epu8(seen.least, bytes.least());
  const Group quotes = bytes.equal_to('"');
  Masks masks{bytes.equal_to(marks.delimiter).bits(), bytes.equal_to(marks.line_end).bits(), 0};
  if (_mm_movemask_epi8(quotes.any()) != 0) masks.quotes = quotes.bits();
  return masks;
}

#else

struct Seen {
  unsigned char any = 0;
  bool nul = false;

  bool has_high() const { return any >= 0x80; }
  bool has_nul() const { return nul; }
};

inline Masks find_masks(const char* text, Marks marks, Seen& seen) {
  Masks masks;
  for (size_t i = 0; i < group; ++i) {
    masks.delimiters |= uint64_t{text[i] == marks.delimiter} << i;
    masks.line_ends |= uint64_t{text[i] == marks.line_end} << i;
    masks.quotes |= uint64_t{text[i] == '"'} << i;
    seen.any |= static_cast<unsigned char>(text[i]);
    seen.nul |= text[i] == 0;
  }
  return masks;
}

#endif

// Bit i of the result: an odd number of bits up to and with i are set.
inline uint64_t running_parity(uint64_t bits) {
  for (unsigned shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
  return bits;
}

// Appends `at` + the place of every bit. Writes as many places as most groups have whatever there is, so that no count
// is guessed wrong.
inline void append_places(uint64_t bits, uint32_t at, uint32_t* out) {
  const auto append = [&] {
    *out++ = at + static_cast<uint32_t>(std::countr_zero(bits | uint64_t{1} << 63));
    bits &= bits - 1;
  };
  const auto append_four = [&] { append(), append(), append(), append(); };
  append_four();
  append_four();
  append_four();
  while (bits != 0) [[unlikely]] append_four();
}

}  // namespace

// Where a split is in its text.
struct CsvWalk {
  std::string_view text;
  CsvRows& rows;
  CsvFault fault = {};
  size_t row_start = 0;
  size_t row_first = 0;  // where this row's fields begin in rows.ends
  size_t count = 0;      // fields ended so far
  bool in_quotes = false;
  size_t line_ends = 0;
  Seen seen = {};

  size_t field_start() const { return count == row_first ? row_start : rows.ends[count - 1] + size_t{1}; }
  // Whether a quote at `at` would be the field's first byte, or the second of "" inside quotes.
  bool may_open(size_t at) const {
    const size_t start = field_start();
    return at == start || (at > start && text[at - 1] == '"' && text[start] == '"');
  }
  // Whether nothing stands between the row's begin and `at`, or blanks alone.
  bool is_blank(size_t at) const {
    return std::ranges::all_of(text.substr(row_start, at - row_start),
                               [](char c) { return c == ' ' || c == '\t' || c == '\r'; });
  }
  void start_row(size_t at) {
    row_start = at;
    row_first = count;
  }
  // Room for `more` fields.
  void reserve(size_t more) {
    if (rows.ends.size() < count + more) rows.ends.resize(std::max(rows.ends.size() * 2, count + more));
  }
};

namespace {

// Ends the fields and rows of a group of which nothing is unusual. Otherwise false: the walk then stands at the last
// row's end that it reached, or where it was.
inline bool walk_group(CsvWalk& walk, const Masks& masks, size_t at, size_t columns) {
  if (columns == 0) return false;
  uint64_t inside = 0;  // from each opening quote up to what closes it
  if (masks.quotes != 0 || walk.in_quotes) {
    inside = running_parity(masks.quotes) ^ (walk.in_quotes ? ~uint64_t{0} : 0);
    const uint64_t before = ((masks.delimiters | masks.line_ends) & ~inside) | masks.quotes;
    const uint64_t may_open = before << 1 | uint64_t{walk.may_open(at)};
    if ((masks.quotes & inside & ~may_open) != 0) return false;  // a quote within a plain field is a quote
  }
  const uint64_t fields = (masks.delimiters | masks.line_ends) & ~inside;
  const size_t first = walk.count;
  append_places(fields, static_cast<uint32_t>(at), walk.rows.ends.data() + first);
  for (uint64_t lines = masks.line_ends & ~inside; lines != 0; lines &= lines - 1) {
    const auto bit = static_cast<size_t>(std::countr_zero(lines));
    const size_t count = first + static_cast<size_t>(std::popcount(fields << (63 - bit)));
    if (count - walk.row_first != columns || (columns == 1 && walk.is_blank(at + bit))) return false;
    walk.rows.row_starts.push_back(static_cast<uint32_t>(walk.row_start));
    walk.count = count;
    walk.in_quotes = false;
    walk.start_row(at + bit + 1);
  }
  walk.count = first + static_cast<size_t>(std::popcount(fields));
  walk.in_quotes = inside >> 63 != 0;
  return true;
}

// Walks from `at` on as long as nothing is unusual; the group where something is, or the text's end.
PENSTOCK_WIDEST_INTEGERS size_t walk_groups(CsvWalk& walk, Marks marks, size_t columns, size_t at) {
  for (; at < walk.text.size(); at += group) {
    char tail[group];
    const char* bytes = walk.text.data() + at;
    if (const size_t count = walk.text.size() - at; count < group) {  // padded with a byte that is nothing
      std::memset(tail, 'x', group);
      std::memcpy(tail, bytes, count);
      bytes = tail;
    }
    const Masks masks = find_masks(bytes, marks, walk.seen);
    walk.reserve(group + 8);
    if (!walk_group(walk, masks, at, columns)) break;
    walk.line_ends += static_cast<size_t>(std::popcount(masks.line_ends));
  }
  return at;
}

}  // namespace

// Ends a row at byte `at`, unless it is a blank line.
void CsvSplitter::end_row(CsvWalk& walk, size_t at) {
  if (walk.count > walk.row_first || !walk.is_blank(at)) {
    walk.reserve(1);
    walk.rows.ends[walk.count++] = static_cast<uint32_t>(at);
    const size_t fields = walk.count - walk.row_first;
    if (columns_ == 0) columns_ = fields;
    if (fields != columns_) {
      walk.fault = {CsvFault::Kind::ragged_row, walk.row_start, fields};
      return;
    }
    walk.rows.row_starts.push_back(static_cast<uint32_t>(walk.row_start));
  }
  walk.start_row(at + 1);
}

// Byte by byte, where something is unusual: a quote opens only at a field's begin; inside, "" is one quote.
void CsvSplitter::step_through(CsvWalk& walk, size_t begin, size_t end) {
  for (size_t at = begin; at < end && walk.fault.kind == CsvFault::Kind::none; ++at) {
    const char c = walk.text[at];
    if (walk.in_quotes) {
      // "" closes and opens again: the state after both is the same.
      if (c == '"') walk.in_quotes = false;
    } else if (c == '"') {
      walk.in_quotes = walk.may_open(at);
    } else if (c == line_end_) {
      end_row(walk, at);
    } else if (c == delimiter_) {
      walk.reserve(1);
      walk.rows.ends[walk.count++] = static_cast<uint32_t>(at);
    }
  }
}

CsvFault CsvSplitter::split(std::string_view text, bool last, CsvRows& rows) {
  rows.row_starts.clear();
  CsvWalk walk{text, rows};
  for (size_t at = 0; at < text.size() && walk.fault.kind == CsvFault::Kind::none;) {
    at = walk_groups(walk, {delimiter_, line_end_}, columns_, at);
    if (at >= text.size()) break;
    const std::string_view unusual = text.substr(at, group);
    const size_t end = at + unusual.size();
    step_through(walk, std::max(at, walk.row_start), end);  // behind the rows of it that were ended
    walk.line_ends += static_cast<size_t>(std::count(unusual.begin(), unusual.end(), line_end_));
    at = end;
  }
  rows.high_bytes = walk.seen.has_high();
  rows.nul_bytes = walk.seen.has_nul();
  if (walk.fault.kind != CsvFault::Kind::none) return walk.fault;
  if (last && walk.row_start < text.size()) {
    if (walk.in_quotes) return {CsvFault::Kind::open_quote, walk.row_start, 0};
    end_row(walk, text.size());
    if (walk.fault.kind != CsvFault::Kind::none) return walk.fault;
    walk.row_start = text.size();
  }
  // Fields of an unfinished row are found again in the next block.
  rows.consumed = walk.row_start;
  const std::string_view rest = text.substr(walk.row_start);
  rows.line_ends = walk.line_ends - static_cast<size_t>(std::count(rest.begin(), rest.end(), line_end_));
  return {};
}

}  // namespace penstock::kit
