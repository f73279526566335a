#include "core/pipeline/frame.h"

#include "core/pipeline/packing.h"

namespace penstock::pipeline {
namespace {

constexpr char format_version = 1;

// Which optional parts follow the fixed ones: of a frame, and of its task.
constexpr uint64_t has_task = 1, has_due = 2, has_machine_due = 4, has_variables = 8, has_result = 16,
                   has_children = 64, has_retries = 128, has_items = 256, has_map_run_redrives = 512,
                   has_map_run = 1024;
constexpr uint64_t is_started = 1, is_submitted = 2, has_token = 4, has_credentials = 8, has_timeout = 16,
                   has_heartbeat = 32, has_timeout_due = 64, has_heartbeat_due = 128;

uint64_t part(bool given, uint64_t bit) {
  return given ? bit : 0;
}

void put_json(std::string& out, const Json& value) {
  put_text(out, to_string(value));
}

void put_task(std::string& out, const OpenTask& task) {
  put_number(out, part(task.started, is_started) | part(!task.submitted.is_null(), is_submitted) |
                      part(!task.token.empty(), has_token) | part(!task.credentials.is_null(), has_credentials) |
                      part(task.timeout_seconds.has_value(), has_timeout) |
                      part(task.heartbeat_seconds.has_value(), has_heartbeat) |
                      part(task.timeout_due.has_value(), has_timeout_due) |
                      part(task.heartbeat_due.has_value(), has_heartbeat_due));
  put_signed(out, task.id);
  put_json(out, task.parameters);
  if (!task.submitted.is_null()) put_json(out, task.submitted);
  if (!task.token.empty()) put_text(out, task.token);
  if (!task.credentials.is_null()) put_json(out, task.credentials);
  if (task.timeout_seconds) put_signed(out, *task.timeout_seconds);
  if (task.heartbeat_seconds) put_signed(out, *task.heartbeat_seconds);
  if (task.timeout_due) put_signed(out, task.timeout_due->microseconds);
  if (task.heartbeat_due) put_signed(out, task.heartbeat_due->microseconds);
}

OpenTask read_task(Unpacker& in) {
  OpenTask task;
  uint64_t parts = in.number();
  task.started = parts & is_started;
  task.id = in.signed_number();
  task.parameters = in.json();
  if (parts & is_submitted) task.submitted = in.json();
  if (parts & has_token) task.token = in.text();
  if (parts & has_credentials) task.credentials = in.json();
  if (parts & has_timeout) task.timeout_seconds = in.signed_number();
  if (parts & has_heartbeat) task.heartbeat_seconds = in.signed_number();
  if (parts & has_timeout_due) task.timeout_due = Time{in.signed_number()};
  if (parts & has_heartbeat_due) task.heartbeat_due = Time{in.signed_number()};
  return task;
}

// Its children are there, or will be after a redrive.
bool holds_children(const Frame& frame) {
  return frame.phase == Phase::children || frame.phase == Phase::failed || frame.phase == Phase::halted ||
         frame.phase == Phase::again || frame.phase == Phase::map_run;
}

uint64_t parts_of(const Frame& frame) {
  bool retries = false;
  for (uint32_t count : frame.retries) retries = retries || count > 0;
  return part(frame.task.has_value(), has_task) | part(frame.due.has_value(), has_due) |
         part(frame.machine_due.has_value(), has_machine_due) | part(!frame.own_variables.is_null(), has_variables) |
         part(frame.phase == Phase::succeeded, has_result) | part(frame.map_run != 0, has_map_run) |
         part(holds_children(frame), has_children) | part(retries, has_retries) |
         part(holds_children(frame) && frame.keeps_items && frame.items.is_array(), has_items) |
         part(holds_children(frame) && frame.map_run_redrives != 0, has_map_run_redrives);
}

}  // namespace

std::string pack(const Frame& frame) {
  std::string out;
  uint64_t parts = parts_of(frame);
  out.push_back(format_version);
  put_number(out, parts);
  put_number(out, frame.parent);
  put_number(out, 0);  // was another frame's id in older versions
  put_number(out, frame.next_frame);
  put_number(out, frame.index);
  put_number(out, frame.workflow);
  put_number(out, frame.state);
  out.push_back(static_cast<char>(frame.phase));
  put_signed(out, frame.previous);
  put_signed(out, frame.entered);
  put_signed(out, frame.entered_at.microseconds);
  put_text(out, frame.phase == Phase::succeeded ? std::string_view("null") : frame.input.text().as_string());
  if (parts & has_task) put_task(out, *frame.task);
  if (parts & has_due) put_signed(out, frame.due->microseconds);
  if (parts & has_machine_due) put_signed(out, frame.machine_due->microseconds);
  if (parts & has_variables) put_json(out, frame.own_variables);
  if (parts & has_result) put_json(out, frame.result);
  if (parts & has_children) {
    put_signed(out, frame.concurrency);
    put_text(out, frame.map_run_arn);
  }
  if (parts & has_items) put_json(out, frame.items);
  if (parts & has_retries) {
    put_number(out, frame.retries.size());
    for (uint32_t count : frame.retries) put_number(out, count);
  }
  if (parts & has_map_run_redrives) put_number(out, frame.map_run_redrives);
  if (parts & has_map_run) {
    put_signed(out, frame.map_run);
    put_json(out, frame.map_run_plan);
  }
  return out;
}

Outcome<Frame> unpack(FrameId id, std::string_view bytes) {
  Unpacker in(bytes);
  Frame frame;
  frame.id = id;
  if (in.byte() != static_cast<uint8_t>(format_version)) in.fail();
  uint64_t parts = in.number();
  frame.parent = static_cast<FrameId>(in.number());
  if (in.number() != 0) in.fail();
  frame.next_frame = static_cast<FrameId>(in.number());
  frame.index = static_cast<uint32_t>(in.number());
  frame.workflow = static_cast<WorkflowIndex>(in.number());
  frame.state = static_cast<StateIndex>(in.number());
  uint8_t phase = in.byte();
  if (phase > static_cast<uint8_t>(Phase::map_run)) in.fail();
  frame.phase = static_cast<Phase>(phase);
  frame.previous = in.signed_number();
  frame.entered = in.signed_number();
  frame.entered_at = Time{in.signed_number()};
  std::string_view input = in.text();
  Outcome<Json> value = parse_json(in.failed() ? std::string_view("null") : input);
  if (value)
    frame.input = Payload(std::move(*value), input);
  else
    in.fail();
  if (parts & has_task) frame.task = read_task(in);
  if (parts & has_due) frame.due = Time{in.signed_number()};
  if (parts & has_machine_due) frame.machine_due = Time{in.signed_number()};
  if (parts & has_variables) frame.own_variables = in.json();
  if (parts & has_result) frame.result = in.json();
  if (parts & has_children) {
    frame.concurrency = in.signed_number();
    frame.map_run_arn = in.text();
  }
  if (parts & has_items) {
    frame.keeps_items = true;
    frame.items = in.json();
    frame.work_input = frame.input.value();
    if (!frame.items.is_array()) in.fail();
  }
  if (parts & has_retries) {
    uint64_t count = in.number();
    for (uint64_t i = 0; i < count && !in.failed(); ++i) frame.retries.push_back(static_cast<uint32_t>(in.number()));
  }
  if (parts & has_map_run_redrives) frame.map_run_redrives = static_cast<uint32_t>(in.number());
  if (parts & has_map_run) {
    frame.map_run = in.signed_number();
    frame.map_run_plan = in.json();
  }
  if (in.failed() || !in.at_end()) {
    return Error{"CorruptExecution",
                 "A frame of an execution cannot be read; run 'penstock doctor' to check the store.", 500};
  }
  frame.stored = true;
  return frame;
}

}  // namespace penstock::pipeline
