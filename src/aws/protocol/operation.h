// How a service lists its operations. A handler is one function; its signature is checked against the model:
//   const ServiceTable& service() {
//     static const ServiceTable table = list(op<StartExecution>(start_execution), ...);
//     return table;
//   }
// The same table serves HTTP, Step Functions integrations, IAM action names and docs/coverage.md.
#pragma once

#include <concepts>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/protocol/guard.h"
#include "aws/protocol/shape.h"
#include "base/assert.h"
#include "base/outcome.h"

namespace penstock::aws {

struct Context;

// One call under way: gives the input, takes the answer exactly once. Implemented for HTTP and for integrations.
class Call {
 public:
  virtual ~Call() = default;
  // Fills the struct that `shape` describes, and checks the model's constraints.
  virtual Outcome<void> read(const Shape& shape, void* input) = 0;
  // Answers. The value's streams are moved out of it.
  virtual void succeed(const Shape& shape, void* output) = 0;
  virtual void fail(Error error) = 0;
};

// Where a handler that answers later leaves its answer. Call it exactly once, from any thread; one that is dropped
// without an answer (a long poll at shutdown) answers ServiceUnavailable, so that no client hangs.
template <class T>
class Reply {
 public:
  explicit Reply(std::unique_ptr<Call> call) : call_(std::move(call)) {}
  Reply(Reply&&) noexcept = default;
  Reply& operator=(Reply&& other) noexcept {
    drop();
    call_ = std::move(other.call_);
    return *this;
  }
  ~Reply() { drop(); }

  void operator()(Outcome<T> outcome) {
    PENSTOCK_ASSERT(call_ != nullptr);
    auto call = std::move(call_);
    if (outcome.ok()) {
      call->succeed(T::table, &outcome.value());
    } else {
      call->fail(std::move(outcome.error()));
    }
  }

 private:
  void drop() {
    if (auto call = std::move(call_)) {
      call->fail(Error{"ServiceUnavailable", "The call was not answered: the server is stopping. Send it again.", 503});
    }
  }

  std::unique_ptr<Call> call_;
};

// An operation that is served: its model, its handler, and how to run it.
struct Operation {
  const OperationModel* model = nullptr;
  bool blocking = false;        // waits for the disk or another process: runs on the worker pool
  bool asynchronous = false;    // may answer after run() has returned
  void (*handler)() = nullptr;  // of the type that `run` knows
  void (*run)(const Operation& operation, Context& context, std::unique_ptr<Call> call) = nullptr;
};

// An operation tag of the generated headers: struct StartExecution.
template <class X>
concept OperationTag = requires {
  typename X::Input;
  typename X::Output;
  { X::model } -> std::convertible_to<const OperationModel&>;
};

template <class X>
using Handler = Outcome<typename X::Output> (*)(Context& context, const typename X::Input& input);
template <class X>
using MovingHandler = Outcome<typename X::Output> (*)(Context& context, typename X::Input&& input);
template <class X>
using AsyncHandler = void (*)(Context& context, const typename X::Input& input, Reply<typename X::Output> reply);

// Outcome<XOutput> f(Context&, const XInput&), or with XInput&& for a handler that keeps parts of its input (a body).
template <class F, class X>
concept HandlerOf = std::convertible_to<F, Handler<X>> || std::convertible_to<F, MovingHandler<X>>;
// void f(Context&, const XInput&, Reply<XOutput>).
template <class F, class X>
concept AsyncHandlerOf = std::convertible_to<F, AsyncHandler<X>>;

template <OperationTag X, class Typed>
void run_handler(const Operation& operation, Context& context, std::unique_ptr<Call> call) {
  typename X::Input input;
  if (auto read = call->read(X::Input::table, &input); !read.ok()) {
    call->fail(std::move(read.error()));
    return;
  }
  if (auto permitted = permit(context, *operation.model, &input); !permitted.ok()) {
    call->fail(std::move(permitted.error()));
    return;
  }
  auto outcome = reinterpret_cast<Typed>(operation.handler)(context, std::move(input));
  if (outcome.ok()) {
    call->succeed(X::Output::table, &outcome.value());
  } else {
    call->fail(std::move(outcome.error()));
  }
}

template <OperationTag X>
void run_async_handler(const Operation& operation, Context& context, std::unique_ptr<Call> call) {
  typename X::Input input;
  if (auto read = call->read(X::Input::table, &input); !read.ok()) {
    call->fail(std::move(read.error()));
    return;
  }
  if (auto permitted = permit(context, *operation.model, &input); !permitted.ok()) {
    call->fail(std::move(permitted.error()));
    return;
  }
  reinterpret_cast<AsyncHandler<X>>(operation.handler)(context, input, Reply<typename X::Output>(std::move(call)));
}

// A handler that answers before it returns.
template <OperationTag X, HandlerOf<X> F>
Operation op(F function) {
  using Typed = std::conditional_t<std::convertible_to<F, Handler<X>>, Handler<X>, MovingHandler<X>>;
  return {&X::model, false, false, reinterpret_cast<void (*)()>(static_cast<Typed>(function)), run_handler<X, Typed>};
}

// A handler that answers through its Reply, now or later.
template <OperationTag X, AsyncHandlerOf<X> F>
Operation async_op(F function) {
  return {&X::model, false, true, reinterpret_cast<void (*)()>(static_cast<AsyncHandler<X>>(function)),
          run_async_handler<X>};
}

// Marks a handler that waits for the disk itself.
inline Operation blocking(Operation operation) {
  operation.blocking = true;
  return operation;
}

// A service's operations, in the order listed.
struct ServiceTable {
  const ServiceModel* model = nullptr;
  std::vector<Operation> operations;
  // Its handlers read only what is durable and answer only when their own writes are: an answer waits for nobody
  // else's.
  bool answers_are_durable = false;

  // The operation of that name, or nullptr.
  const Operation* find(std::string_view name) const;
};

ServiceTable make_table(std::vector<Operation> operations);

// All of one service, each once.
template <std::same_as<Operation>... Operations>
ServiceTable list(Operations... operations) {
  return make_table({operations...});
}

// Marks a service whose answers tell only what is durable.
inline ServiceTable durable(ServiceTable table) {
  table.answers_are_durable = true;
  return table;
}

}  // namespace penstock::aws
