#include "aws/integration/map_items.h"

#include <deque>
#include <utility>

#include "aws/integration/answer.h"
#include "aws/integration/content.h"
#include "aws/integration/native_call.h"
#include "base/encoding.h"
#include "models/s3/listing.h"
#include "models/s3/object.h"

namespace penstock::aws::integration {
namespace {

using execution::ItemFormat;
using execution::ItemSource;
using s3::GetObject;
using s3::GetObjectInput;
using s3::GetObjectOutput;
using s3::ListObjectsV2;
using s3::ListObjectsV2Input;
using s3::ListObjectsV2Output;
using SourceOutcome = Outcome<std::unique_ptr<ItemSource>>;

Error reader_failed(std::string cause) {
  return {"States.ItemReaderFailed", std::move(cause)};
}

// An error of S3 in the words of the SDK that Step Functions reads with.
Error failed_call(const OperationModel& operation, const Error& error, const Context& context) {
  return reader_failed(sdk_error(*operation.service, error, context.request_id).cause);
}

// `reader`: MapRunPlan::reader.
ItemFormat format_of(const Json& reader) {
  const Json& config = reader["config"];
  ItemFormat format;
  std::string_view type = config.text("InputType");
  if (type == "CSV") format.kind = ItemFormat::Kind::csv;
  if (type == "JSONL") format.kind = ItemFormat::Kind::json_lines;
  std::string_view delimiter = config.text("CSVDelimiter", "COMMA");
  if (delimiter == "PIPE") format.delimiter = '|';
  if (delimiter == "SEMICOLON") format.delimiter = ';';
  if (delimiter == "SPACE") format.delimiter = ' ';
  if (delimiter == "TAB") format.delimiter = '\t';
  format.headers_given = config.text("CSVHeaderLocation") == "GIVEN";
  const Json& headers = config["CSVHeaders"];
  for (size_t i = 0; format.headers_given && i < headers.size(); ++i) {
    format.headers.emplace_back(headers[i].as_string());
  }
  format.pointer = config.text("ItemsPointer");
  format.objects = reader["objects"] == Json(true);
  return format;
}

template <class Input>
Outcome<Input> input_of(const Json& parameters) {
  Input input;
  Validation validation;
  Outcome<void> read = from_json(Input::table, parameters, &input, validation, JsonStyle::states());
  if (!read) return reader_failed(read.error().message);
  if (!validation.ok()) return validation.error("States.ItemReaderFailed");
  return input;
}

// Reads objects as the execution's role.
class Reader {
 public:
  Reader(const Front& front, const Context& context) : front_(front), context_(context) {}

  // Compressed objects are told by their names. Source: "Contents of the ItemReader field" in the developer guide.
  Outcome<std::unique_ptr<execution::ByteSource>> open(GetObjectInput input) {
    bool packed = input.key.ends_with(".gz") || input.key.ends_with(".zst") || input.key.ends_with(".zstd");
    Outcome<GetObjectOutput> answer = call_and_wait<GetObject>(front_, context_, std::move(input));
    if (!answer) return failed_call(GetObject::model, answer.error(), context_);
    Outcome<std::unique_ptr<execution::ByteSource>> bytes =
        open_content(context_.platform.disk, std::move(answer->body));
    if (!bytes) return reader_failed(bytes.error().message);
    if (packed) return unpacked(std::move(*bytes));
    return bytes;
  }

  SourceOutcome open_items(GetObjectInput input, ItemFormat format) {
    std::string name = "S3://" + input.bucket + "/" + input.key;
    Outcome<std::unique_ptr<execution::ByteSource>> bytes = open(std::move(input));
    if (!bytes) return bytes.error();
    return execution::read_items(std::move(*bytes), std::move(format), std::move(name));
  }

  Outcome<ListObjectsV2Output> list(ListObjectsV2Input input) {
    Outcome<ListObjectsV2Output> answer = call_and_wait<ListObjectsV2>(front_, context_, std::move(input));
    if (!answer) return failed_call(ListObjectsV2::model, answer.error(), context_);
    return answer;
  }

 private:
  const Front& front_;
  Context context_;
};

// ---- listObjectsV2

Json shown(const s3::Object& object) {
  Json item = Json::object();
  if (object.e_tag) item.set("Etag", *object.e_tag);
  if (object.last_modified) item.set("LastModified", object.last_modified->microseconds / 1'000'000);
  if (object.key) item.set("Key", *object.key);
  if (object.size) item.set("Size", *object.size);
  if (object.storage_class) item.set("StorageClass", *object.storage_class);
  return item;
}

class ListedObjects final : public ItemSource {
 public:
  ListedObjects(Reader reader, ListObjectsV2Input input) : reader_(std::move(reader)), input_(std::move(input)) {}

