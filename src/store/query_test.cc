#include "store/query.h"

#include <gtest/gtest.h>

#include "store/artifacts.h"
#include "store/journal.h"
#include "store/metric_points.h"
#include "store/records.h"
#include "store/schema.h"
#include "store/test_folder.h"
#include "store/views.h"

namespace penstock::store {
namespace {

constexpr std::string_view job_text = R"({"kind":"training","name":"j","arn":"arn:j","status":"Completed",
  "secondary_status":"Completed","created":1000000,"started":2500000,"ended":4000000,"failure_reason":"",
  "request":{"HyperParameters":{"depth":"5"},"Environment":{"A":"b"},
    "AppSpecification":{"ContainerArguments":["--ratio","0.2","--flag","--last","x"]}},
  "spec":{"image":"img","instance_type":"ml.m5.large","instance_count":1},"token":"arn:m:r/12"})";

class QueryTest : public testing::Test {
 protected:
  void SetUp() override {
    database_ = std::move(*Database::open(disk_, folder_.path(), {}));
    auto journal = Journal::open(*database_);
    JournalBatch batch{1, "events", {}, ExecutionEnd{ExecutionStatus::failed, Time{3'250'000}, {}, "E", "C", {}, {}}};
    ASSERT_TRUE(
        journal->start({"arn:m", "machine", "r", false, Time{1'000'000}, R"({"data":"s3://b/k","n":3})", "{}"}, batch)
            .ok());
    Records::open(*database_)->put("job", "training/1/r/j", *parse_json(job_text));
    MetricPoints::open(*database_)->append({"ns", "auc", {{"TrainingJobName", "j"}}}, {{Time{5'000'000}, 0.75}});
    Sequence sequence =
        Artifacts::open(*database_)
            ->add({{"arn:j", Artifact::Direction::output, "model", "s3://b/m", "sha256:aa", 7, Time{6'000'000}}});
    ASSERT_TRUE(database_->wait_durable(sequence).ok());
  }
  std::string ask(std::string_view sql) {
    Outcome<QueryResult> result = query(disk_, folder_.path(), sql);
    if (!result) return result.error().code + ": " + result.error().message;
    std::string text;
    for (const auto& row : result->rows) {
      for (const Json& value : row) text += to_string(value) + " ";
      text += "| ";
    }
    return text;
  }

  TestFolder folder_;
  SystemDisk disk_;
  std::unique_ptr<Database> database_;
};

TEST_F(QueryTest, ViewsShowWhatWasRecorded) {
  EXPECT_EQ(ask("select arn, status, started, stopped, seconds, error from runs"),
            R"("arn:m:r" "FAILED" "1970-01-01T00:00:01.000Z" "1970-01-01T00:00:03.250Z" 2.25 "E" | )");
  EXPECT_EQ(ask("select arn, status, run, seconds, started, failure_reason, instance_count from jobs"),
            R"("arn:j" "Completed" "arn:m:r" 1.5 "1970-01-01T00:00:02.500Z" null 1 | )");
  EXPECT_EQ(ask("select run, job, source, name, value from parameters"),
            R"("arn:m:r" null "input" "data" "s3://b/k" | "arn:m:r" null "input" "n" 3 | )"
            R"("arn:m:r" "arn:j" "hyperparameter" "depth" "5" | "arn:m:r" "arn:j" "environment" "A" "b" | )"
            R"("arn:m:r" "arn:j" "argument" "--ratio" "0.2" | "arn:m:r" "arn:j" "argument" "--flag" null | )"
            R"("arn:m:r" "arn:j" "argument" "--last" "x" | )");
  EXPECT_EQ(ask("select job, name, value from metrics"), R"("j" "auc" 0.75 | )");
  EXPECT_EQ(ask("select run, direction, uri, digest, bytes from artifacts"),
            R"("arn:m:r" "output" "s3://b/m" "sha256:aa" 7 | )");
  EXPECT_EQ(ask("select bytes from journal"), R"("X'6576656e7473'" | )");
}

TEST_F(QueryTest, RefusesWhatDoesNotRead) {
  for (std::string_view sql : {"delete from record", "drop table record", "pragma user_version = 3", "attach 'x' as y",
                               "vacuum into 'x'", "select load_extension('x')", "begin", "create temp table t (x)"}) {
    EXPECT_EQ(ask(sql).substr(0, 14), "ReadOnlyQuery:") << sql;
  }
  EXPECT_EQ(ask("select 1; select 2"), "InvalidQuery: one statement at a time, please");
  EXPECT_EQ(ask("select 1;  "), "1 | ");
  EXPECT_EQ(ask(""), "InvalidQuery: there is no statement: try \"select * from runs\"");
  EXPECT_EQ(ask("select * from run"), "InvalidQuery: no such table: run. Did you mean runs?");
  EXPECT_EQ(ask("selec"), "InvalidQuery: near \"selec\": syntax error (at character 1)");
}

TEST_F(QueryTest, ViewsAreMadeAnewOnlyWhenTheirTextChanged) {
  auto schema_counter = [&] {
    return ask("select group_concat(rootpage) from sqlite_schema") + ask("select count(*) from sqlite_schema");
  };
  std::string before = schema_counter();
  database_.reset();
  int64_t version = 0;
  auto read_version = [&](Connection& connection) {
    Statement row = connection.prepare("PRAGMA schema_version");
    row.step();
    version = row.integer(0);
  };
  database_ = std::move(*Database::open(disk_, folder_.path(), {}));
  database_->read(read_version);
  int64_t first = version;
  database_.reset();
  database_ = std::move(*Database::open(disk_, folder_.path(), {}));
  database_->read(read_version);
  EXPECT_EQ(version, first);
  EXPECT_EQ(schema_counter(), before);
}

}  // namespace
}  // namespace penstock::store
