// Runs a libFuzzer target without libFuzzer, for compilers that have none: TARGET CORPUS_FILE COUNT SEED. Each line of
// the corpus is an input; mutants splice, repeat, drop and change pieces of lines. The input under way is kept in
// CORPUS_FILE.last, to find it after a crash.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size);

namespace {

class Mutator {
 public:
  Mutator(std::vector<std::string> lines, uint64_t seed) : lines_(std::move(lines)), random_(seed) {}

  std::string next() {
    std::string text = lines_[below(lines_.size())];
    for (size_t count = 1 + below(4); count > 0; --count) mutate(text);
    if (text.size() > 4'096) text.resize(4'096);
    return text;
  }

 private:
  size_t below(size_t bound) { return bound ? random_() % bound : 0; }

  std::string piece(const std::string& text) {
    const size_t start = below(text.size() + 1);
    return text.substr(start, 1 + below(12));
  }

  void mutate(std::string& text) {
    const size_t at = below(text.size() + 1);
    switch (below(6)) {
      case 0:
        text.insert(at, piece(lines_[below(lines_.size())]));
        return;
      case 1:
        text.erase(at, 1 + below(6));
        return;
      case 2:
        if (at < text.size()) text[at] = static_cast<char>(below(256));
        return;
      case 3:
        text.replace(at, 1 + below(8), piece(lines_[below(lines_.size())]));
        return;
      case 4: {
        const std::string again = piece(text);
        for (size_t count = below(8); count > 0; --count) text.insert(at, again);
        return;
      }
      default: {
        const std::string& other = lines_[below(lines_.size())];
        text = text.substr(0, at) + other.substr(below(other.size() + 1));
        return;
      }
    }
  }

  std::vector<std::string> lines_;
  std::mt19937_64 random_;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) {
    std::fprintf(stderr, "usage: %s CORPUS_FILE COUNT SEED\n", arguments[0]);
    return 2;
  }
  std::ifstream corpus(arguments[1]);
  std::vector<std::string> lines;
  for (std::string line; std::getline(corpus, line);) {
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(line.data()), line.size());
    lines.push_back(line);
  }
  if (lines.empty()) return 2;
  Mutator mutator(std::move(lines), std::strtoull(arguments[3], nullptr, 10));
  const std::string last = std::string(arguments[1]) + ".last";
  for (uint64_t left = std::strtoull(arguments[2], nullptr, 10); left > 0; --left) {
    const std::string text = mutator.next();
    if (std::FILE* file = std::fopen(last.c_str(), "wb")) {
      std::fwrite(text.data(), 1, text.size(), file);
      std::fclose(file);
    }
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  }
  return 0;
}
