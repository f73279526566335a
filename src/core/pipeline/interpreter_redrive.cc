// Redrive: what an unsuccessful execution leaves, and going on from it. Source: "Restarting state machine executions
// with redrive" in the Step Functions developer guide. A state that failed does its work again from its original entry,
// so no second ...StateEntered is written and its next event points back to the first one.
#include <algorithm>

#include "core/pipeline/interpreter_state.h"
#include "core/pipeline/packing.h"

namespace penstock::pipeline {

// All frames as they stand at the end. Express executions cannot be redriven; nor can one whose history is full.
std::string Interpreter::State::pack_remains() {
  std::string out;
  if (type() != MachineType::standard || events_exhausted) return out;
  std::vector<FrameId> ids;
  for (const auto& [id, frame] : frames) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  for (FrameId id : ids) {
    Frame& frame = *find(id);
    frame.next_frame = next_frame;
    frame.machine_due.reset();
    put_number(out, id);
    put_text(out, pack(frame));
  }
  return out;
}

Outcome<void> Interpreter::State::adopt_remains(std::string_view remains) {
  std::vector<FrameChange> changes;
  Unpacker in(remains);
  while (!in.at_end() && !in.failed()) {
    auto id = static_cast<FrameId>(in.number());
    changes.push_back({id, std::string(in.text())});
  }
  if (in.failed()) {
    return Error{"CorruptExecution", "What an execution left cannot be read; run 'penstock doctor' to check the store.",
                 500};
  }
  return adopt(changes);
}

Step Interpreter::State::redrive(Time at, Random& source, size_t events_max) {
  begin(at, source, events_max);
  for (auto& [id, frame] : frames) {
    frame->stored = false;
    touch(*frame);
  }
  Frame& root = *find(0);
  emit(EventType::execution_redriven, last_event_id,
       details_of(Detail{Field::redrive_count, Json(identity.redrive_count.value_or(0))}));
  set_machine_timer(root);
  revive(root);
  run();
  return end();
}

// The frame goes on when its turn comes: with a state that it had not entered yet, or with the one that failed.
void Interpreter::State::revive(Frame& frame) {
  if (frame.id != 0) ++find(frame.parent)->running;
  frame.retries.clear();
  frame.phase = frame.entered == 0 ? Phase::ready : Phase::again;
  if (frame.entered != 0) frame.previous = frame.entered;
  touch(frame);
  ready.insert(frame.id);
}

bool Interpreter::State::go_on(Frame& frame) {
  // A Fail state is entered again and fails again.
  if (frame.phase != Phase::again || std::holds_alternative<FailState>(spec_of(frame).kind)) return enter(frame);
  ++states_entered;
  frame.phase = Phase::ready;
  frame.before_entry = frame.entered;
  touch(frame);
  if (frame.map_run != 0) return redrive_map_run(frame);
  return frame.children.empty() ? work(frame, spec_of(frame)) : resume_children(frame);
}

// A Parallel or Map whose children are there: those that ended well keep their results, the others run again.
bool Interpreter::State::resume_children(Frame& frame) {
  const MapState* map = std::get_if<MapState>(&spec_of(frame).kind);
  frame.phase = Phase::children;
  frame.running = 0;
  frame.next_halted = 0;
  for (FrameId id : frame.children) {
    Frame& child = *find(id);
    if (child.phase != Phase::failed) continue;
    child.phase = Phase::halted;
    touch(child);
  }
  if (!map) {
    while (Frame* halted = next_halted(frame)) revive(*halted);
    return false;
  }
  if (Outcome<void> begun = start_iterations(frame, frame.previous); !begun) {
    abort_children(frame);
    return fail_state(frame, begun.error());
  }
  if (frame.running == 0) children_done(frame, frame.previous);
  return false;
}

Frame* Interpreter::State::next_halted(Frame& parent) {
  for (; parent.next_halted < parent.children.size(); ++parent.next_halted) {
    Frame& child = *find(parent.children[parent.next_halted]);
    if (child.phase == Phase::halted) return &child;
  }
  return nullptr;
}

}  // namespace penstock::pipeline
