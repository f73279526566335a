// Integrations: does the tasks of executions through the one operation table, as the execution's role.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "aws/context.h"
#include "aws/integration/integration.h"
#include "aws/protocol/front.h"
#include "base/json.h"
#include "base/outcome.h"
#include "core/event/bus.h"
#include "core/execution/tasks.h"

namespace penstock::aws::integration {

class Integrations final : public execution::Tasks {
 public:
  Integrations(Platform& platform, const Front& front);
  ~Integrations() override;

  std::optional<std::string> refuse(std::string_view resource, pipeline::MachineType type) const override;
  void start(const execution::TaskCall& call, execution::TaskReports& reports) override;
  void resume(const execution::TaskCall& call, const Json& submitted, execution::TaskReports& reports) override;
  void cancel(const execution::TaskKey& key) override;
  Outcome<std::unique_ptr<execution::ItemSource>> open_items(const execution::MapRunCall& call,
                                                             const Json& reader) override;
  Outcome<std::unique_ptr<execution::ResultSink>> open_results(const execution::MapRunCall& call,
                                                               const Json& writer) override;
  std::optional<std::string> refuse_result(std::string_view resource, const Json& result, bool complete) const override;

 private:
  // A .sync task in hand, from the call on.
  struct Job {
    execution::TaskCall call;
    execution::TaskReports* reports = nullptr;
    const JobKind* kind = nullptr;
    std::string service;
    bool parsed = false;     // .sync:2
    bool cancelled = false;  // while the call was not answered yet
    std::string arn;         // empty until the call is answered
    Json name;               // of the job
  };
  using JobPointer = std::shared_ptr<Job>;

  Context context_for(const execution::TaskCall& call) const;
  Outcome<Context> context_for(const execution::MapRunCall& call, std::string_view error) const;
  void note_managed_rule(const Context& context, const JobKind& kind) const;
  void start_own(const execution::TaskCall& call, const Resource& resource, execution::TaskReports& reports);
  void start_sdk(const execution::TaskCall& call, const Resource& resource, execution::TaskReports& reports);
  void watch(const JobPointer& job, const Json& submitted);
  void await_execution(const JobPointer& job);
  void look(const JobPointer& job);
  void look_again(const JobPointer& job);
  void end(const JobPointer& job, const Json& description);
  void stop(const Job& job);
  void forget(const Job& job);
  void hear(const event::Event& event);

  Platform& platform_;
  const Front& front_;
  event::Bus::Subscription subscription_;
  std::mutex mutex_;
  std::map<execution::TaskKey, JobPointer> jobs_;
  std::multimap<std::string, JobPointer, std::less<>> jobs_by_arn_;
};

}  // namespace penstock::aws::integration
