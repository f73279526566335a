#include "server/instance.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "aws/protocol/sigv4.h"
#include "base/limits.h"
#include "base/network.h"
#include "store/test_folder.h"

namespace penstock::server {
namespace {

constexpr uint64_t much = 1ULL << 40;

class InstanceTest : public testing::Test {
 protected:
  void SetUp() override {
    Instance::Options options;
    options.port = 0;
    options.data = folder_.path();
    options.root_key = keys_;
    auto started = Instance::start(disk_, clock_, random_, std::move(options));
    ASSERT_TRUE(started.ok()) << started.error().message;
    instance_ = std::move(*started);
  }

  // The whole answer as text.
  std::string call(aws::HttpRequest request, const std::string& service) {
    std::string host = instance_->endpoint().substr(std::string("http://").size());
    request.headers.emplace_back("host", host);
    aws::sigv4::sign(request, {keys_, "", "us-east-1", service}, clock_.now());
    std::string text = request.method + " " + request.path + " HTTP/1.1\r\nconnection: close\r\n";
    text += "content-length: " + std::to_string(request.body.bytes.size()) + "\r\n";
    for (const auto& [name, value] : request.headers) text += name + ": " + value + "\r\n";
    text += "\r\n" + request.body.bytes;
    auto connection =
        SystemNetwork().connect("127.0.0.1", static_cast<uint16_t>(std::stoi(host.substr(host.find(':') + 1))));
    if (!connection || !(*connection)->write(text)) return "no connection";
    std::string answer;
    char buffer[4096];
    while (true) {
      auto count = (*connection)->read(buffer, sizeof(buffer));
      if (!count || *count == 0) return answer;
      answer.append(buffer, *count);
    }
  }
  std::string query(const std::string& service, const std::string& version, const std::string& action) {
    aws::HttpRequest request;
    request.method = "POST";
    request.path = "/";
    request.headers.emplace_back("content-type", "application/x-www-form-urlencoded");
    request.body.bytes = "Version=" + version + "&Action=" + action;
    return call(std::move(request), service);
  }
  std::string iam(const std::string& action) { return query("iam", "2010-05-08", action); }
  std::string put(const std::string& path, size_t size) {
    aws::HttpRequest request;
    request.method = "PUT";
    request.path = path;
    request.body.bytes.assign(size, 'x');
    return call(std::move(request), "s3");
  }
  static std::string status(const std::string& answer) { return answer.substr(9, 3); }

  store::TestFolder folder_;
  store::SmallDisk disk_;
  SystemClock clock_;
  SystemRandom random_;
  access::KeyPair keys_{"AKIATEST", "secret"};
  std::unique_ptr<Instance> instance_;
};

const std::string create_user = "CreateUser&UserName=";

TEST_F(InstanceTest, full_disk_refuses_writes_and_lets_read_and_delete) {
  EXPECT_EQ(status(iam(create_user + "before")), "200");
  EXPECT_EQ(status(put("/bucket-of-test", 0)), "200");
  disk_.free = 1'000;
  iam(create_user + "noticed");  // the store looks at the disk when it commits
  std::string refused = iam(create_user + "after");
  EXPECT_EQ(status(refused), "503");
  EXPECT_NE(refused.find("<Code>ServiceUnavailable</Code>"), std::string::npos) << refused;
  for (size_t size : {10, 1'000'000}) {
    std::string object = put("/bucket-of-test/key", size);
    EXPECT_EQ(status(object), "503") << object;
    EXPECT_NE(object.find("<Code>ServiceUnavailable</Code>"), std::string::npos) << object;
  }
  EXPECT_EQ(status(iam("GetUser&UserName=before")), "200");
  EXPECT_EQ(status(iam("GetUser&UserName=after")), "404");
  disk_.free = much;
  EXPECT_EQ(status(iam("DeleteUser&UserName=before")), "200");
  EXPECT_EQ(status(iam(create_user + "after")), "200");
}

TEST_F(InstanceTest, bodies_have_a_limit) {
  aws::HttpRequest request;
  request.method = "POST";
  request.path = "/";
  request.headers.emplace_back("x-amz-target", "AWSStepFunctions.StartExecution");
  request.headers.emplace_back("content-type", "application/x-amz-json-1.0");
  request.body.bytes.assign(limits::request_body_bytes_in_memory_max + 1, ' ');
  std::string answer = call(std::move(request), "states");
  EXPECT_EQ(status(answer), "413") << answer;
}

TEST_F(InstanceTest, a_second_instance_on_the_same_data_is_refused) {
  Instance::Options options;
  options.port = 0;
  options.data = folder_.path();
  auto second = Instance::start(disk_, clock_, random_, std::move(options));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, "StoreLocked");
}

TEST_F(InstanceTest, port_in_use_is_said) {
  store::TestFolder other;
  Instance::Options options;
  options.port = static_cast<uint16_t>(std::stoi(instance_->endpoint().substr(instance_->endpoint().rfind(':') + 1)));
  options.data = other.path();
  auto second = Instance::start(disk_, clock_, random_, std::move(options));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, "ListenFailed");
  EXPECT_NE(second.error().message.find("--port"), std::string::npos);
}

TEST_F(InstanceTest, stop_twice_is_fine) {
  instance_->stop();
  instance_->stop();
}

}  // namespace
}  // namespace penstock::server
