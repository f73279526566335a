// The fuzz targets: each feeds bytes, as a client could send them, to one reader of the product and checks what must
// hold whatever they are. A crash, a sanitizer's report or a broken assertion is a finding.
#pragma once

#include <string_view>

namespace penstock::fuzz {

struct Target {
  const char* name;  // its corpus: corpus/NAME.txt
  void (*run)(std::string_view bytes);
};

void json(std::string_view bytes);  // a JSON text
void jsonpath(
    std::string_view bytes);  // paths, reference paths, intrinsic calls and templates; after a zero byte the input
void jsonata(std::string_view bytes);   // an expression; after a zero byte its input
void asl(std::string_view bytes);       // a state machine; what compiles is run for a few steps
void protocol(std::string_view bytes);  // an HTTP request in any of the wire protocols, and its signature's fields
void chunked(std::string_view bytes);   // an aws-chunked body
void cloudformation(std::string_view bytes);  // a template's text, JSON or YAML
void event_pattern(std::string_view bytes);   // after a zero byte the event
void event_input(std::string_view bytes);     // a path into an event; after a zero byte an input transformer's template
void schedule(std::string_view bytes);        // cron(...), rate(...), at(...)
void policy(std::string_view bytes);          // an IAM policy document
void post_form(std::string_view bytes);       // a browser's upload: content type, line end, body
void log_filter(std::string_view bytes);      // a filter pattern of CloudWatch Logs; after a zero byte a line

inline constexpr Target targets[] = {
    {"json", json},
    {"jsonpath", jsonpath},
    {"jsonata", jsonata},
    {"asl", asl},
    {"protocol", protocol},
    {"chunked", chunked},
    {"cloudformation", cloudformation},
    {"event_pattern", event_pattern},
    {"event_input", event_input},
    {"schedule", schedule},
    {"policy", policy},
    {"post_form", post_form},
    {"log_filter", log_filter},
};

// Of the data kit (kit/), where it is built.
void csv(std::string_view bytes);
void json_lines(std::string_view bytes);
void recipe(std::string_view bytes);         // YAML
void recipe_state(std::string_view bytes);   // the JSON of a fitted recipe
void expression(std::string_view bytes);     // of a recipe
void constraints(std::string_view bytes);    // a constraints file
void baseline(std::string_view bytes);       // a saved baseline of drift
void training_rows(std::string_view bytes);  // RecordIO, LIBSVM
void model(std::string_view bytes);          // a model's parameters; an XGBoost file's release

inline constexpr Target kit_targets[] = {
    {"csv", csv},
    {"json_lines", json_lines},
    {"recipe", recipe},
    {"recipe_state", recipe_state},
    {"expression", expression},
    {"constraints", constraints},
    {"baseline", baseline},
    {"training_rows", training_rows},
    {"model", model},
};

// The bytes before and after the first zero byte.
struct Halves {
  std::string_view first;
  std::string_view second;
  bool both = false;
};
inline Halves halves(std::string_view bytes) {
  const size_t zero = bytes.find('\0');
  if (zero == std::string_view::npos) return {bytes, {}, false};
  return {bytes.substr(0, zero), bytes.substr(zero + 1), true};
}

}  // namespace penstock::fuzz
