// Calls an operation of the table with structs instead of JSON: for contents that are streams. The same path as any
// other call: the guard is asked.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <utility>

#include "aws/protocol/front.h"
#include "base/assert.h"

namespace penstock::aws::integration {

template <class X>
class NativeCall final : public Call {
 public:
  using Done = std::function<void(Outcome<typename X::Output>)>;
  NativeCall(typename X::Input input, Done done) : input_(std::move(input)), done_(std::move(done)) {}

  Outcome<void> read(const Shape& shape, void* input) override {
    PENSTOCK_ASSERT(&shape == &X::Input::table);
    *static_cast<typename X::Input*>(input) = std::move(input_);
    return {};
  }
  void succeed(const Shape&, void* output) override { done_(std::move(*static_cast<typename X::Output*>(output))); }
  void fail(Error error) override { done_(std::move(error)); }

 private:
  typename X::Input input_;
  Done done_;
};

// Waits for the answer, so only from a thread that may wait: a worker of the engine.
template <class X>
Outcome<typename X::Output> call_and_wait(const Front& front, Context& context, typename X::Input input) {
  Outcome<const Operation*> operation = front.find(X::model.service->name, X::model.name);
  if (!operation) return operation.error();
  std::promise<Outcome<typename X::Output>> answer;
  std::future<Outcome<typename X::Output>> waiting = answer.get_future();
  auto done = [&answer](Outcome<typename X::Output> outcome) { answer.set_value(std::move(outcome)); };
  (*operation)->run(**operation, context, std::make_unique<NativeCall<X>>(std::move(input), std::move(done)));
  return waiting.get();
}

}  // namespace penstock::aws::integration
