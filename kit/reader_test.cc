#include "kit/reader.h"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "cli/kit_commands.h"
#include "kit/xgboost.h"

namespace penstock::kit {
namespace {

class ReaderTest : public testing::Test {
 protected:
  ReaderTest() {
    std::string name = (std::filesystem::temp_directory_path() / "penstock-kit-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~ReaderTest() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, std::string_view text) {
    const std::string path = folder_ + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << text;
    return path;
  }

  std::string folder_;
  SystemDisk disk_;
  SystemClock clock_;
  SystemRandom random_;
  SystemNetwork network_;
  Terminal terminal_;
  Session session_{disk_, clock_, random_, network_, terminal_};
};

TEST_F(ReaderTest, CsvHasTypesNamesAndMissingValues) {
  auto table = read_table(session_, write("a.csv", "n,x,s\n1,1.5,one\n2,,\n3,2.5,\"three, quoted\"\n"));
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->rows, 3U);
  EXPECT_EQ(table->find("n")->type, explore::ColumnType::Integral);
  EXPECT_EQ(table->find("n")->numbers[2], 3);
  EXPECT_EQ(table->find("x")->type, explore::ColumnType::Fractional);
  EXPECT_TRUE(std::isnan(table->find("x")->numbers[1]));
  EXPECT_EQ(table->find("s")->type, explore::ColumnType::String);
  EXPECT_EQ(table->find("s")->strings[2], "three, quoted");
  EXPECT_EQ(table->find("s")->present[1], 0);
  EXPECT_EQ(table->find("absent"), nullptr);
}

TEST_F(ReaderTest, CsvTypesOfAWholeColumn) {
  auto table = read_table(session_, write("a.csv",
                                          "flag,day,none,mixed,id,spaced\n"
                                          "True,2024-01-31,,1,9007199254740993, 12\n"
                                          "False,2024-02-01 06:00,NA,x,9007199254740995,7 \n"));
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->find("flag")->type, explore::ColumnType::Boolean);
  EXPECT_EQ(table->find("day")->type, explore::ColumnType::Timestamp);
  EXPECT_EQ(table->find("day")->numbers[1], 1'706'767'200);
  EXPECT_EQ(table->find("none")->type, explore::ColumnType::Unknown);
  EXPECT_EQ(table->find("mixed")->type, explore::ColumnType::String);
  EXPECT_EQ(table->find("mixed")->strings[0], "1");
  EXPECT_EQ(table->find("id")->type, explore::ColumnType::String);
  EXPECT_EQ(table->find("spaced")->numbers[0], 12);
}

TEST_F(ReaderTest, TypesThatTheFirstBlockDoesNotShow) {
  ReadOptions small;
  small.batch_bytes = 64;
  std::string text = "n,late,empty,frac\n";
  for (int i = 0; i < 100; ++i) text += "007,1,,1\n";
  text += "x,1.0,word,1.5\n";
  auto table = read_table(session_, write("a.csv", text), small);
  ASSERT_TRUE(table) << table.error().message;
  ASSERT_EQ(table->rows, 101U);
  EXPECT_EQ(table->find("n")->type, explore::ColumnType::String);
  EXPECT_EQ(table->find("n")->strings[0], "007");
  EXPECT_EQ(table->find("frac")->type, explore::ColumnType::Fractional);
  EXPECT_EQ(table->find("empty")->type, explore::ColumnType::String);
  EXPECT_EQ(table->find("empty")->present[99], 0);
  EXPECT_EQ(table->find("empty")->strings[100], "word");
}

TEST_F(ReaderTest, CsvInQuotesWithoutHeaderAndOtherwise) {
  ReadOptions options;
  options.header = false;
  options.delimiter = ';';
  options.missing = {"?", "-"};
  auto table =
      read_table(session_, write("a.csv", "\xef\xbb\xbf\"a \"\"b\"\"\"; ?;\"1\"\r\n\r\n\"c\nd\";x;-\r\n"), options);
  ASSERT_TRUE(table) << table.error().message;
  ASSERT_EQ(table->rows, 2U);
  EXPECT_EQ(table->find("c0")->strings[0], "a \"b\"");
  EXPECT_EQ(table->find("c0")->strings[1], "c\nd");
  EXPECT_EQ(table->find("c1")->present[0], 0);
  EXPECT_EQ(table->find("c2")->numbers[0], 1);
  EXPECT_TRUE(std::isnan(table->find("c2")->numbers[1]));
}

TEST_F(ReaderTest, OnlyTheNamedColumns) {
  ReadOptions options;
  options.columns = {"c", "a"};
  auto table = read_table(session_, write("a.csv", "a,b,c\n1,2,3\n"), options);
  ASSERT_TRUE(table) << table.error().message;
  ASSERT_EQ(table->columns.size(), 2U);
  EXPECT_EQ(table->columns[0].name, "c");
  EXPECT_EQ(table->columns[1].numbers[0], 1);
}

// The message of what is wrong with a CSV text.
struct Bad {
  std::string_view text;
  std::string_view message;
};

TEST_F(ReaderTest, BadCsvIsSaidWithLineAndColumn) {
  for (const Bad& bad :
       {Bad{"", "the file is empty"}, Bad{"a,b\n1,2\n3\n", "line 3: 1 fields where the header has 2"},
        Bad{"a;b\n1,5;2,5\n", "line 2: 3 fields where the header has 1"},
        Bad{"a,b\n\"x\ny\",2\n3,4,5\n", "line 4: 3 fields"}, Bad{"a,b\n1,\"2\n", "line 2: a quote opens"},
        Bad{"a,b\n1,2\n1,caf\xe9\n", "line 3: column 'b': byte 0xE9 is not UTF-8"},
        Bad{std::string_view("a,b\n1,x\0y\n", 10), "line 2: column 'b': a NUL byte"},
        Bad{std::string_view("\xff\xfe"
                             "a\0",
                             4),
            "UTF-16"},
        Bad{"a,\"b\n", "a quote opens in the header"}}) {
    auto table = read_table(session_, write("bad.csv", bad.text));
    ASSERT_FALSE(table) << bad.text;
    EXPECT_NE(table.error().message.find(bad.message), std::string::npos) << table.error().message;
    EXPECT_NE(table.error().message.find("bad.csv"), std::string::npos);
  }
}

// Bytes that CSV treats differently, in every mixture: what comes back is a table or one error that names the file.
TEST_F(ReaderTest, AnyBytesGiveATableOrAnError) {
  constexpr std::string_view bytes = "a1,\"\n\r;\t .-+eE\0\xff\xc3\xa9'nN/";
  uint64_t state = 42;
  const auto next = [&] { return (state = state * 6364136223846793005ULL + 1442695040888963407ULL) >> 33; };
  size_t tables = 0, errors = 0;
  for (int round = 0; round < 400; ++round) {
    std::string text = round % 3 == 0 ? "" : "x,y\n1,a\n2,b\n";
    for (uint64_t i = next() % 60; i > 0; --i) text.insert(next() % (text.size() + 1), 1, bytes[next() % bytes.size()]);
    ReadOptions options;
    options.batch_bytes = 1 + next() % 80;
    options.header = round % 5 != 0;
    auto table = read_table(session_, write("any.csv", text), options);
    (table ? tables : errors) += 1;
    if (!table) {
      EXPECT_NE(table.error().message.find("any.csv"), std::string::npos) << table.error().message;
      continue;
    }
    for (const explore::Column& column : table->columns) {
      EXPECT_EQ(column.rows, table->rows);
      EXPECT_EQ(column.type == explore::ColumnType::String ? column.strings.offsets.size() - 1 : column.numbers.size(),
                table->rows);
    }
  }
  EXPECT_GT(tables, 20U);
  EXPECT_GT(errors, 20U);
}

TEST_F(ReaderTest, AGivenTypeIsHeld) {
  ReadOptions options;
  options.types = {{"a", explore::ColumnType::Integral}, {"b", explore::ColumnType::String}};
  auto table = read_table(session_, write("a.csv", "a,b\n1,007\n"), options);
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->find("b")->strings[0], "007");
  table = read_table(session_, write("a.csv", "a,b\n1,2\nx,2\n"), options);
  ASSERT_FALSE(table);
  EXPECT_NE(table.error().message.find("line 3: column 'a': 'x' is not an integer"), std::string::npos);
}

TEST_F(ReaderTest, AHeaderAloneIsADataSetWithoutRows) {
  auto table = read_table(session_, write("a.csv", "a,b,a,\n"));
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->rows, 0U);
  ASSERT_EQ(table->columns.size(), 4U);
  EXPECT_EQ(table->columns[2].name, "a.1");
  EXPECT_EQ(table->columns[3].name, "Unnamed: 3");
}

