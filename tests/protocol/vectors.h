// Between the generated tables of the vectors and the runner: how to read and write each operation.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "aws/protocol/codec.h"
#include "aws/protocol/json_codec.h"
#include "aws/protocol/operation.h"

namespace penstock::vectors {

// How the vectors spell values: the model's names, times in epoch seconds, blobs as text.
inline constexpr aws::JsonStyle style{aws::JsonStyle::Names::model, aws::JsonStyle::Times::unix_seconds, false};

struct Entry {
  std::string_view name;
  const aws::OperationModel* model = nullptr;
  Outcome<Json> (*read)(aws::Protocol protocol, aws::HttpRequest& request, const aws::Labels& labels) = nullptr;
  Outcome<aws::HttpResponse> (*write)(const aws::Exchange& exchange, const Json& result) = nullptr;
};

template <class X>
Outcome<Json> read(aws::Protocol protocol, aws::HttpRequest& request, const aws::Labels& labels) {
  typename X::Input input;
  auto done = aws::read_request(protocol, X::model, request, labels, &input);
  if (!done.ok()) return std::move(done.error());
  return aws::to_json(input, style);
}

template <class X>
Outcome<aws::HttpResponse> write(const aws::Exchange& exchange, const Json& result) {
  typename X::Output output;
  aws::Validation validation;
  auto done = aws::from_json(X::Output::table, result, &output, validation, style);
  if (!done.ok()) return std::move(done.error());
  return aws::write_response(exchange, X::model, &output);
}

template <class X>
Entry entry(std::string_view name) {
  return {name, &X::model, read<X>, write<X>};
}

std::vector<Entry> services();  // of the real models
std::vector<Entry> input_json();
std::vector<Entry> input_json_1_0();
std::vector<Entry> input_json_1_0_query_compatible();
std::vector<Entry> input_query();
std::vector<Entry> input_rest_json();
std::vector<Entry> input_rest_xml();
std::vector<Entry> output_json();
std::vector<Entry> output_json_1_0();
std::vector<Entry> output_json_1_0_query_compatible();
std::vector<Entry> output_query();
std::vector<Entry> output_rest_json();
std::vector<Entry> output_rest_xml();

}  // namespace penstock::vectors
