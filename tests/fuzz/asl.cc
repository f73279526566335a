#include "base/assert.h"
#include "core/pipeline/interpreter.h"
#include "targets.h"

namespace penstock::fuzz {

using namespace pipeline;

namespace {

constexpr int facts_max = 12;
constexpr size_t step_events_max = 100;

Identity identity() {
  Identity some;
  some.execution_arn = "arn:aws:states:us-east-1:123456789012:execution:m:e";
  some.execution_name = "e";
  some.machine_arn = "arn:aws:states:us-east-1:123456789012:stateMachine:m";
  some.machine_name = "m";
  some.role_arn = "arn:aws:iam::123456789012:role/r";
  some.input = R"({"n":1,"s":1,"l":[1,2,3],"t":"x","o":{"k":[{"v":2.50}]}})";
  return some;
}

// Answers what stands open: every third task and map run fails, the other tasks give what they got and the other runs
// their results; timers fire.
Fact answer(const Command& command, int turn) {
  if (const auto* task = std::get_if<ScheduleTask>(&command)) {
    if (turn % 3 == 2) return TaskFailed{task->task, "E", "because", TaskFailed::Stage::run};
    return TaskSucceeded{task->task, task->parameters};
  }
  if (const auto* map = std::get_if<StartMapRun>(&command)) {
    MapRunEnded ended{.run = map->run, .succeeded = turn % 3 != 2, .output = Json::array(), .error = {}, .cause = {}};
    if (!ended.succeeded) ended.error = "E";
    return ended;
  }
  return TimerFired{std::get<SetTimer>(command).timer};
}

void run(const std::shared_ptr<const Program>& program) {
  SeededRandom random(1);
  Time now{1'510'067'557'121'000};
  Interpreter interpreter(program, identity());
  Step step = interpreter.start(now, random, step_events_max);
  for (int turn = 0; turn < facts_max && !interpreter.finished(); ++turn) {
    if (interpreter.runnable()) {
      step = interpreter.apply(Resume{}, now, random, step_events_max);
      continue;
    }
    const std::vector<Command> open = interpreter.pending();
    PENSTOCK_ASSERT(!open.empty());  // else nothing would ever happen again
    step = interpreter.apply(answer(open.front(), turn), now, random, step_events_max);
    now = Time{now.microseconds + 1'000'000};
  }
}

}  // namespace

// A definition is compiled or refused with a reason; one that compiles runs, and always waits for something.
void asl(std::string_view bytes) {
  for (const MachineType type : {MachineType::standard, MachineType::express}) {
    CompileOptions options;
    options.type = type;
    const Compiled compiled = compile(bytes, options);
    if (!compiled.program) {
      PENSTOCK_ASSERT(!invalid_definition_message(compiled.diagnostics, bytes).empty());
      continue;
    }
    PENSTOCK_ASSERT(machine_type(*compiled.program) == type);
    (void)variable_references(*compiled.program);
    run(compiled.program);
  }
}

}  // namespace penstock::fuzz
