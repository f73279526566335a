// compile(): Map states.

#include <algorithm>
#include <utility>

#include "core/pipeline/compiler.h"
#include "core/pipeline/map_label.h"

namespace penstock::pipeline {
namespace {

constexpr std::string_view get_object = "arn:aws:states:::s3:getObject";
constexpr std::string_view list_objects = "arn:aws:states:::s3:listObjectsV2";
constexpr std::string_view put_object = "arn:aws:states:::s3:putObject";
constexpr int64_t batch_bytes_max = 262'144;  // "MaxInputBytesPerBatch" in the developer guide

std::string one_of(std::initializer_list<std::string_view> values) {
  std::string text;
  for (std::string_view value : values) (text += text.empty() ? "" : ", ") += value;
  return "Value should be one of the following: [" + text + "]";
}

}  // namespace

MapState Compiler::read_map(const Json& source, const Place& place) {
  MapState map;
  if (check_one_of(source, place, {"ItemProcessor", "Iterator"}, true)) {
    std::string_view field = source.find("ItemProcessor") ? "ItemProcessor" : "Iterator";
    Place processor_place{&place, field};
    read_map_mode(source[field], processor_place, map);
    bool outer_express = std::exchange(express_items_, express_items_ || map.express_items);
    bool outer_distributed = std::exchange(distributed_items_, distributed_items_ || map.distributed);
    map.processor = read_workflow(source[field], processor_place);
    express_items_ = outer_express;
    distributed_items_ = outer_distributed;
  }
  read_items(source, place, map);
  map.max_concurrency = number_or_path(source, place, "MaxConcurrency", "MaxConcurrencyPath", 0, INT64_MAX);
  read_tolerance(source, place, map);
  read_label(source, place, map);
  read_reader(source, place, map);
  read_batcher(source, place, map);
  read_writer(source, place, map);
  bool newer = map.distributed && (distributed_items_ || (map.reader && map.items_path));
  program_->newer_language |= newer;
  if (map.distributed) return map;
  for (std::string_view field : {"ItemReader", "ItemBatcher", "ResultWriter"}) {
    if (source.find(field)) schema_error(place, field, "Field is only supported by Map states in DISTRIBUTED mode");
  }
  return map;
}

void Compiler::read_items(const Json& source, const Place& place, MapState& map) {
  if (state_jsonata_) {
    const Json* items = source.find("Items");
    bool fits = !items || items->is_array() || (map.distributed && items->is_object()) ||
                (items->is_string() && is_query(items->as_string()));
    if (!fits) schema_error(place, "Items", "Expected value of type Array");
    map.items = any_query_field(source, place, "Items");
    map.item_selector = any_query_field(source, place, "ItemSelector");
    return;
  }
  check_one_of(source, place, {"ItemSelector", "Parameters"}, false);
  map.items_path = path_field(source, place, "ItemsPath");
  map.item_selector = template_field(source, place, source.find("ItemSelector") ? "ItemSelector" : "Parameters");
}

void Compiler::read_map_mode(const Json& processor, const Place& place, MapState& map) {
  const Json* config = processor.find("ProcessorConfig");
  if (!config) return;
  Place config_place{&place, "ProcessorConfig"};
  if (!config->is_object()) return schema_error(config_place, "Expected value of type Object");
  const Json* mode = text_field(*config, config_place, "Mode");
  map.distributed = mode && mode->as_string() == "DISTRIBUTED";
  if (mode && !map.distributed && mode->as_string() != "INLINE") {
    schema_error(config_place, "Mode", "Value should be one of the following: [INLINE, DISTRIBUTED]");
  }
  if (map.distributed && is_express()) {
    schema_error(config_place, "Mode", "Express state machine does not support Map states in 'DISTRIBUTED' mode");
  }
  const Json* type = text_field(*config, config_place, "ExecutionType");
  if (map.distributed && !type) schema_error(config_place, "These fields are required: [ExecutionType]");
  map.express_items = map.distributed && type && type->as_string() == "EXPRESS";
  if (type && type->as_string() != "STANDARD" && type->as_string() != "EXPRESS") {
    schema_error(config_place, "ExecutionType", "Value should be one of the following: [STANDARD, EXPRESS]");
  }
}

void Compiler::read_tolerance(const Json& source, const Place& place, MapState& map) {
  map.tolerated_count =
      number_or_path(source, place, "ToleratedFailureCount", "ToleratedFailureCountPath", 0, INT64_MAX);
  check_one_of(source, place, {"ToleratedFailurePercentage", "ToleratedFailurePercentagePath"}, false);
  map.tolerated_percentage_path = path_field(source, place, "ToleratedFailurePercentagePath");
  map.tolerated_percentage_query = query_field(source, place, "ToleratedFailurePercentage");
  if (map.tolerated_percentage_query) return;
  const Json* percentage = source.find("ToleratedFailurePercentage");
  if (!percentage) return;
  if (!percentage->is_number())
    return schema_error(place, "ToleratedFailurePercentage", "Expected value of type Number");
  map.tolerated_percentage = percentage->as_double();
  if (*map.tolerated_percentage < 0 || *map.tolerated_percentage > 100) {
    schema_error(place, "ToleratedFailurePercentage", "Value must be between 0 and 100");
  }
}

void Compiler::read_label(const Json& source, const Place& place, MapState& map) {
  const Json* label = text_field(source, place, "Label");
  if (!label) return;
  map.label = label->as_string();
  std::string problem = map_label_problem(map.label);
  if (problem.empty()) return;
  diagnostics_.push_back({Diagnostic::Severity::error, invalid_label_code, problem, Place{&place, "Label"}.text()});
}

// A word that must be one of `values`; nothing when the field is absent or wrong.
const Json* Compiler::word_field(const Json& source, const Place& place, std::string_view field,
                                 std::initializer_list<std::string_view> values) {
  const Json* text = text_field(source, place, field);
  if (!text) return nullptr;
  if (std::find(values.begin(), values.end(), text->as_string()) != values.end()) return text;
  schema_error(place, field, one_of(values));
  return nullptr;
}

// The object in `field` of a Map state, its own fields checked; nothing when it is absent or wrong.
const Json* Compiler::object_field(const Json& source, const Place& place, std::string_view field,
                                   std::string_view allowed) {
  const Json* value = source.find(field);
  if (!value) return nullptr;
  Place inner{&place, field};
  if (!value->is_object()) return schema_error(inner, "Expected value of type Object"), nullptr;
  check_fields(*value, inner, {allowed});
  return value;
}

void Compiler::read_reader(const Json& source, const Place& place, MapState& map) {
  std::string_view parameters = state_jsonata_ ? "Arguments" : "Parameters";
  const Json* reader =
      object_field(source, place, "ItemReader",
                   state_jsonata_ ? "Resource Arguments ReaderConfig" : "Resource Parameters ReaderConfig");
  if (!reader) return;
  Place reader_place{&place, "ItemReader"};
  ItemReader& read = map.reader.emplace();
  if (const Json* resource = word_field(*reader, reader_place, "Resource", {get_object, list_objects})) {
    read.resource = resource->as_string();
  } else if (!reader->find("Resource")) {
    schema_error(reader_place, "These fields are required: [Resource]");
  }
  read.parameters = template_field(*reader, reader_place, parameters);
  constexpr std::string_view config_fields =
      "InputType CSVDelimiter CSVHeaderLocation CSVHeaders MaxItems MaxItemsPath ManifestType Transformation "
      "ItemsPointer";
  const Json* config = object_field(*reader, reader_place, "ReaderConfig", config_fields);
  if (config) read_reader_config(*config, Place{&reader_place, "ReaderConfig"}, read);
  if (!config && read.resource == get_object) {
    schema_error(reader_place, "These fields are required: [ReaderConfig]");
  }
}

void Compiler::read_reader_config(const Json& config, const Place& place, ItemReader& reader) {
  reader.config = config;
  reader.max_items = number_or_path(config, place, "MaxItems", "MaxItemsPath", 0, INT64_MAX);
  const Json* type = word_field(config, place, "InputType", {"CSV", "JSON", "JSONL", "PARQUET", "MANIFEST"});
  if (type && type->as_string() == "PARQUET") {
    refuse_unbuilt(place, "InputType", "PARQUET files are not read yet: use CSV, JSON, JSONL or MANIFEST");
  }
  word_field(config, place, "CSVDelimiter", {"COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"});
  const Json* manifest = word_field(config, place, "ManifestType", {"ATHENA_DATA", "S3_INVENTORY"});
  bool inventory = manifest && manifest->as_string() == "S3_INVENTORY";
  if (inventory && type && type->as_string() != "MANIFEST") {
    schema_error(place, "InputType", "InputType cannot be specified with the ManifestType S3_INVENTORY");
  }
  const Json* transformation = word_field(config, place, "Transformation", {"NONE", "LOAD_AND_FLATTEN"});
  bool loads = reader.resource == get_object || (transformation && transformation->as_string() == "LOAD_AND_FLATTEN");
  if (!config.find("InputType") && loads && !inventory) {
    schema_error(place, "These fields are required: [InputType]");
  }
  text_field(config, place, "ItemsPointer");
  bool csv = type && type->as_string() == "CSV";
  const Json* location = word_field(config, place, "CSVHeaderLocation", {"FIRST_ROW", "GIVEN"});
  if (csv && !config.find("CSVHeaderLocation")) {
    schema_error(place, "These fields are required: [CSVHeaderLocation]");
  }
  const Json* headers = config.find("CSVHeaders");
  if (location && location->as_string() == "GIVEN" && !headers) {
    schema_error(place, "These fields are required: [CSVHeaders]");
  }
  bool texts = !headers || (headers->is_array() && std::ranges::all_of(headers->items(), &Json::is_string));
  if (!texts) schema_error(place, "CSVHeaders", "Expected value of type Array of String");
}

void Compiler::read_batcher(const Json& source, const Place& place, MapState& map) {
  const Json* batcher =
      object_field(source, place, "ItemBatcher",
                   "BatchInput MaxItemsPerBatch MaxItemsPerBatchPath MaxInputBytesPerBatch MaxInputBytesPerBatchPath");
  if (!batcher) return;
  Place batcher_place{&place, "ItemBatcher"};
  ItemBatcher& read = map.batcher.emplace();
  read.items = number_or_path(*batcher, batcher_place, "MaxItemsPerBatch", "MaxItemsPerBatchPath", 1, INT64_MAX);
  read.bytes =
      number_or_path(*batcher, batcher_place, "MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath", 1, batch_bytes_max);
  read.input = template_field(*batcher, batcher_place, "BatchInput");
  auto given = [](const NumberOrPath& number) { return number.value || number.path || number.query; };
  if (!given(read.items) && !given(read.bytes)) {
    schema_error(batcher_place,
                 "This object should have at least one of the following fields: [MaxItemsPerBatch, "
                 "MaxItemsPerBatchPath, MaxInputBytesPerBatch, MaxInputBytesPerBatchPath]");
  }
}

void Compiler::read_writer(const Json& source, const Place& place, MapState& map) {
  std::string_view parameters = state_jsonata_ ? "Arguments" : "Parameters";
  const Json* writer =
      object_field(source, place, "ResultWriter",
                   state_jsonata_ ? "Resource Arguments WriterConfig" : "Resource Parameters WriterConfig");
  if (!writer) return;
  Place writer_place{&place, "ResultWriter"};
  ResultWriter& read = map.writer.emplace();
  if (const Json* resource = word_field(*writer, writer_place, "Resource", {put_object})) {
    read.resource = resource->as_string();
  }
  read.parameters = template_field(*writer, writer_place, parameters);
  if (writer->find("Resource") && !writer->find(parameters)) {
    schema_error(writer_place, "These fields are required: [" + std::string(parameters) + "]");
  }
  const Json* config = object_field(*writer, writer_place, "WriterConfig", "OutputType Transformation");
  if (!config && !writer->find("Resource")) {
    schema_error(writer_place,
                 "This object should have at least one of the following fields: [Resource, WriterConfig]");
  }
  if (!config) return;
  Place config_place{&writer_place, "WriterConfig"};
  read.config = *config;
  word_field(*config, config_place, "OutputType", {"JSON", "JSONL"});
  word_field(*config, config_place, "Transformation", {"NONE", "COMPACT", "FLATTEN"});
}

}  // namespace penstock::pipeline
