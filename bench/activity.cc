// A load client for activities: starts executions that each wait in an activity task, then takes every task and sends
// its success, over `threads` signed connections.
//
//   activity_bench ENDPOINT KEY SECRET STATE_MACHINE_ARN ACTIVITY_ARN EXECUTIONS THREADS
//
// Prints the seconds that starting took and the seconds that taking and answering all of them took.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "aws/client/client.h"

namespace {

using namespace penstock;

struct Load {
  aws::ClientOptions options;
  std::string machine;
  std::string activity;
  size_t executions;
  size_t threads;
};

// The answer, or the end of the program: a figure of a run with failures is none.
Json must(Outcome<Json> answer) {
  if (answer) return *std::move(answer);
  std::fprintf(stderr, "%s: %s\n", answer.error().code.c_str(), answer.error().message.c_str());
  std::exit(1);
}

// Runs `call` once for each execution, on all connections at once; seconds.
template <class Call>
double on_all(const Load& load, const Call& call) {
  SystemNetwork network;
  SystemClock clock;
  std::atomic<size_t> left = load.executions;
  const auto began = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < load.threads; ++i) {
      threads.emplace_back([&] {
        aws::Client client(network, clock, load.options);
        for (size_t n = left; n > 0;) {
          if (left.compare_exchange_weak(n, n - 1)) call(client);
          n = left;
        }
      });
    }
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 8) {
    std::fputs("usage: activity_bench ENDPOINT KEY SECRET STATE_MACHINE_ARN ACTIVITY_ARN EXECUTIONS THREADS\n", stderr);
    return 2;
  }
  const Load load{{arguments[1], {arguments[2], arguments[3]}, "", "us-east-1"},
                  arguments[4],
                  arguments[5],
                  std::strtoull(arguments[6], nullptr, 10),
                  std::strtoull(arguments[7], nullptr, 10)};
  const double started = on_all(load, [&](aws::Client& client) {
    must(client.call("states", "StartExecution",
                     Json::object({{"stateMachineArn", load.machine}, {"input", "{\"id\": 1}"}})));
  });
  const double done = on_all(load, [&](aws::Client& client) {
    const Json task = must(client.call("states", "GetActivityTask", Json::object({{"activityArn", load.activity}})));
    must(client.call("states", "SendTaskSuccess",
                     Json::object({{"taskToken", task["taskToken"]}, {"output", "{\"ok\": true}"}})));
  });
  std::printf("%f %f\n", started, done);
  return 0;
}