TEST_F(ReaderTest, FilesOfOtherColumnsAreRefused) {
  write("data/1.csv", "a,b\n1,2\n");
  write("data/2.csv", "a,c\n1,2\n");
  auto table = read_table(session_, folder_ + "/data");
  ASSERT_FALSE(table);
  EXPECT_NE(table.error().message.find("2.csv: line 1: column 2 is 'c' where"), std::string::npos);
}

TEST_F(ReaderTest, AHundredThousandColumns) {
  std::string header, row;
  for (int i = 0; i < 100'000; ++i) {
    header += (i ? "," : "") + std::to_string(i);
    row += i ? ",1" : "1";
  }
  auto table = read_table(session_, write("wide.csv", header + "\n" + row + "\n"));
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->columns.size(), 100'000U);
  EXPECT_EQ(table->columns.back().numbers[0], 1);
}

TEST_F(ReaderTest, JsonLines) {
  auto table = read_table(session_, write("a.jsonl", "{\"n\": 1, \"s\": \"one\"}\n{\"n\": 2.5, \"s\": null}\n"));
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->rows, 2U);
  EXPECT_EQ(table->find("n")->numbers[1], 2.5);
  EXPECT_EQ(table->find("s")->present[1], 0);
}

TEST_F(ReaderTest, JsonLinesThatAreNotUtf8) {
  auto table = read_table(session_, write("a.jsonl", "{\"s\": \"one\"}\n{\"s\": \"caf\xe9\"}\n"));
  ASSERT_FALSE(table);
  EXPECT_NE(table.error().message.find("a.jsonl: line 2: column 's': byte 0xE9 is not UTF-8, after 'caf'"),
            std::string::npos)
      << table.error().message;
}

