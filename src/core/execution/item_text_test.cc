#include "core/execution/item_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

namespace penstock::execution {
namespace {

// Gives `step` bytes at a time, and fails at the end when told to.
class Pieces final : public ByteSource {
 public:
  Pieces(std::string text, size_t step, bool breaks = false) : text_(std::move(text)), step_(step), breaks_(breaks) {}
  Outcome<size_t> read(char* buffer, size_t size) override {
    size_t count = std::min({size, step_, text_.size() - place_});
    if (count == 0 && breaks_) return Error{"DiskError", "the disk is gone"};
    std::memcpy(buffer, text_.data() + place_, count);
    place_ += count;
    return count;
  }

 private:
  std::string text_;
  size_t step_, place_ = 0;
  bool breaks_;
};

// The items as texts, a line each; then the error, if there is one.
std::string items_of(const std::string& text, const ItemFormat& format, size_t step = 3, bool breaks = false) {
  std::unique_ptr<ItemSource> source = read_items(std::make_unique<Pieces>(text, step, breaks), format, "S3://b/k");
  std::string all;
  for (;;) {
    Outcome<std::optional<Json>> item = source->next();
    if (!item) return all + item.error().code + ": " + item.error().message;
    if (!*item) {
      Outcome<std::optional<Json>> after = source->next();
      return after && !*after ? all : all + "more after the end";  // a batch asks once more
    }
    all += to_string(**item) + "\n";
  }
}

ItemFormat csv(std::vector<std::string> headers = {}) {
  ItemFormat format;
  format.kind = ItemFormat::Kind::csv;
  format.headers_given = !headers.empty();
  format.headers = std::move(headers);
  return format;
}

TEST(ItemText, CsvRowsBecomeObjects) {
  EXPECT_EQ(items_of("a,b\n1,2\r\n\n3\n4,5,6", csv()),
            "{\"a\":\"1\",\"b\":\"2\"}\n{\"a\":\"3\",\"b\":\"\"}\n{\"a\":\"4\",\"b\":\"5\"}\n");
  EXPECT_EQ(items_of("\xef\xbb\xbf"
                     "a\n\"x \"\"y\"\",\nz\"\n",
                     csv()),
            "{\"a\":\"x \\\"y\\\",\\nz\"}\n");
  EXPECT_EQ(items_of("", csv()), "");
  EXPECT_EQ(items_of("a,a\n1,2\n", csv()), "States.ItemReaderFailed: CSV headers cannot contain duplicates.");
}

// Recorded: the keys come in the order of a Java HashMap.
TEST(ItemText, CsvKeysAreInAwsOrder) {
  EXPECT_EQ(items_of("v,w,x\n", csv({"0", "True", "{}"})), "{\"0\":\"v\",\"{}\":\"x\",\"True\":\"w\"}\n");
  EXPECT_EQ(items_of("v,w\n", csv({"H1", ""})), "{\"\":\"w\",\"H1\":\"v\"}\n");
}

TEST(ItemText, JsonItemsAreReadOneByOne) {
  for (size_t step : {1, 2, 1'000}) {
    EXPECT_EQ(items_of(" [ 1 , \"],[\\\"\" ,{\"a\":[{}]}, [] ,null]", {}, step),
              "1\n\"],[\\\"\"\n{\"a\":[{}]}\n[]\nnull\n");
  }
  EXPECT_EQ(items_of("[]", {}), "");
  EXPECT_EQ(items_of("{}", {}), "States.ItemReaderFailed: Attempting to map over non-iterable node.");
  EXPECT_TRUE(items_of("[1,", {}).starts_with("1\nStates.ItemReaderFailed: The JSON file cannot be read: "));
  EXPECT_NE(items_of("[1 2]", {}).find("States.ItemReaderFailed"), std::string::npos);
  EXPECT_EQ(items_of("[1,2]", {}, 3, true), "1\n2\n") << "what stands behind the list is not read";
  EXPECT_NE(items_of("[1,2", {}, 3, true).find("the disk is gone"), std::string::npos);
}

TEST(ItemText, AJsonPointerLeadsToTheList) {
  ItemFormat format;
  format.pointer = "/a~1b/1/c";
  EXPECT_EQ(items_of(R"({"x":[1,2],"a/b":[0,{"d":"c","c":[7,8]}]})", format), "7\n8\n");
  EXPECT_NE(items_of(R"({"x":1})", format).find("does not lead to a value"), std::string::npos);
  format.pointer = "a";
  EXPECT_NE(items_of("{}", format).find("is not a JSON pointer"), std::string::npos);
}

TEST(ItemText, TheMembersOfAnObjectAreItems) {
  ItemFormat format;
  format.objects = true;
  for (size_t step : {1, 2, 1'000}) {
    EXPECT_EQ(items_of(R"( { "a" : 1 , "b}\"":{"c":[2]} } )", format, step),
              "{\"Key\":\"a\",\"Value\":1}\n{\"Key\":\"b}\\\"\",\"Value\":{\"c\":[2]}}\n");
  }
  EXPECT_EQ(items_of("{ }", format), "");
  EXPECT_EQ(items_of("[1]", format), "1\n");
  EXPECT_NE(items_of("{\"a\":1", format).find("States.ItemReaderFailed"), std::string::npos);
  EXPECT_NE(items_of("{1:2}", format).find("States.ItemReaderFailed"), std::string::npos);
  EXPECT_NE(items_of("{\"a\" 2}", format).find("States.ItemReaderFailed"), std::string::npos);
}

TEST(ItemText, BackslashesInCsv) {
  for (size_t step : {1, 2, 1'000}) {
    EXPECT_EQ(items_of("a,b\nC:\\\\x,\\q\\\"\n\"1\\\"2\",3\\,4\n", csv(), step),
              "{\"a\":\"C:\\\\x\",\"b\":\"q\\\"\"}\n{\"a\":\"1\\\"2\",\"b\":\"3,4\"}\n");
  }
  EXPECT_NE(items_of(std::string("a\n") + std::string(2 * item_bytes_max + 20, '\\'), csv(), 1 << 16).find("larger"),
            std::string::npos);
}

TEST(ItemText, JsonLines) {
  ItemFormat format;
  format.kind = ItemFormat::Kind::json_lines;
  EXPECT_EQ(items_of("{\"a\":1}\r\n\n[2]", format), "{\"a\":1}\n[2]\n");
  EXPECT_NE(items_of("1\nx\n", format).find("1\nStates.ItemReaderFailed: Line 2 of the JSONL file"), std::string::npos);
}

TEST(ItemText, ItemsAreBound) {
  std::string large = "[\"" + std::string(item_bytes_max + 10, 'x') + "\"]";
  EXPECT_NE(items_of(large, {}, 1 << 16).find("larger than 10 MB"), std::string::npos);
}

}  // namespace
}  // namespace penstock::execution
