// The generator behind scikit-learn's `random_state=SEED`: numpy's legacy RandomState (MT19937 and its ways of
// drawing), so that a seed means the same split, folds and resamples here as there.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace penstock::learn {

// Row numbers of a data set, in an order that matters. At most 2^32 rows.
using Rows = std::vector<uint32_t>;

class NumpyRandom {
 public:
  explicit NumpyRandom(uint32_t seed) : engine_(seed) {}

  // In [0, most], as numpy's random_interval: masked draws until one fits.
  uint32_t up_to(uint32_t most);
  // In [0, 1) with 53 random bits, as numpy's legacy double.
  double uniform();
  // RandomState.shuffle: Fisher-Yates from the end.
  void shuffle(Rows& values);
  // RandomState.permutation(count).
  Rows permutation(size_t count);
  // RandomState.randint(0, bound, count): a resample with replacement.
  Rows integers(uint32_t bound, size_t count);

 private:
  std::mt19937 engine_;
};

}  // namespace penstock::learn