// Rows of which the first ones show neither all columns nor their types.
std::vector<std::string> changing_rows() {
  std::vector<std::string> rows;
  for (int i = 0; i < 50; ++i) {
    rows.push_back(R"({"n": 1, "word": 1.50, "date": "2024-01-31", "null": null, "flag": true, "same": "a"})");
  }
  rows.emplace_back(
      R"({"n": 2.5, "word": "2024-01-31", "date": "someday", "null": "x", "flag": 7, "same": "2024-01-31"})");
  rows.emplace_back(R"({"late": 3, "word": "\"}\\"})");
  return rows;
}

void expect_changing_rows(const Outcome<Table>& table, size_t batch_bytes) {
  ASSERT_TRUE(table) << table.error().message;
  ASSERT_EQ(table->rows, 52U) << batch_bytes;
  ASSERT_EQ(table->columns.size(), 7U);
  EXPECT_EQ(table->find("n")->type, explore::ColumnType::Fractional);
  EXPECT_EQ(table->find("n")->numbers[50], 2.5);
  EXPECT_TRUE(std::isnan(table->find("n")->numbers[51]));
  EXPECT_EQ(table->find("word")->strings[0], "1.50");
  EXPECT_EQ(table->find("word")->strings[51], "\"}\\");
  EXPECT_EQ(table->find("date")->strings[0], "2024-01-31");
  EXPECT_EQ(table->find("date")->strings[50], "someday");
  EXPECT_EQ(table->find("null")->type, explore::ColumnType::String);
  EXPECT_EQ(table->find("null")->present[49], 0);
  EXPECT_EQ(table->find("null")->strings[50], "x");
  EXPECT_EQ(table->find("flag")->strings[0], "true");
  EXPECT_EQ(table->find("flag")->strings[50], "7");
  EXPECT_EQ(table->find("same")->strings[50], "2024-01-31");
  EXPECT_EQ(table->find("late")->type, explore::ColumnType::Integral);
  EXPECT_TRUE(std::isnan(table->find("late")->numbers[0]));
  EXPECT_EQ(table->find("late")->numbers[51], 3);
}

