#include "store/objects.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "base/digest.h"
#include "base/encoding.h"
#include "store/test_folder.h"

namespace penstock::store {
namespace {

template <class T>
Outcome<T> wait(const std::function<void(Done<T>)>& start) {
  std::promise<Outcome<T>> promise;
  start([&](Outcome<T> outcome) { promise.set_value(std::move(outcome)); });
  return promise.get_future().get();
}

// A Disk that fails every call of one kind, to stand for a crash just there.
class StoppingDisk final : public Disk {
 public:
  bool refuses_remove = false;
  bool refuses_rename = false;

  Outcome<std::unique_ptr<File>> open(const std::string& path, Mode mode, int permissions) override {
    return disk_.open(path, mode, permissions);
  }
  Outcome<void> rename(const std::string& from, const std::string& to) override {
    return refuses_rename ? stopped() : disk_.rename(from, to);
  }
  Outcome<void> link(const std::string& from, const std::string& to) override { return disk_.link(from, to); }
  Outcome<void> remove(const std::string& path) override { return refuses_remove ? stopped() : disk_.remove(path); }
  Outcome<void> remove_tree(const std::string& path) override { return disk_.remove_tree(path); }
  Outcome<void> make_folders(const std::string& path) override { return disk_.make_folders(path); }
  Outcome<std::vector<std::string>> list(const std::string& path) override { return disk_.list(path); }
  bool exists(const std::string& path) override { return disk_.exists(path); }
  Outcome<uint64_t> free_bytes(const std::string& path) override { return disk_.free_bytes(path); }
  Outcome<std::unique_ptr<FileLock>> lock(const std::string& path) override { return disk_.lock(path); }

 private:
  static Error stopped() { return Error{"DiskError", "stopped", 500, {}}; }
  SystemDisk disk_;
};

class ObjectsTest : public testing::Test {
 protected:
  ObjectsTest() { start(); }

  void start() {
    database = std::move(*Database::open(disk, folder.path(), {}));
    objects = std::move(*Objects::open(*database, disk, clock, random, folder.path()));
  }
  void restart() {
    objects.reset();
    database.reset();
    disk.refuses_remove = false;
    disk.refuses_rename = false;
    start();
  }
  void make_bucket(const std::string& name, Bucket::Versioning versioning = Bucket::Versioning::never) {
    Bucket bucket;
    bucket.name = name;
    bucket.versioning = versioning;
    ASSERT_TRUE(objects->create_bucket(bucket).ok());
  }
  Outcome<ObjectVersion> put(const std::string& key, const std::string& bytes) {
    NewObject object;
    object.bucket = "b";
    object.key = key;
    object.source.bytes = bytes;
    return objects->put(std::move(object));
  }
  std::string read(const std::string& key, const std::string& id = {}) {
    auto opened = objects->open_version("b", key, id);
    if (!opened) return opened.error().code;
    if (opened->content.path.empty()) return opened->content.bytes;
    return *disk.read_file(opened->content.path);
  }
  // Names of files below objects/, incoming/ included; the clearing thread may still be at work.
  size_t count_files() {
    size_t count = 0;
    auto subfolders = disk.list(folder.at("objects"));
    for (const std::string& sub : *subfolders) count += disk.list(folder.at("objects/" + sub))->size();
    return count;
  }
  void wait_for_files(size_t count) {
    for (int i = 0; i < 1'000'000 && count_files() != count; ++i) std::this_thread::yield();
    EXPECT_EQ(count_files(), count);
  }
  ListPage list(ListQuery query) {
    query.bucket = "b";
    return *objects->list(query);
  }

