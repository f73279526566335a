// K-way merge of sorted sources.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "base/outcome.h"

namespace penstock::explore {

// Visits every record of the sources in order. A source has `Record value` and `Outcome<bool> advance()`, which reads
// the next one and is false at the end; `less(a, b)` compares two records.
template <class Source, class Less, class Visit>
Outcome<void> merge_sorted(std::vector<Source>& sources, Less less, Visit visit) {
  std::vector<size_t> heap;  // sources that have a value; the least in front
  const auto later = [&](size_t one, size_t other) { return less(sources[other].value, sources[one].value); };
  for (size_t i = 0; i < sources.size(); ++i) {
    auto more = sources[i].advance();
    if (!more) return more.error();
    if (*more) heap.push_back(i);
  }
  std::make_heap(heap.begin(), heap.end(), later);
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), later);
    Source& source = sources[heap.back()];
    // As long as this source stays the least, the heap need not move.
    for (;;) {
      visit(source.value);
      auto more = source.advance();
      if (!more) return more.error();
      if (!*more) {
        heap.pop_back();
        break;
      }
      if (heap.size() > 1 && less(sources[heap.front()].value, source.value)) {
        std::push_heap(heap.begin(), heap.end(), later);
        break;
      }
    }
  }
  return {};
}

}  // namespace penstock::explore