TEST_F(ReaderTest, JsonHasTheSameTypesWhateverABatchHolds) {
  std::string lines, array;
  for (const std::string& row : changing_rows()) {
    lines += row + "\n";
    array += (array.empty() ? "[" : ",\n ") + row;
  }
  for (const size_t batch_bytes : {1, 64, 200, 4'000, 100'000}) {
    ReadOptions options;
    options.batch_bytes = batch_bytes;
    expect_changing_rows(read_table(session_, write("a.jsonl", lines), options), batch_bytes);
    expect_changing_rows(read_table(session_, write("a.json", array + "]\n"), options), batch_bytes);
  }
}

TEST_F(ReaderTest, JsonLinesComeInBatchesThatDoNotGrowWithTheFile) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "{\"n\": " + std::to_string(i) + ", \"s\": \"some text\"}\n";
  auto reader = open_reader(session_, write("a.jsonl", text));
  ASSERT_TRUE(reader) << reader.error().message;
  size_t rows = 0, most = 0, batches = 0;
  auto read = stream(
      session_, **reader, [] {},
      [&](const Table& batch) -> Outcome<void> {
        EXPECT_EQ(batch.find("n")->numbers[0], static_cast<double>(rows));
        most = std::max(most, batch.rows);
        rows += batch.rows;
        ++batches;
        return {};
      });
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(rows, 100'000U);
  EXPECT_GT(batches, 10U);
  EXPECT_LT(most, 20'000U);
}

TEST_F(ReaderTest, NamedColumnsOfJson) {
  const std::string path = write("a.jsonl", "{\"a\": 1, \"list\": [1]}\n{\"a\": 2, \"b\": 3}\n");
  ReadOptions options;
  options.batch_bytes = 1;
  auto table = read_table(session_, path, options);
  ASSERT_FALSE(table);
  EXPECT_NE(table.error().message.find("column 'list' has the type list"), std::string::npos) << table.error().message;
  options.columns = {"b", "a"};
  table = read_table(session_, path, options);
  ASSERT_TRUE(table) << table.error().message;
  ASSERT_EQ(table->columns.size(), 2U);
  EXPECT_EQ(table->columns[0].numbers[1], 3);
  EXPECT_EQ(table->columns[1].numbers[1], 2);
  options.columns = {"a", "c"};
  table = read_table(session_, path, options);
  ASSERT_FALSE(table);
  EXPECT_NE(table.error().message.find("a.jsonl: no column 'c'"), std::string::npos) << table.error().message;
  options.columns = {};
  options.left_out = {"list"};
  table = read_table(session_, path, options);
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->columns.size(), 2U);
}

