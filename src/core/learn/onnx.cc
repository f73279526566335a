#include "core/learn/onnx.h"

#include <fmt/format.h>

#include <cstring>

namespace penstock::learn {
namespace {

// Protobuf's wire format: a field is its number and kind, then a varint or a length and bytes.
void append_varint(std::string& out, uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

void append_integer(std::string& out, int field, int64_t value) {
  append_varint(out, static_cast<uint64_t>(field) << 3);
  append_varint(out, static_cast<uint64_t>(value));
}

void append_bytes(std::string& out, int field, std::string_view bytes) {
  append_varint(out, static_cast<uint64_t>(field) << 3 | 2);
  append_varint(out, bytes.size());
  out += bytes;
}

void append_float(std::string& out, int field, float value) {
  append_varint(out, static_cast<uint64_t>(field) << 3 | 5);
  char bytes[4];
  std::memcpy(bytes, &value, 4);
  out.append(bytes, 4);
}

// Field numbers of onnx.proto3.
namespace model_proto {
constexpr int ir_version = 1, producer = 2, graph = 7, opset = 8;
}
namespace opset_proto {
constexpr int domain = 1, version = 2;
}
namespace graph_proto {
constexpr int node = 1, name = 2, initializer = 5, input = 11, output = 12;
}
namespace node_proto {
constexpr int input = 1, output = 2, name = 3, operation = 4, attribute = 5, domain = 7;
}
namespace attribute_proto {
constexpr int name = 1, i = 3, s = 4, floats = 7, ints = 8, strings = 9, type = 20;
}
namespace tensor_proto {
constexpr int dims = 1, data_type = 2, name = 8, raw_data = 9;
}
enum AttributeType { one_int = 2, one_string = 3, many_floats = 6, many_ints = 7, many_strings = 8 };

// ValueInfoProto of rows by width; the number of rows is open.
std::string value_info(const std::string& name, OnnxGraph::Type type, size_t width) {
  std::string rows, columns, shape, tensor, type_proto, info;
  append_bytes(rows, 2, "rows");
  append_integer(columns, 1, static_cast<int64_t>(width));
  append_bytes(shape, 1, rows);
  append_bytes(shape, 1, columns);
  append_integer(tensor, 1, static_cast<int64_t>(type));
  append_bytes(tensor, 2, shape);
  append_bytes(type_proto, 1, tensor);
  append_bytes(info, 1, name);
  append_bytes(info, 2, type_proto);
  return info;
}

OnnxGraph::Attribute typed(std::string name, std::string encoded, AttributeType type) {
  append_integer(encoded, attribute_proto::type, type);
  return {std::move(name), std::move(encoded)};
}

template <class T>
std::string_view bytes_of(std::span<const T> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

}  // namespace

std::string OnnxGraph::input(const std::string& name, Type type, size_t width) {
  append_bytes(inputs_, graph_proto::input, value_info(name, type, width));
  return name;
}

void OnnxGraph::output(const std::string& value, Type type, size_t width) {
  append_bytes(outputs_, graph_proto::output, value_info(value, type, width));
}

std::string OnnxGraph::add_initializer(Type type, std::span<const int64_t> shape, std::string_view bytes) {
  std::string name = fmt::format("c{}", made_++), tensor;
  for (const int64_t size : shape) append_integer(tensor, tensor_proto::dims, size);
  append_integer(tensor, tensor_proto::data_type, static_cast<int64_t>(type));
  append_bytes(tensor, tensor_proto::name, name);
  append_bytes(tensor, tensor_proto::raw_data, bytes);
  append_bytes(initializers_, graph_proto::initializer, tensor);
  return name;
}

std::string OnnxGraph::constant(std::span<const double> values, std::vector<int64_t> shape) {
  return add_initializer(Type::float64, shape, bytes_of(values));
}

std::string OnnxGraph::integers(std::span<const int64_t> values) {
  const int64_t count = static_cast<int64_t>(values.size());
  return add_initializer(Type::int64, {&count, 1}, bytes_of(values));
}

OnnxGraph::Attribute OnnxGraph::attribute(std::string name, int64_t value) {
  std::string encoded;
  append_integer(encoded, attribute_proto::i, value);
  return typed(std::move(name), std::move(encoded), one_int);
}

OnnxGraph::Attribute OnnxGraph::attribute(std::string name, std::string_view value) {
  std::string encoded;
  append_bytes(encoded, attribute_proto::s, value);
  return typed(std::move(name), std::move(encoded), one_string);
}

OnnxGraph::Attribute OnnxGraph::attribute(std::string name, std::span<const int64_t> values) {
  std::string encoded;
  for (const int64_t value : values) append_integer(encoded, attribute_proto::ints, value);
  return typed(std::move(name), std::move(encoded), many_ints);
}

OnnxGraph::Attribute OnnxGraph::attribute(std::string name, std::span<const float> values) {
  std::string encoded;
  for (const float value : values) append_float(encoded, attribute_proto::floats, value);
  return typed(std::move(name), std::move(encoded), many_floats);
}

OnnxGraph::Attribute OnnxGraph::attribute(std::string name, std::span<const std::string> values) {
  std::string encoded;
  for (const std::string& value : values) append_bytes(encoded, attribute_proto::strings, value);
  return typed(std::move(name), std::move(encoded), many_strings);
}

std::string OnnxGraph::node(std::string_view operation, std::vector<std::string> inputs,
                            std::vector<Attribute> attributes, std::string_view domain, std::string result) {
  if (result.empty()) result = fmt::format("v{}", made_++);
  std::string encoded;
  for (const std::string& input : inputs) append_bytes(encoded, node_proto::input, input);
  append_bytes(encoded, node_proto::output, result);
  append_bytes(encoded, node_proto::name, "make_" + result);
  append_bytes(encoded, node_proto::operation, operation);
  for (const Attribute& attribute : attributes) {
    std::string whole;
    append_bytes(whole, attribute_proto::name, attribute.name);
    append_bytes(encoded, node_proto::attribute, whole + attribute.encoded);
  }
  if (!domain.empty()) append_bytes(encoded, node_proto::domain, domain);
  append_bytes(nodes_, graph_proto::node, encoded);
  return result;
}

std::string OnnxGraph::cast(const std::string& value, Type type, std::string result) {
  return node("Cast", {value}, {attribute("to", static_cast<int64_t>(type))}, {}, std::move(result));
}

std::string OnnxGraph::serialize(std::string_view producer) const {
  std::string graph = nodes_;
  append_bytes(graph, graph_proto::name, "penstock");
  graph += initializers_ + inputs_ + outputs_;
  std::string model;
  append_integer(model, model_proto::ir_version, 8);
  append_bytes(model, model_proto::producer, producer);
  append_bytes(model, model_proto::graph, graph);
  for (const auto& [domain, version] : {std::pair<std::string_view, int64_t>{"", 17}, {"ai.onnx.ml", 3}}) {
    std::string opset;
    append_bytes(opset, opset_proto::domain, domain);
    append_integer(opset, opset_proto::version, version);
    append_bytes(model, model_proto::opset, opset);
  }
  return model;
}

}  // namespace penstock::learn