  TestFolder folder;
  StoppingDisk disk;
  SystemClock clock;
  SeededRandom random{7};
  std::unique_ptr<Database> database;
  std::unique_ptr<Objects> objects;
  const std::string large = std::string(300'000, 'x');
};

TEST_F(ObjectsTest, SmallAndLargeObjectsSurviveARestart) {
  make_bucket("b");
  auto small = put("a/1", "hello");
  ASSERT_TRUE(small.ok());
  EXPECT_EQ(small->etag, "5d41402abc4b2a76b9719d911017c592");
  EXPECT_EQ(small->version_id, "null");
  ASSERT_TRUE(put("a/2", large).ok());
  restart();
  EXPECT_EQ(read("a/1"), "hello");
  EXPECT_EQ(read("a/2"), large);
  EXPECT_EQ(objects->find("b", "a/2")->sha256, sha256_hex(large));
  EXPECT_EQ(objects->find("b", "a/3").error().code, "NoSuchKey");
  EXPECT_EQ(objects->find("c", "a/3").error().code, "NoSuchBucket");
  EXPECT_EQ(objects->check(), std::vector<std::string>{});
}

TEST_F(ObjectsTest, TakesAFileByMovingOrLinking) {
  make_bucket("b");
  for (bool keep : {false, true}) {
    std::string path = folder.at("output");
    ASSERT_TRUE(disk.write_file_atomically(path, large).ok());
    NewObject object;
    object.bucket = "b";
    object.key = "k";
    object.source.file = path;
    object.source.keep_file = keep;
    auto written = objects->put(std::move(object));
    ASSERT_TRUE(written.ok()) << written.error().message;
    EXPECT_EQ(written->etag, to_hex(digest(DigestKind::md5, large)));
    EXPECT_EQ(read("k"), large);
    EXPECT_EQ(disk.exists(path), keep);
  }
}

TEST_F(ObjectsTest, PlacesContentAsFiles) {
  make_bucket("b");
  put("small", "hello").value();
  put("large", large).value();
  ASSERT_TRUE(objects->place(*objects->find("b", "small"), folder.at("one")).ok());
  ASSERT_TRUE(objects->place(*objects->find("b", "large"), folder.at("two")).ok());
  EXPECT_EQ(*disk.read_file(folder.at("one")), "hello");
  EXPECT_EQ(*disk.read_file(folder.at("two")), large);
}

TEST_F(ObjectsTest, ReplacedAndRemovedContentIsReclaimed) {
  make_bucket("b");
  put("k", large).value();
  wait_for_files(1);
  put("k", large + "y").value();
  wait_for_files(1);
  ASSERT_TRUE(objects->remove("b", Removal{"k", {}, {}}).ok());
  wait_for_files(0);
}

TEST_F(ObjectsTest, AFileBeingReadStaysUntilItIsLetGo) {
  make_bucket("b");
  put("k", large).value();
  auto opened = objects->open_version("b", "k", {});
  ASSERT_TRUE(objects->remove("b", Removal{"k", {}, {}}).ok());
  put("other", large).value();
  ASSERT_TRUE(objects->remove("b", Removal{"other", {}, {}}).ok());
  wait_for_files(1);
  EXPECT_EQ(*disk.read_file(opened->content.path), large);
  opened->content.pin.reset();
  wait_for_files(0);
}

TEST_F(ObjectsTest, ACopySharesItsContent) {
  make_bucket("b");
  auto original = put("k", large);
  for (const char* key : {"copy", "k"}) {  // onto another key, and onto itself
    NewObject copy;
    copy.bucket = "b";
    copy.key = key;
    copy.source.shared = *original;
    ASSERT_TRUE(objects->put(std::move(copy)).ok());
  }
  wait_for_files(1);
  ASSERT_TRUE(objects->remove("b", Removal{"k", {}, {}}).ok());
  EXPECT_EQ(read("copy"), large);
  EXPECT_EQ(objects->check(), std::vector<std::string>{});
}

TEST_F(ObjectsTest, AConditionIsDecidedInOrder) {
  make_bucket("b");
  auto absent = [](const ObjectVersion* current) -> Outcome<void> {
    if (current != nullptr) return Error{"PreconditionFailed", "there is one", 412, {}};
    return {};
  };
  std::promise<void> all;
  std::atomic<int> left{50};
  std::atomic<int> written{0};
  for (int i = 0; i < 50; ++i) {
    NewObject object;
    object.bucket = "b";
    object.key = "k";
    object.source.bytes = std::to_string(i);
    object.condition = absent;
    objects->put(std::move(object), [&](Outcome<ObjectVersion> outcome) {
      if (outcome.ok()) ++written;
      if (--left == 0) all.set_value();
    });
  }
  all.get_future().wait();
  EXPECT_EQ(written, 1);
  EXPECT_EQ(read("k"), "0");
}

TEST_F(ObjectsTest, ARefusedLargeWriteLeavesNoFile) {
  make_bucket("b");
  NewObject object;
  object.bucket = "b";
  object.key = "k";
  object.source.bytes = large;
  object.condition = [](const ObjectVersion*) -> Outcome<void> { return Error{"PreconditionFailed", "no", 412, {}}; };
  EXPECT_EQ(objects->put(std::move(object)).error().code, "PreconditionFailed");
  wait_for_files(0);
}

TEST_F(ObjectsTest, VersionsAndMarkers) {
  make_bucket("b", Bucket::Versioning::enabled);
  auto first = put("k", "1");
  auto second = put("k", "2");
  EXPECT_EQ(read("k"), "2");
  EXPECT_EQ(read("k", first->version_id), "1");
  auto removed = objects->remove("b", Removal{"k", {}, {}});
  ASSERT_TRUE(removed.ok());
  EXPECT_TRUE(removed->delete_marker);
  EXPECT_EQ(objects->find("b", "k").error().code, "NoSuchKey");
  EXPECT_TRUE(objects->version("b", "k", {})->delete_marker);
  ASSERT_TRUE(objects->remove("b", Removal{"k", removed->version_id, {}}).ok());
  EXPECT_EQ(read("k"), "2");
  ListQuery query;
  query.versions = true;
  query.count = 1;
  auto page = list(query);
  ASSERT_EQ(page.objects.size(), 1u);
  EXPECT_TRUE(page.truncated);
  EXPECT_EQ(page.objects[0].version_id, second->version_id);
  EXPECT_TRUE(page.objects[0].latest);
  query.after = page.next_after;
  query.after_version = page.next_after_version;
  page = list(query);
  ASSERT_EQ(page.objects.size(), 1u);
  EXPECT_FALSE(page.truncated);
  EXPECT_EQ(page.objects[0].version_id, first->version_id);
  EXPECT_FALSE(page.objects[0].latest);
}

TEST_F(ObjectsTest, SuspendedVersioningReplacesTheNullVersion) {
  make_bucket("b");
  put("k", "null-1").value();
  auto set = [&](Bucket::Versioning versioning) {
    auto edited = wait<Bucket>([&](Done<Bucket> done) {
      objects->edit_bucket(
          "b",
          [=](Bucket& bucket) {
            bucket.versioning = versioning;
            return Outcome<void>();
          },
          done);
    });
    ASSERT_TRUE(edited.ok());
  };
  set(Bucket::Versioning::enabled);
  auto versioned = put("k", "v");
  set(Bucket::Versioning::suspended);
  put("k", "null-2").value();
  EXPECT_EQ(read("k", "null"), "null-2");
  EXPECT_EQ(read("k", versioned->version_id), "v");
  ListQuery query;
  query.versions = true;
  EXPECT_EQ(list(query).objects.size(), 2u);
}

TEST_F(ObjectsTest, ListsByPrefixAndDelimiter) {
  make_bucket("b");
  for (const char* key : {"a", "b/1", "b/2", "b/c/3", "c+d", "c d", "d/", "é"}) put(key, key).value();
  ListQuery query;
  query.delimiter = "/";
  query.count = 2;
  std::vector<std::string> seen;
  for (;;) {
    auto page = list(query);
    for (auto& object : page.objects) seen.push_back(object.key);
    for (auto& prefix : page.common_prefixes) seen.push_back(prefix);
    if (!page.truncated) break;
    query.after = page.next_after;
  }
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(seen, (std::vector<std::string>{"a", "b/", "c d", "c+d", "d/", "é"}));
  ListQuery within;
  within.prefix = "b/";
  within.delimiter = "/";
  auto page = list(within);
  EXPECT_EQ(page.objects.size(), 2u);
  EXPECT_EQ(page.common_prefixes, std::vector<std::string>{"b/c/"});
}

TEST_F(ObjectsTest, ListingSkipsOlderVersionsAndMarkers) {
  make_bucket("b", Bucket::Versioning::enabled);
  for (int i = 0; i < 40; ++i) put("a", std::to_string(i)).value();
  put("b", "1").value();
  put("c", "1").value();
  objects->remove("b", Removal{"b", {}, {}}).value();
  auto page = list({});
  ASSERT_EQ(page.objects.size(), 2u);
  EXPECT_EQ(page.objects[0].key, "a");
  EXPECT_EQ(page.objects[1].key, "c");
  EXPECT_FALSE(page.truncated);
}

TEST_F(ObjectsTest, MultipartUploadJoinsItsParts) {
  make_bucket("b");
  Upload request;
  request.bucket = "b";
  request.key = "big";
  auto upload = wait<Upload>([&](Done<Upload> done) { objects->create_upload(request, done); });
  for (int number : {3, 1, 2, 2}) {
    ContentSource source;
    source.bytes = std::string(100'000, static_cast<char>('0' + number));
    ASSERT_TRUE(
        wait<Part>([&](Done<Part> done) { objects->put_part(*upload, number, source, Json::object(), done); }).ok());
  }
  restart();
  auto parts = objects->parts(*upload, 0, 1000);
  ASSERT_EQ(parts->size(), 3u);
  NewObject object;
  object.bucket = "b";
  object.key = "big";
  object.etag = "abc-3";
  auto done =
      wait<ObjectVersion>([&](Done<ObjectVersion> then) { objects->complete_upload(*upload, *parts, object, then); });
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(done->size, 300'000u);
  EXPECT_EQ(read("big"), std::string(100'000, '1') + std::string(100'000, '2') + std::string(100'000, '3'));
  wait_for_files(1);
  EXPECT_EQ(objects->upload("b", "big", upload->id).error().code, "NoSuchUpload");
  EXPECT_EQ(objects->check(), std::vector<std::string>{});
}

TEST_F(ObjectsTest, AbortAndBucketDeletionReclaimParts) {
  make_bucket("b");
  Upload request;
  request.bucket = "b";
  request.key = "big";
  for (bool abort : {true, false}) {
    auto upload = wait<Upload>([&](Done<Upload> done) { objects->create_upload(request, done); });
    ContentSource source;
    source.bytes = large;
    ASSERT_TRUE(wait<Part>([&](Done<Part> done) { objects->put_part(*upload, 1, source, Json::object(), done); }).ok());
    auto ended = wait<void>([&](Done<void> done) {
      if (abort) objects->abort_upload("b", "big", upload->id, done);
      if (!abort) objects->delete_bucket("b", done);
    });
    EXPECT_TRUE(ended.ok());
    wait_for_files(0);
  }
}

TEST_F(ObjectsTest, BucketsAreUniqueAndOnlyGoWhenEmpty) {
  make_bucket("b");
  Bucket again;
  again.name = "b";
  EXPECT_EQ(objects->create_bucket(again).error().code, "BucketAlreadyOwnedByYou");
  again.account = "111122223333";
  EXPECT_EQ(objects->create_bucket(again).error().code, "BucketAlreadyExists");
  put("k", "1").value();
  EXPECT_EQ(wait<void>([&](Done<void> done) { objects->delete_bucket("b", done); }).error().code, "BucketNotEmpty");
  objects->remove("b", Removal{"k", {}, {}}).value();
  EXPECT_TRUE(wait<void>([&](Done<void> done) { objects->delete_bucket("b", done); }).ok());
}

// A crash between the file's rename and the commit: the file is there and noted, no row names it.
TEST_F(ObjectsTest, AnOrphanOfACrashIsRemovedAtTheStart) {
  make_bucket("b");
  put("k", large).value();
  std::string name(32, 'a');
  ASSERT_TRUE(disk.make_folders(folder.at("objects/aa")).ok());
  ASSERT_TRUE(disk.write_file_atomically(folder.at("objects/incoming/" + name), large).ok());
  ASSERT_TRUE(disk.link(folder.at("objects/incoming/" + name), folder.at("objects/aa/" + name)).ok());
  ASSERT_TRUE(disk.write_file_atomically(folder.at("objects/incoming/" + name + ".new"), "half").ok());
  restart();
  wait_for_files(1);
  EXPECT_EQ(read("k"), large);
  EXPECT_EQ(objects->check(), std::vector<std::string>{});
}

// A crash after the commit and before the note was taken back: the file must stay.
TEST_F(ObjectsTest, AnAcknowledgedFileStaysWhenItsNoteIsLeft) {
  make_bucket("b");
  disk.refuses_remove = true;
  put("k", large).value();
  EXPECT_EQ(count_files(), 2u);  // the file and its note
  restart();
  wait_for_files(1);
  EXPECT_EQ(read("k"), large);
}

// A crash after the commit of a deletion and before the file was removed.
TEST_F(ObjectsTest, ADeletedFileIsRemovedAfterACrash) {
  make_bucket("b");
  put("k", large).value();
  disk.refuses_rename = true;
  disk.refuses_remove = true;
  objects->remove("b", Removal{"k", {}, {}}).value();
  restart();
  wait_for_files(0);
}

TEST_F(ObjectsTest, CheckFindsDamage) {
  make_bucket("b");
  put("good", large).value();
  put("bad", large + "1").value();
  std::string path = objects->open_version("b", "bad", {})->content.path;
  ASSERT_TRUE(disk.remove(path).ok());
  ASSERT_TRUE(disk.write_file_atomically(path, large + "2").ok());
  auto problems = objects->check();
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_NE(problems[0].find("s3://b/bad"), std::string::npos);
}

}  // namespace
}  // namespace penstock::store
