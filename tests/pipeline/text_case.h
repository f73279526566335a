// A text test of the interpreter: tests/pipeline/cases/**/*.asl.test.
//
//   # What the case shows.
//   --- definition
//   {"StartAt": ...}
//   --- input            JSON text; "{}" when absent
//   --- type             EXPRESS; STANDARD when absent
//   --- script           what happens from outside, a line each:
//     3 started [WORKER]           task 3 (the id of its ...Scheduled event)
//     3 submitted JSON
//     3 succeeded JSON
//     3 failed [ERROR [CAUSE]]     also start-failed, submit-failed, schedule-failed
//     3 heartbeat
//     advance 5                    moves the clock and fires the timers that are due on the way
//     stop [ERROR [CAUSE]]
//     hold                         do not fire the remaining timers at the end of the script
//   --- diagnostics      expected: when the definition is refused
//   --- commands         expected: tasks scheduled and cancelled
//   --- history          expected
//   --- end              expected: status, output, error and cause
// With PENSTOCK_REWRITE=1 in the environment the test rewrites the expected sections of the files.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace penstock::pipeline {

struct TextCase {
  std::string path;
  std::string comment;
  std::vector<std::pair<std::string, std::string>> sections;  // name and content, in file order

  std::string section(const std::string& name) const;  // empty when absent
  void set_section(const std::string& name, std::string content);
};

TextCase read_text_case(const std::string& path);
std::string to_text(const TextCase& text_case);

}  // namespace penstock::pipeline
