#include "server/body_reader.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <future>

#include "base/cipher.h"
#include "base/encoding.h"
#include "server/work_queue.h"

namespace penstock::server {
namespace {

class BodyReaderTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "penstock_body_XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { ASSERT_TRUE(disk_.remove_tree(folder_).ok()); }

  // `content` spooled in pieces of `piece_bytes`.
  aws::Body spool(std::string_view content, size_t piece_bytes, std::optional<DigestKind> checksum, WorkerPool* workers,
                  const std::string& data_key = {}) {
    BodyReader::Plan plan;
    plan.size_max = content.size();
    plan.data_key = data_key;
    plan.spool_path = folder_ + "/body";
    plan.disk = &disk_;
    plan.checksum_kind = checksum;
    plan.workers = workers;
    BodyReader reader(std::move(plan));
    for (size_t at = 0; at < content.size(); at += piece_bytes) {
      EXPECT_TRUE(reader.take(content.substr(at, piece_bytes)).ok());
    }
    Outcome<aws::Body> body = reader.finish();
    EXPECT_TRUE(body.ok());
    return std::move(*body);
  }

  SystemDisk disk_;
  std::string folder_;
};

std::string some_bytes(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 2'654'435'761U >> 13);
  return bytes;
}

TEST_F(BodyReaderTest, digests_of_a_spooled_body_are_those_of_its_content) {
  const std::string content = some_bytes(10'000'000);
  WorkerPool workers(2);
  for (WorkerPool* pool : {static_cast<WorkerPool*>(nullptr), &workers}) {
    for (size_t piece : {size_t{1'000}, size_t{500'000}, content.size()}) {
      for (DigestKind kind : {DigestKind::md5, DigestKind::sha256, DigestKind::crc64nvme}) {
        aws::Body body = spool(content, piece, kind, pool);
        ASSERT_TRUE(body.spooled);
        EXPECT_EQ(body.spooled->size, content.size());
        EXPECT_EQ(body.spooled->md5, digest(DigestKind::md5, content));
        EXPECT_EQ(body.spooled->sha256, digest(DigestKind::sha256, content));
        EXPECT_EQ(body.spooled->checksum, digest(kind, content));
        EXPECT_EQ(body.spooled->checksum_kind, kind);
        EXPECT_TRUE(*disk_.read_file(body.spooled->path) == content);
      }
    }
  }
}

TEST_F(BodyReaderTest, a_body_to_be_encrypted_lies_sealed) {
  const std::string content = some_bytes(1'000'000);
  const std::string key(cipher_key_bytes, 'k');
  aws::Body body = spool(content, 300'000, DigestKind::crc32, nullptr, key);
  EXPECT_EQ(body.spooled->size, content.size());
  EXPECT_EQ(body.spooled->md5, digest(DigestKind::md5, content));
  EXPECT_EQ(body.spooled->checksum, digest(DigestKind::crc32, content));
  EXPECT_EQ(body.spooled->data_key, key);
  std::string sealed = *disk_.read_file(body.spooled->path);
  EXPECT_EQ(body.spooled->sealed_sha256, sha256_hex(sealed));
  EXPECT_EQ(sealed.find(content.substr(0, 64)), std::string::npos);
  EXPECT_TRUE(*store::unseal_content(key, sealed) == content);
}

TEST(WorkQueue, is_done_here_when_all_workers_are_busy) {
  WorkerPool workers(1);
  std::promise<void> release;
  std::promise<void> busy;
  workers.post([&] {
    busy.set_value();
    release.get_future().wait();
  });
  busy.get_future().wait();
  std::string done;
  {
    WorkQueue queue(workers);
    for (char name : {'a', 'b', 'c'}) queue.add([&done, name] { done.push_back(name); });
    queue.wait_for(1);
    EXPECT_EQ(done, "ab");
  }
  EXPECT_EQ(done, "abc");
  release.set_value();
  workers.stop();
  EXPECT_EQ(done, "abc");
}

TEST(WorkQueue, is_done_also_by_a_stopped_pool) {
  WorkerPool workers(1);
  workers.stop();
  int done = 0;
  {
    WorkQueue queue(workers);
    queue.add([&] { ++done; });
  }
  EXPECT_EQ(done, 1);
}

TEST(WorkQueue, keeps_the_order_over_many_workers) {
  constexpr int works = 2'000;
  WorkerPool workers(4);
  std::vector<int> done;
  WorkQueue queue(workers);
  for (int i = 0; i < works; ++i) {
    queue.add([&done, i] { done.push_back(i); });
    queue.wait_for(i % 7 == 0 ? 0 : 2);
    if (i % 7 == 0) {
      EXPECT_EQ(done.size(), static_cast<size_t>(i) + 1);
    }
  }
  queue.wait_for(0);
  ASSERT_EQ(done.size(), static_cast<size_t>(works));
  for (int i = 0; i < works; ++i) EXPECT_EQ(done[static_cast<size_t>(i)], i);
}

}  // namespace
}  // namespace penstock::server
