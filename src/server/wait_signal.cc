#include "server/wait_signal.h"

#include <fmt/format.h>

#include <utility>

#include "core/stack/signals.h"
#include "core/stack/stacks.h"
#include "store/database.h"

namespace penstock::server {

namespace {

class WaitSignal final : public Exchange {
 public:
  WaitSignal(aws::Platform& platform, aws::HttpRequest head) : platform_(platform), head_(std::move(head)) {}

  bool wants_body() const override { return true; }
  bool blocks() const override { return false; }

  bool body(std::string_view bytes) override {
    body_ += bytes.substr(0, stack::signal_bytes_max + 1 - body_.size());  // one too many is enough to refuse it
    return body_.size() <= stack::signal_bytes_max;
  }

  void finish(Answer answer) override {
    Outcome<void> taken = platform_.stacks.signal_handle(fmt::format("{}?{}", head_.path, head_.query), body_);
    if (!taken) {
      const Error& error = taken.error();
      aws::HttpResponse response;
      response.status = error.status;
      response.headers.emplace_back("Content-Type", "application/xml");
      response.body = fmt::format("<Error><Code>{}</Code><Message>{}</Message></Error>", error.code, error.message);
      return answer(std::move(response));
    }
    store::Database& database = platform_.database;
    database.when_durable(database.last_written(), [answer = std::move(answer)](Outcome<void> durable) {
      aws::HttpResponse response;
      response.status = durable ? 200 : 503;
      answer(std::move(response));
    });
  }

 private:
  aws::Platform& platform_;
  aws::HttpRequest head_;
  std::string body_;
};

}  // namespace

bool is_wait_signal(const aws::HttpRequest& head) {
  return head.method == "PUT" && head.path.starts_with("/cloudformation-waitcondition-") &&
         stack::read_handle_target(fmt::format("{}?{}", head.path, head.query)).has_value();
}

std::unique_ptr<Exchange> begin_wait_signal(aws::Platform& platform, aws::HttpRequest head) {
  return std::make_unique<WaitSignal>(platform, std::move(head));
}

}  // namespace penstock::server
