// Replays the corpora: inputs that reach much of the code, and all findings of the past.
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "base/encoding.h"
#include "targets.h"

namespace penstock::fuzz {
namespace {

// A line is an input: \n, \r, \\ and \xHH stand for bytes (corpus.py writes them).
std::string unescape(std::string_view line) {
  std::string bytes;
  for (size_t at = 0; at < line.size(); ++at) {
    if (line[at] != '\\') {
      bytes.push_back(line[at]);
      continue;
    }
    const char kind = line[++at];
    if (kind == 'x') {
      bytes += from_hex(line.substr(at + 1, 2)).value();
      at += 2;
    } else {
      bytes.push_back(kind == 'n' ? '\n' : kind == 'r' ? '\r' : kind);
    }
  }
  return bytes;
}

class Corpus : public testing::TestWithParam<Target> {};

TEST_P(Corpus, IsHandledWhateverItIs) {
  std::ifstream file(std::string("tests/fuzz/corpus/") + GetParam().name + ".txt");
  size_t count = 0;
  for (std::string line; std::getline(file, line); ++count) {
    SCOPED_TRACE(line);
    GetParam().run(unescape(line));
  }
  EXPECT_GT(count, 0U);
}

INSTANTIATE_TEST_SUITE_P(Targets, Corpus, testing::ValuesIn(PENSTOCK_FUZZ_TARGETS),
                         [](const auto& parameter) { return parameter.param.name; });

}  // namespace
}  // namespace penstock::fuzz