  std::string name() const override { return "S3://" + input_.bucket; }

  Outcome<std::optional<Json>> next() override {
    while (page_.empty() && !at_end_) {
      Outcome<ListObjectsV2Output> answer = reader_.list(input_);
      if (!answer) return answer.error();
      if (answer->contents) page_.assign(answer->contents->begin(), answer->contents->end());
      at_end_ = !answer->is_truncated.value_or(false);
      input_.continuation_token = answer->next_continuation_token;
    }
    if (page_.empty()) return std::optional<Json>();
    Json item = shown(page_.front());
    page_.pop_front();
    return std::optional<Json>(std::move(item));
  }

 private:
  Reader reader_;
  ListObjectsV2Input input_;
  std::deque<s3::Object> page_;
  bool at_end_ = false;
};

// Items of several objects, one object after the other: what `open_next` gives until it gives none.
class ChainedItems final : public ItemSource {
 public:
  using OpenNext = std::function<SourceOutcome()>;  // null: no more
  explicit ChainedItems(OpenNext open_next) : open_next_(std::move(open_next)) {}

  std::string name() const override { return current_ ? current_->name() : std::string(); }

  Outcome<std::optional<Json>> next() override {
    for (;;) {
      if (!current_) {
        SourceOutcome opened = open_next_();
        if (!opened) return opened.error();
        current_ = std::move(*opened);
        if (!current_) return std::optional<Json>();
      }
      Outcome<std::optional<Json>> item = current_->next();
      if (!item || *item) return item;
      current_.reset();
    }
  }

 private:
  OpenNext open_next_;
  std::unique_ptr<ItemSource> current_;
};

// Transformation LOAD_AND_FLATTEN: the items in the listed objects.
std::unique_ptr<ItemSource> loaded_objects(Reader reader, std::unique_ptr<ItemSource> listed, std::string bucket,
                                           ItemFormat format) {
  auto objects = std::shared_ptr<ItemSource>(std::move(listed));
  auto open_next = [reader, objects, bucket = std::move(bucket),
                    format = std::move(format)]() mutable -> SourceOutcome {
    Outcome<std::optional<Json>> object = objects->next();
    if (!object) return object.error();
    if (!*object) return std::unique_ptr<ItemSource>();
    GetObjectInput input;
    input.bucket = bucket;
    input.key = (*object)->text("Key");
    return reader.open_items(std::move(input), format);
  };
  return std::make_unique<ChainedItems>(std::move(open_next));
}

// ---- manifests of Athena's UNLOAD: a CSV file without headers whose rows are the URIs of the data objects

SourceOutcome open_unloaded(Reader reader, GetObjectInput input, ItemFormat format) {
  ItemFormat rows;
  rows.kind = ItemFormat::Kind::csv;
  rows.headers_given = true;
  rows.headers = {"uri"};
  SourceOutcome opened = reader.open_items(std::move(input), std::move(rows));
  if (!opened) return opened;
  auto open_next = [reader, format = std::move(format),
                    manifest = std::shared_ptr<ItemSource>(std::move(*opened))]() mutable -> SourceOutcome {
    Outcome<std::optional<Json>> row = manifest->next();
    if (!row) return row.error();
    if (!*row) return std::unique_ptr<ItemSource>();
    constexpr std::string_view scheme = "s3://";
    std::string_view uri = (*row)->text("uri");
    size_t slash = uri.find('/', scheme.size());
    if (!uri.starts_with(scheme) || slash == std::string_view::npos) {
      return reader_failed("The manifest names '" + std::string(uri) + "', which is not an S3 URI.");
    }
    GetObjectInput object;
    object.bucket = uri.substr(scheme.size(), slash - scheme.size());
    object.key = uri.substr(slash + 1);
    return reader.open_items(std::move(object), format);
  };
  return {std::make_unique<ChainedItems>(std::move(open_next))};
}

// ---- manifests of S3 Inventory

// "Bucket, Key, Size" -> the headers of the CSV files.
std::vector<std::string> schema_of(const Json& manifest) {
  std::vector<std::string> headers;
  for (std::string_view name : split(manifest.text("fileSchema"), ',')) headers.emplace_back(trim(name));
  return headers;
}

Outcome<Json> read_manifest(Reader& reader, GetObjectInput input) {
  Outcome<std::unique_ptr<execution::ByteSource>> bytes = reader.open(std::move(input));
  if (!bytes) return bytes.error();
  std::string text;
  char buffer[16 * 1024];
  for (;;) {
    Outcome<size_t> count = (*bytes)->read(buffer, sizeof buffer);
    if (!count) return reader_failed(count.error().message);
    if (*count == 0) break;
    text.append(buffer, *count);
    if (text.size() > execution::item_bytes_max) return reader_failed("The manifest is larger than 10 MB.");
  }
  Outcome<Json> manifest = parse_json(text);
  if (!manifest) return reader_failed("The manifest cannot be read: " + manifest.error().message);
  if (!(*manifest)["files"].is_array()) return reader_failed("The manifest of an S3 inventory has a list 'files'.");
  if (manifest->text("fileFormat") == "CSV") return manifest;
  return reader_failed("S3 inventories are read in the format CSV; this one is in the format '" +
                       std::string(manifest->text("fileFormat")) + "'.");
}

// Keys in an inventory are percent-encoded.
class InventoryItems final : public ItemSource {
 public:
  explicit InventoryItems(std::unique_ptr<ItemSource> rows) : rows_(std::move(rows)) {}
  std::string name() const override { return rows_->name(); }
  Outcome<std::optional<Json>> next() override {
    Outcome<std::optional<Json>> row = rows_->next();
    if (row && *row && (*row)->find("Key")) (*row)->set("Key", uri_decode((*row)->text("Key"), true));
    return row;
  }

