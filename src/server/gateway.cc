#include "server/gateway.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <utility>

#include "aws/s3/cors.h"
#include "aws/s3/encryption.h"
#include "aws/s3/post_form.h"
#include "base/encoding.h"
#include "base/limits.h"
#include "base/random.h"
#include "server/body_reader.h"
#include "server/wait_signal.h"
#include "store/database.h"
#include "store/objects.h"

namespace penstock::server {

using aws::HttpRequest;
using aws::HttpResponse;
namespace sigv4 = aws::sigv4;

namespace {

bool begins_with_one_of(std::string_view operation, std::initializer_list<std::string_view> prefixes) {
  return std::ranges::any_of(prefixes, [&](std::string_view prefix) { return operation.starts_with(prefix); });
}

// Operations whose answer rests on nothing that they wrote. (GetActivityTask hands out a task, which is recorded.)
bool only_reads(std::string_view operation) {
  return operation != "GetActivityTask" &&
         begins_with_one_of(operation, {"Get", "List", "Describe", "Head", "Filter", "Validate"});
}

// Operations that only read, and those that make room, go on when the disk is nearly full.
bool needs_room(std::string_view operation) {
  return !only_reads(operation) &&
         !begins_with_one_of(operation, {"Delete", "Abort", "Stop", "Detach", "Untag", "AssumeRole"});
}

Error no_room(const aws::Route& route, const std::string& folder) {
  std::string code = "ServiceUnavailable";
  if (route.service != nullptr && aws::find_error(*route.service->model, "ServiceUnavailableException") != nullptr) {
    code = "ServiceUnavailableException";
  }
  return Error{code,
               "The disk under " + folder +
                   " is nearly full, so nothing more is written. Free some space; reading and deleting work.",
               503};
}

Error body_too_large(sigv4::Family family, bool is_object) {
  if (is_object) return Error{"EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", 400};
  if (family == sigv4::Family::s3) return Error{"MaxMessageLengthExceeded", "Your request was too large.", 400};
  return Error{"RequestEntityTooLargeException",
               "The request is larger than " + std::to_string(limits::request_body_bytes_in_memory_max) + " bytes.",
               413};
}

// The checksum that is kept with an object: sent ahead, sent behind, asked for, or S3's default.
DigestKind checksum_to_keep(const HttpRequest& head) {
  for (const auto& [name, value] : head.headers) {
    if (auto kind = aws::checksum_header_kind(name)) return *kind;
  }
  if (auto kind = aws::checksum_header_kind(trim(to_lower(head.header("x-amz-trailer"))))) return *kind;
  std::string_view algorithm = head.header("x-amz-sdk-checksum-algorithm");
  if (auto kind = aws::checksum_header_kind("x-amz-checksum-" + to_lower(algorithm))) return *kind;
  return DigestKind::crc64nvme;  // what S3 keeps with every other object
}

std::optional<uint64_t> decoded_length_of(const HttpRequest& head) {
  std::string_view text = head.header("x-amz-decoded-content-length");
  uint64_t value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

class Gateway::CallExchange final : public Exchange {
 public:
  CallExchange(Gateway& gateway, HttpRequest head) : gateway_(gateway), request_(std::move(head)) {}

  void read_head(std::optional<uint64_t> content_length);
  bool wants_body() const override { return !refusal_ && !is_preflight_; }
  bool blocks() const override { return on_worker_; }
  bool body(std::string_view bytes) override;
  void finish(Answer answer) override;

 private:
  bool is_blocking() const { return route_.operation != nullptr && route_.operation->blocking; }
  bool may_be_anonymous() const;
  Outcome<void> plan_body(std::optional<uint64_t> content_length);
  Outcome<void> check_body();
  void plan_form();
  Outcome<void> read_form();
  void dispatch();
  void refuse(const Error& error);
  // Of a bucket to a browser's page of another origin.
  void add_cors_headers(const HttpRequest& request, HttpResponse& response) const;
  void answer_when_durable(HttpResponse response);

  Gateway& gateway_;
  HttpRequest request_;
  HttpRequest outline_;  // without the body, for an error after the request was given away
  sigv4::Family family_ = sigv4::Family::json;
  aws::Route route_;
  std::optional<sigv4::Proof> proof_;
  std::optional<BodyReader> reader_;
  std::optional<Error> refusal_;
  bool is_preflight_ = false;
  bool is_form_ = false;    // an upload by an HTML form, which becomes a PutObject
  bool on_worker_ = false;  // decided by the headers
  std::string request_id_;
  Answer answer_;
};

Gateway::Gateway(aws::Platform& platform, const aws::Front& front, WorkerPool& workers, Options options)
    : platform_(platform), front_(front), workers_(workers), options_(std::move(options)), verifier_(platform.access) {}

std::unique_ptr<Exchange> Gateway::begin(HttpRequest head, std::optional<uint64_t> content_length) {
  if (is_wait_signal(head)) return begin_wait_signal(platform_, std::move(head));
  auto exchange = std::make_unique<CallExchange>(*this, std::move(head));
  exchange->read_head(content_length);
  return exchange;
}

void Gateway::CallExchange::read_head(std::optional<uint64_t> content_length) {
  request_id_ = gateway_.platform_.random.uuid();
  family_ = sigv4::family_of(request_);
  Outcome<sigv4::Claim> claim = sigv4::read_claim(request_, family_);
  if (family_ == sigv4::Family::s3 && request_.method == "OPTIONS") {
    is_preflight_ = true;
    return;
  }
  if (family_ == sigv4::Family::s3 && aws::s3::is_form_upload(request_)) return plan_form();
  route_ = gateway_.front_.route(request_, claim ? claim->service : std::string_view{});
  const bool is_anonymous = family_ == sigv4::Family::s3 && sigv4::is_unsigned(request_) && may_be_anonymous();
  if (!claim && !is_anonymous) {
    refusal_ = claim.error();
    return;
  }
  Outcome<sigv4::Proof> proof =
      is_anonymous ? sigv4::anonymous_proof(request_) : gateway_.verifier_.begin(request_, *claim, family_);
  if (!proof) {
    refusal_ = proof.error();
    return;
  }
  proof_ = std::move(*proof);
  if (is_anonymous) {
    auto bucket = gateway_.platform_.objects.bucket(route_.label("Bucket"));
    proof_->claim.region = bucket ? bucket->region : std::string("us-east-1");
  }
  Outcome<void> planned = plan_body(content_length);
  if (!planned) refusal_ = planned.error();
}

// Strangers come as far as the guard, which asks the bucket; without a guard they do not.
bool Gateway::CallExchange::may_be_anonymous() const {
  return gateway_.platform_.guard != nullptr && route_.service != nullptr && route_.service->model->name == "s3" &&
         !route_.label("Bucket").empty();
}

Outcome<void> Gateway::CallExchange::plan_body(std::optional<uint64_t> content_length) {
  BodyReader::Plan plan;
  const bool is_object = route_.streams_body && !route_.error;
  plan.size_max = is_object ? limits::object_put_bytes_max : limits::request_body_bytes_in_memory_max;
  plan.too_large = body_too_large(family_, is_object);
  std::optional<uint64_t> length = content_length;
  if (proof_->is_chunked()) {
    length = decoded_length_of(request_);
    if (!length) return Error{"MissingContentLength", "You must provide the Content-Length HTTP header.", 411};
  }
  if (length && *length > plan.size_max) return plan.too_large;
  // Before anything is kept of it: an unknown operation, and a write that there is no room for.
  if (route_.error && proof_->signature_checked) return *route_.error;
  aws::Platform& platform = gateway_.platform_;
  if (is_object && !platform.database.accepts_writes()) return no_room(route_, platform.data);
  if (is_object && (!length || *length > limits::body_spool_threshold_bytes)) {
    on_worker_ = true;
    plan.disk = &platform.disk;
    plan.spool_path = gateway_.options_.spool_folder + "/" + request_id_;
    plan.data_key = aws::s3::spool_key(platform, request_, route_.label("Bucket"), route_.label("Key"));
    plan.checksum_kind = checksum_to_keep(request_);
    plan.workers = &gateway_.workers_;
  }
  if (is_blocking()) on_worker_ = true;
  reader_.emplace(std::move(plan));
  if (proof_->is_chunked()) reader_->decode_chunks(*proof_, *length);
  return {};
}

bool Gateway::CallExchange::body(std::string_view bytes) {
  if (refusal_) return false;
  Outcome<void> taken = reader_->take(bytes);
  if (!taken) refusal_ = taken.error();
  return taken.ok();
}

void Gateway::CallExchange::finish(Answer answer) {
  answer_ = std::move(answer);
  if (is_preflight_) {
    request_.method = "GET";  // OPTIONS is no operation: the path is read as that of another
    aws::Route route = gateway_.front_.route(request_, "s3");
    request_.method = "OPTIONS";
    return answer_(aws::s3::answer_preflight(gateway_.platform_, request_, route.label("Bucket"), request_id_));
  }
  if (!refusal_) {
    Outcome<void> checked = is_form_ ? read_form() : check_body();
    if (!checked) refusal_ = checked.error();
  }
  if (refusal_) return refuse(*refusal_);
  if (is_blocking() && !on_worker_) {
    gateway_.workers_.post([this] { dispatch(); });
  } else {
    dispatch();
  }
}

// A form's own fields say who sends it, so that nothing is known before its body.
void Gateway::CallExchange::plan_form() {
  is_form_ = true;
  BodyReader::Plan plan;
  plan.size_max = limits::request_body_bytes_in_memory_max;
  plan.too_large = body_too_large(family_, true);
  reader_.emplace(std::move(plan));
  request_.method = "PUT";  // no operation of the model has this route: the bucket is read as another's
  route_ = gateway_.front_.route(request_, "s3");
  request_.method = "POST";
}

Outcome<void> Gateway::CallExchange::read_form() {
  Outcome<aws::Body> body = reader_->finish();
  if (!body) return body.error();
  Outcome<aws::s3::FormCall> call =
      aws::s3::read_form_upload(gateway_.platform_, request_, route_.label("Bucket"), body->bytes);
  if (!call) return call.error();
  aws::Platform& platform = gateway_.platform_;
  if (!platform.database.accepts_writes()) return no_room(route_, platform.data);
  request_ = std::move(call->put);
  route_ = gateway_.front_.route(request_, "s3");
  proof_.emplace();
  proof_->caller = std::move(call->caller);
  proof_->claim.region = std::move(call->region);
  reader_.reset();
  return {};
}

Outcome<void> Gateway::CallExchange::check_body() {
  Outcome<aws::Body> body = reader_->finish();
  if (!body) return body.error();
  request_.body = std::move(*body);
  if (!proof_->signature_checked || proof_->payload == sigv4::Payload::hashed) {
    Outcome<void> verified = gateway_.verifier_.finish(request_, *proof_, reader_->content_sha256(request_.body));
    if (!verified) return verified;
  }
  reader_.reset();
  if (route_.needs_body) route_ = gateway_.front_.route(request_, proof_->claim.service);
  if (route_.error) return *route_.error;
  aws::Platform& platform = gateway_.platform_;
  if (!platform.database.accepts_writes() && needs_room(route_.operation->model->name))
    return no_room(route_, platform.data);
  return {};
}

void Gateway::CallExchange::dispatch() {
  aws::Platform& platform = gateway_.platform_;
  const std::string& account = proof_->caller.is_anonymous() ? platform.account : proof_->caller.account;
  aws::Context context{platform, proof_->caller, proof_->claim.region, account, request_id_, {}};
  context.source_address = request_.remote_address;
  context.user_agent = request_.header("user-agent");
  outline_.method = request_.method;
  outline_.path = request_.path;
  outline_.query = request_.query;
  outline_.headers = request_.headers;
  gateway_.front_.dispatch(context, route_, std::move(request_), [this](HttpResponse response) {
    if (is_form_) {
      response = aws::s3::form_answer(outline_, std::move(response), gateway_.platform_.endpoint);
    }
    add_cors_headers(outline_, response);
    answer_when_durable(std::move(response));
  });
}

void Gateway::CallExchange::refuse(const Error& error) {
  HttpResponse response = gateway_.front_.error_response(route_, request_, error, request_id_);
  add_cors_headers(request_, response);
  answer_(std::move(response));
}

void Gateway::CallExchange::add_cors_headers(const HttpRequest& request, HttpResponse& response) const {
  std::string_view origin = request.header("origin");
  std::string_view bucket = origin.empty() ? std::string_view() : route_.label("Bucket");
  if (!bucket.empty()) aws::s3::add_cors_headers(gateway_.platform_, request.method, origin, bucket, response);
}

// What the answer tells must not be lost by a crash, also when another call wrote it.
void Gateway::CallExchange::answer_when_durable(HttpResponse response) {
  if (route_.service != nullptr && route_.service->answers_are_durable) {
    Answer answer = std::move(answer_);
    return answer(std::move(response));
  }
  store::Database& database = gateway_.platform_.database;
  auto held = std::make_shared<HttpResponse>(std::move(response));
  database.when_durable(database.last_written(), [this, held](Outcome<void> durable) {
    Answer answer = std::move(answer_);                          // the exchange may go as soon as it is called
    if (durable || only_reads(route_.operation->model->name)) {  // while the disk is full, reading still works
      answer(std::move(*held));
    } else {
      answer(gateway_.front_.error_response(route_, outline_, no_room(route_, gateway_.platform_.data), request_id_));
    }
  });
}

}  // namespace penstock::server
