// A model as an ONNX graph (opset 17, ai.onnx.ml 3), written as protobuf by hand: the few messages of onnx.proto3 that
// such a graph needs. Numbers are doubles throughout but for trees, which XGBoost has in single precision.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::learn {

class OnnxGraph {
 public:
  enum class Type { float32 = 1, int64 = 7, text = 8, boolean = 9, float64 = 11 };  // TensorProto.DataType

  // A value of N rows by `width`. Names of values are made here and returned, for use as inputs of nodes.
  std::string input(const std::string& name, Type type, size_t width);
  void output(const std::string& value, Type type, size_t width);
  std::string constant(std::span<const double> values, std::vector<int64_t> shape);
  std::string constant(double value) { return constant({&value, 1}, {1}); }
  std::string integers(std::span<const int64_t> values);

  // An attribute of a node.
  struct Attribute {
    std::string name;
    std::string encoded;  // AttributeProto without the name
  };
  static Attribute attribute(std::string name, int64_t value);
  static Attribute attribute(std::string name, std::string_view value);
  static Attribute attribute(std::string name, std::span<const int64_t> values);
  static Attribute attribute(std::string name, std::span<const float> values);
  static Attribute attribute(std::string name, std::span<const std::string> values);

  // Adds a node with one output; `result` names it when it is an output of the graph. domain: "" or "ai.onnx.ml".
  std::string node(std::string_view operation, std::vector<std::string> inputs, std::vector<Attribute> attributes = {},
                   std::string_view domain = {}, std::string result = {});
  std::string cast(const std::string& value, Type type, std::string result = {});

  // The file: a ModelProto.
  std::string serialize(std::string_view producer) const;

 private:
  std::string add_initializer(Type type, std::span<const int64_t> shape, std::string_view bytes);

  std::string nodes_, initializers_, inputs_, outputs_;  // repeated fields of GraphProto, encoded
  size_t made_ = 0;
};

}  // namespace penstock::learn