 private:
  std::unique_ptr<ItemSource> rows_;
};

SourceOutcome open_inventory(Reader reader, GetObjectInput input) {
  std::string manifest_bucket = input.bucket;
  Outcome<Json> manifest = read_manifest(reader, std::move(input));
  if (!manifest) return manifest.error();
  // "arn:aws:s3:::bucket", or none: then the files lie beside the manifest.
  std::string_view destination = manifest->text("destinationBucket");
  std::string bucket =
      destination.empty() ? manifest_bucket : std::string(destination.substr(destination.rfind(':') + 1));
  ItemFormat format;
  format.kind = ItemFormat::Kind::csv;
  format.headers_given = true;
  format.headers = schema_of(*manifest);
  auto open_next = [reader, bucket, format, files = (*manifest)["files"],
                    place = size_t{0}]() mutable -> SourceOutcome {
    if (place == files.size()) return std::unique_ptr<ItemSource>();
    GetObjectInput file;
    file.bucket = bucket;
    file.key = files[place++].text("key");
    return reader.open_items(std::move(file), format);
  };
  return {std::make_unique<InventoryItems>(std::make_unique<ChainedItems>(std::move(open_next)))};
}

}  // namespace

Outcome<Json> items_in_text(const Json& reader, std::string text) {
  std::unique_ptr<ItemSource> source = execution::read_items(held_bytes(std::move(text)), format_of(reader), {});
  std::vector<Json> items;
  for (;;) {
    Outcome<std::optional<Json>> item = source->next();
    if (!item) return item.error();
    if (!*item) return Json(std::move(items));
    items.push_back(std::move(**item));
  }
}

SourceOutcome open_map_items(const Front& front, const Context& context, const Json& plan) {
  Reader reader(front, context);
  const Json& config = plan["config"];
  if (plan.text("resource").ends_with(":s3:listObjectsV2")) {
    Outcome<ListObjectsV2Input> input = input_of<ListObjectsV2Input>(plan["parameters"]);
    if (!input) return input.error();
    std::string bucket = input->bucket;
    auto listed = std::make_unique<ListedObjects>(reader, std::move(*input));
    if (config.text("Transformation") != "LOAD_AND_FLATTEN") return {std::move(listed)};
    return loaded_objects(reader, std::move(listed), std::move(bucket), format_of(plan));
  }
  Outcome<GetObjectInput> input = input_of<GetObjectInput>(plan["parameters"]);
  if (!input) return input.error();
  if (config.text("ManifestType") == "ATHENA_DATA") return open_unloaded(reader, std::move(*input), format_of(plan));
  bool inventory = config.text("InputType") == "MANIFEST" || config.text("ManifestType") == "S3_INVENTORY";
  if (inventory) return open_inventory(reader, std::move(*input));
  return reader.open_items(std::move(*input), format_of(plan));
}

}  // namespace penstock::aws::integration