TEST_F(ReaderTest, BadJsonIsSaidWithItsLine) {
  for (const Bad& bad :
       {Bad{"", "the file is empty"}, Bad{"null\n", "line 1: JSON rows are objects"},
        Bad{"{\"a\": 1}\n\n{\"a\": 2}\n{\"a\": 3,}\n{\"a\": 4}\n", "line 4: Missing a name"},
        Bad{"{\"a\": 1}\n{\"a\": 2", "line 2: Missing a comma"}, Bad{"{\"a\": 1}\nword\n{\"a\": 1}\n", "line 1: "},
        Bad{"[{\"a\":\n1},\n{\"a\": x}]", "row 2: Invalid value"},
        Bad{"[{\"a\": 1}, {\"a\": 2}", "the array ends early"}, Bad{"[1, 2]", "row 1: JSON rows are objects"},
        Bad{"{\"a\": 1}\n{\"a\": [2]}\n", "column 'a' has the type list"}}) {
    for (const size_t batch_bytes : {1, 16, 100'000}) {
      ReadOptions options;
      options.batch_bytes = batch_bytes;
      auto table = read_table(session_, write("bad.json", bad.text), options);
      ASSERT_FALSE(table) << bad.text;
      EXPECT_NE(table.error().message.find(bad.message), std::string::npos) << table.error().message;
      EXPECT_NE(table.error().message.find("bad.json: "), std::string::npos) << table.error().message;
    }
  }
}

// As AnyBytesGiveATableOrAnError, for JSON: and the batches' size changes nothing but what is said of an error.
TEST_F(ReaderTest, AnyJsonGivesATableOrAnError) {
  constexpr std::array<std::string_view, 14> pieces = {"{",  "}", "[",    "]",    "\n", ",",  ":",
                                                       "\"", "1", "null", "true", "\\", "{}", "\"a\""};
  uint64_t state = 7;
  const auto next = [&] { return (state = state * 6364136223846793005ULL + 1442695040888963407ULL) >> 33; };
  size_t tables = 0, errors = 0;
  for (int round = 0; round < 400; ++round) {
    std::string text =
        round % 4 == 0 ? "[{\"a\": 1},\n{\"a\": \"x\"}]" : "{\"a\": 1}\n{\"b\": \"x\"}\n{\"a\": \"y\"}\n";
    for (uint64_t i = next() % 4; i > 0; --i) text.insert(next() % (text.size() + 1), pieces[next() % pieces.size()]);
    ReadOptions small;
    small.batch_bytes = 1 + next() % 30;
    const std::string path = write("any.json", text);
    auto table = read_table(session_, path, small);
    auto whole = read_table(session_, path);
    ASSERT_EQ(static_cast<bool>(table), static_cast<bool>(whole)) << text;
    (table ? tables : errors) += 1;
    if (table) {
      ASSERT_EQ(table->rows, whole->rows) << text;
      ASSERT_EQ(table->columns.size(), whole->columns.size()) << text;
      for (const explore::Column& column : table->columns) {
        EXPECT_EQ(column.rows, table->rows) << text;
        EXPECT_EQ(column.type, whole->find(column.name)->type) << text;
      }
    } else {
      EXPECT_NE(table.error().message.find("any.json"), std::string::npos) << table.error().message;
    }
  }
  EXPECT_GT(tables, 20U);
  EXPECT_GT(errors, 20U);
}

TEST_F(ReaderTest, AFolderIsOneDataSetInTheOrderOfNames) {
  write("data/part-2.csv", "n\n3\n");
  write("data/part-1.csv", "n\n1\n2\n");
  write("data/_SUCCESS", "");
  auto table = read_table(session_, folder_ + "/data");
  ASSERT_TRUE(table) << table.error().message;
  ASSERT_EQ(table->rows, 3U);
  EXPECT_EQ(table->find("n")->numbers[0], 1);
  EXPECT_EQ(table->find("n")->numbers[2], 3);
}

TEST_F(ReaderTest, WhatIsNoTextIsSaid) {
  using namespace std::string_view_literals;
  const auto said = [&](const std::string& name, std::string_view text) {
    auto table = read_table(session_, write(name, text));
    return table ? "" : table.error().message.substr(folder_.size() + 1);
  };
  EXPECT_EQ(said("a.csv", "i\0d\0,\0x\0\n\0"sv),
            "a.csv: line 1: the text is UTF-16LE: convert it first (iconv -f UTF-16LE -t UTF-8)");
  EXPECT_EQ(said("a.jsonl", "\xff\xfe{\0}\0"sv),
            "a.jsonl: line 1: the text is UTF-16: convert it first (iconv -f UTF-16 -t UTF-8)");
  EXPECT_EQ(said("b.csv", "id,na\0me\n1,2\n"sv), "b.csv: line 1: the name of column 2: a NUL byte");
  EXPECT_TRUE(said("c.csv",
                   "id,gr\xf6\xdf"
                   "e\n1,2\n")
                  .starts_with("c.csv: line 1: the name of column 2: byte 0xF6"));
  EXPECT_TRUE(said("d.csv", "PK\x03\x04rest").starts_with("d.csv: line 1: this is a ZIP archive"));
  EXPECT_EQ(said("e.csv", std::string(40 << 20, 'x')),
            "e.csv: line 1: the first row does not end within 32 MiB: is this CSV?");
}

TEST_F(ReaderTest, LinesOfBlanksAreNoRows) {
  auto one = read_table(session_, write("one.csv", "  \na\n1\n   \n2\n\t\n"));
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_EQ(one->rows, 2U);
  EXPECT_EQ(one->find("a")->type, explore::ColumnType::Integral);
  auto two = read_table(session_, write("two.csv", "a,b\n1,2\n  \n3,4\n \t \n"));
  ASSERT_TRUE(two) << two.error().message;
  EXPECT_EQ(two->rows, 2U);
}

TEST_F(ReaderTest, FilesThatAreNotNamedAsDataAreLeftOutOfAFolder) {
  write("set/a.csv", "x\n1\n");
  write("set/README.md", "words\n");
  write("set/b.txt", "x\n2\n");
  write("set/part-0.2024-01-31", "x\n3\n");
  auto table = read_table(session_, folder_ + "/set");
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->rows, 3U);
  write("words/README.md", "words\n");
  EXPECT_EQ(
      read_table(session_, folder_ + "/words").error().message,
      folder_ + "/words: no file is named as data (" + folder_ + "/words/README.md): --format says what they are");
  EXPECT_TRUE(read_table(session_, folder_ + "/words/README.md"));  // it was asked for
  ReadOptions csv;
  csv.format = "csv";
  EXPECT_TRUE(read_table(session_, folder_ + "/words", csv));
}

