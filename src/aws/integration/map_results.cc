#include "aws/integration/map_results.h"

#include <array>
#include <optional>
#include <utility>

#include "aws/integration/answer.h"
#include "aws/integration/native_call.h"
#include "aws/s3/encryption.h"
#include "base/digest.h"
#include "base/disk.h"
#include "base/random.h"
#include "models/s3/object.h"
#include "store/spool.h"

namespace penstock::aws::integration {
namespace {

using s3::PutObject;
using s3::PutObjectInput;
using s3::PutObjectOutput;

constexpr size_t held_bytes_max = 1 << 20;  // of a file before it goes to the disk
constexpr std::array<std::string_view, 3> kinds = {"FAILED", "PENDING", "SUCCEEDED"};

Error writer_failed(std::string cause) {
  return {"States.ResultWriterFailed", std::move(cause)};
}

// One result file under way: small in memory, larger in the spool folder; sealed there if its bucket's objects are.
class ResultFile {
 public:
  ResultFile(Platform& platform, const std::string& bucket) : platform_(platform), bucket_(bucket) {}

  bool is_empty() const { return size_ == 0; }
  uint64_t size() const { return size_; }

  Outcome<void> append(std::string_view text) {
    held_.append(text);
    size_ += text.size();
    if (held_.size() <= held_bytes_max) return {};
    return spool();
  }

  // The whole as a request's body.
  Outcome<Body> take() {
    Body body;
    if (!file_) {
      body.bytes = std::move(held_);
      return body;
    }
    if (Outcome<void> spooled = spool(); !spooled) return spooled.error();
    Outcome<std::string> sealed_sha256 = file_->finish();
    if (!sealed_sha256) return sealed_sha256.error();
    file_.reset();
    body_->size = size_;
    body_->sealed_sha256 = std::move(*sealed_sha256);
    body_->md5 = md5_.finish();
    body_->sha256 = sha256_.finish();
    body.spooled = std::move(body_);
    return body;
  }

 private:
  Outcome<void> spool() {
    if (!file_) {
      body_ = std::make_shared<SpooledBody>();
      body_->path = platform_.data + "/spool/" + platform_.random.uuid();
      body_->disk = &platform_.disk;
      body_->data_key = s3::spool_key(platform_, {}, bucket_, {});
      Outcome<store::SpoolFile> file = store::SpoolFile::create(platform_.disk, body_->path, body_->data_key);
      if (!file) return file.error();
      file_.emplace(std::move(*file));
    }
    md5_.update(held_);
    sha256_.update(held_);
    Outcome<void> written = file_->append(held_);
    held_.clear();
    return written;
  }

  Platform& platform_;
  std::string bucket_;
  std::string held_;
  uint64_t size_ = 0;
  std::optional<store::SpoolFile> file_;
  std::shared_ptr<SpooledBody> body_;
  Digest md5_{DigestKind::md5}, sha256_{DigestKind::sha256};
};

class S3Results final : public execution::ResultSink {
 public:
  S3Results(const Front& front, const Context& context, const Json& writer)
      : front_(front),
        context_(context),
        bucket_(writer["parameters"].text("Bucket")),
        prefix_(writer["parameters"].text("Prefix")),
        lines_(writer["config"].text("OutputType") == "JSONL"),
        files_{ResultFile(context.platform, bucket_), ResultFile(context.platform, bucket_),
               ResultFile(context.platform, bucket_)} {}

  Outcome<void> append(std::string_view kind, std::string_view text) override {
    ResultFile& file = files_[place_of(kind)];
    std::string_view before = lines_ ? "" : file.is_empty() ? "[" : ",";
    for (std::string_view part : {before, text, std::string_view(lines_ ? "\n" : "")}) {
      if (Outcome<void> written = file.append(part); !written) return writer_failed(written.error().message);
    }
    return {};
  }

  Outcome<Json> finish(const std::string& map_run_arn) override {
    std::string folder = prefix_;
    if (!folder.empty() && !folder.ends_with('/')) folder += '/';
    folder += map_run_arn.substr(map_run_arn.rfind(':') + 1) + "/";
    Json lists = Json::object();
    for (std::string_view kind : kinds) {
      Json list = Json::array();
      ResultFile& file = files_[place_of(kind)];
      if (!file.is_empty()) {
        if (!lines_) {
          if (Outcome<void> closed = file.append("]"); !closed) return writer_failed(closed.error().message);
        }
        std::string key = folder + std::string(kind) + (lines_ ? "_0.jsonl" : "_0.json");
        list.push_back(Json::object({{"Key", key}, {"Size", file.size()}}));
        Outcome<Body> body = file.take();
        if (!body) return writer_failed(body.error().message);
        if (Outcome<void> put = put_object(key, std::move(*body)); !put) return put.error();
      }
      lists.set(kind, std::move(list));
    }
    Json manifest =
        Json::object({{"DestinationBucket", bucket_}, {"MapRunArn", map_run_arn}, {"ResultFiles", std::move(lists)}});
    std::string key = folder + "manifest.json";
    Body body;
    body.bytes = to_string(manifest);
    if (Outcome<void> put = put_object(key, std::move(body)); !put) return put.error();
    return Json::object({{"Bucket", bucket_}, {"Key", key}});
  }

 private:
  static size_t place_of(std::string_view kind) {
    return static_cast<size_t>(std::find(kinds.begin(), kinds.end() - 1, kind) - kinds.begin());
  }

  Outcome<void> put_object(const std::string& key, Body body) {
    PutObjectInput input;
    input.bucket = bucket_;
    input.key = key;
    input.content_type = "application/json";
    input.body = std::move(body);
    Outcome<PutObjectOutput> answer = call_and_wait<PutObject>(front_, context_, std::move(input));
    if (answer) return {};
    return writer_failed(sdk_error(*PutObject::model.service, answer.error(), context_.request_id).cause);
  }

  const Front& front_;
  Context context_;
  std::string bucket_, prefix_;
  bool lines_;
  std::array<ResultFile, kinds.size()> files_;
};

}  // namespace

Outcome<std::unique_ptr<execution::ResultSink>> open_map_results(const Front& front, const Context& context,
                                                                 const Json& writer) {
  if (writer["parameters"].text("Bucket").empty()) return writer_failed("The ResultWriter names no Bucket.");
  return {std::make_unique<S3Results>(front, context, writer)};
}

}  // namespace penstock::aws::integration
