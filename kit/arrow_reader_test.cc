#include "kit/arrow_reader.h"

#include <arrow/api.h>
#include <arrow/io/api.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>

#include <filesystem>

namespace penstock::kit {
namespace {

using explore::ColumnType;

std::shared_ptr<arrow::Array> integers(const std::vector<int64_t>& values) {
  arrow::Int64Builder builder;
  EXPECT_TRUE(builder.AppendValues(values).ok());
  return builder.Finish().ValueOrDie();
}

std::shared_ptr<arrow::Array> fractions(const std::vector<double>& values) {
  arrow::DoubleBuilder builder;
  EXPECT_TRUE(builder.AppendValues(values).ok());
  return builder.Finish().ValueOrDie();
}

std::shared_ptr<arrow::Array> texts(const std::vector<std::string>& values) {
  arrow::StringBuilder builder;
  EXPECT_TRUE(builder.AppendValues(values).ok());
  return builder.Finish().ValueOrDie();
}

class ParquetTest : public testing::Test {
 protected:
  using Fields = std::vector<std::pair<std::string, std::shared_ptr<arrow::Array>>>;

  ParquetTest() {
    std::string name = (std::filesystem::temp_directory_path() / "penstock-parquet-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~ParquetTest() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const Fields& fields) {
    arrow::FieldVector schema;
    arrow::ArrayVector columns;
    for (const auto& [field, values] : fields) {
      schema.push_back(arrow::field(field, values->type()));
      columns.push_back(values);
    }
    auto file = arrow::io::FileOutputStream::Open(folder_ + "/" + name).ValueOrDie();
    const auto table = arrow::Table::Make(arrow::schema(schema), columns);
    const auto kept = parquet::ArrowWriterProperties::Builder().store_schema()->build();  // as pandas and pyarrow do
    ASSERT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), file, 1 << 20,
                                           parquet::default_writer_properties(), kept)
                    .ok());
    ASSERT_TRUE(file->Close().ok());
  }
  Outcome<Table> read() { return read_table(session_, folder_); }

  std::string folder_;
  SystemDisk disk_;
  SystemClock clock_;
  SystemRandom random_;
  SystemNetwork network_;
  Terminal terminal_;
  Session session_{disk_, clock_, random_, network_, terminal_};
};

TEST_F(ParquetTest, ColumnsOfSeveralFilesAreTakenByName) {
  write("1.parquet", {{"n", integers({1, 2})}, {"s", texts({"a", "b"})}});
  write("2.parquet", {{"s", texts({"c"})}, {"n", fractions({2.5})}});
  auto table = read();
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->find("n")->type, ColumnType::Fractional);
  EXPECT_EQ(table->find("n")->numbers[2], 2.5);
  EXPECT_EQ(table->find("s")->strings[2], "c");
}

TEST_F(ParquetTest, FilesOfOtherColumnsAreRefused) {
  write("1.parquet", {{"n", integers({1})}, {"s", texts({"a"})}});
  write("2.parquet", {{"n", integers({1})}});
  EXPECT_EQ(read().error().message, folder_ + "/2.parquet: no column 's', which " + folder_ + "/1.parquet has");
  write("2.parquet", {{"n", integers({1})}, {"s", texts({"a"})}, {"more", integers({1})}});
  EXPECT_EQ(read().error().message, folder_ + "/2.parquet: column 'more' is not in " + folder_ + "/1.parquet");
  write("2.parquet", {{"n", texts({"1"})}, {"s", texts({"a"})}});
  EXPECT_EQ(read().error().message,
            folder_ + "/2.parquet: column 'n' is String where the files before it have Integral");
}

TEST_F(ParquetTest, IntegersThatADoubleDoesNotTellApartAreTexts) {
  const int64_t large = int64_t{1} << 60;
  write("1.parquet", {{"id", integers({1, 2})}});
  write("2.parquet", {{"id", integers({large, large + 1})}});
  auto table = read();
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->find("id")->type, ColumnType::String);
  EXPECT_EQ(table->find("id")->strings[0], "1");
  EXPECT_EQ(table->find("id")->strings[3], "1152921504606846977");
}

TEST_F(ParquetTest, NamesAreToldApartAndShortTypesAreRead) {
  arrow::Time64Builder times(arrow::time64(arrow::TimeUnit::MICRO), arrow::default_memory_pool());
  ASSERT_TRUE(times.Append(3'723'500'000).ok() && times.AppendNull().ok());
  arrow::DurationBuilder durations(arrow::duration(arrow::TimeUnit::MILLI), arrow::default_memory_pool());
  ASSERT_TRUE(durations.Append(1500).ok() && durations.AppendNull().ok());
  write("1.parquet", {{"x", integers({1, 2})},
                      {"x", integers({3, 4})},
                      {"", integers({5, 6})},
                      {"time", times.Finish().ValueOrDie()},
                      {"for", durations.Finish().ValueOrDie()}});
  auto table = read();
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->find("x.1")->numbers[0], 3);
  EXPECT_EQ(table->find("Unnamed: 2")->numbers[0], 5);
  EXPECT_EQ(table->find("time")->strings[0], "01:02:03.500000");
  EXPECT_EQ(table->find("time")->present[1], 0);
  EXPECT_EQ(table->find("for")->numbers[0], 1.5);
}

}  // namespace
}  // namespace penstock::kit