TEST_F(ReaderTest, IdentifiersOfJsonAreTexts) {
  auto table = read_table(session_, write("a.jsonl", "{\"id\": 1}\n{\"id\": 9007199254740993}\n"));
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->find("id")->type, explore::ColumnType::String);
  EXPECT_EQ(table->find("id")->strings[1], "9007199254740993");
}

TEST_F(ReaderTest, WhatIsNotThereIsSaidByName) {
  auto table = read_table(session_, folder_ + "/absent.csv");
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().code, "NoData");
  EXPECT_NE(table.error().message.find("absent.csv: no such file or folder"), std::string::npos);
}

TEST(Commands, AreTheOnesThatPenstockShows) {
  ASSERT_EQ(commands().size(), cli::kit_commands.size());
  for (size_t i = 0; i < commands().size(); ++i) EXPECT_STREQ(commands()[i].name, cli::kit_commands[i].name);
}

TEST(XgboostLibrary, IsThePinnedRelease) {
  auto api = open_xgboost();
  ASSERT_TRUE(api) << api.error().message;
  std::array<int, 3> version = {};
  api->version(&version[0], &version[1], &version[2]);
  EXPECT_EQ(version, (std::array<int, 3>{3, 2, 0}));
}

}  // namespace
}  // namespace penstock::kit
