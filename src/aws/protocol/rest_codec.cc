#include "aws/protocol/rest_codec.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/protocol/json_codec.h"
#include "aws/protocol/scalar.h"
#include "aws/protocol/stream_out.h"
#include "aws/protocol/xml_codec.h"
#include "base/encoding.h"
#include "base/limits.h"

namespace penstock::aws {
namespace {

constexpr std::string_view malformed_xml =
    "The XML you provided was not well-formed or did not validate against our published schema";
// White space in keys and tag values is kept; XML's own line-end rule applies.
constexpr unsigned xml_options = pugi::parse_default | pugi::parse_ws_pcdata_single;

class RestReader {
 public:
  RestReader(Protocol protocol, const OperationModel& operation, HttpRequest& request, const Labels& labels)
      : protocol_(protocol), operation_(operation), request_(request), labels_(labels) {}

  Outcome<void> read(void* input);

 private:
  bool read_bound(const Member& member, void* input, bool& present);
  bool read_header(const Member& member, void* input, bool& present);
  bool read_prefixed_headers(const Member& member, void* input, bool& present);
  bool read_query_member(const Member& member, void* input, bool& present);
  bool read_query_map(const Member& member, void* input, bool& present);
  bool read_texts(const Member& member, const std::vector<std::string>& texts, void* value, TimestampFormat times);
  Outcome<void> read_body(void* input, SeenMembers& seen);
  Outcome<void> read_json_body(const Member& use, void* value);
  Outcome<void> read_xml_body(const Member& use, void* value, const ValuePath& path, SeenMembers& seen);
  Outcome<void> result() const;

  Protocol protocol_;
  const OperationModel& operation_;
  HttpRequest& request_;
  const Labels& labels_;
  std::vector<std::pair<std::string, std::string>> query_;
  Validation bound_;  // of members outside the body
  Validation body_;
};

// "a, "b,c", d" -> a | b,c | d
std::vector<std::string> header_items(std::string_view text) {
  std::vector<std::string> items;
  if (trim(text).empty()) return items;
  std::string item;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\' && i + 1 < text.size()) {
      item += text[++i];
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == ',' && !quoted) {
      items.emplace_back(trim(item));
      item.clear();
    } else {
      item += text[i];
    }
  }
  items.emplace_back(trim(item));
  return items;
}

// HTTP dates hold a comma themselves: "Mon, 16 Dec 2019 23:48:18 GMT, Tue, ...".
std::vector<std::string> header_dates(std::string_view text) {
  std::vector<std::string> dates;
  for (std::string_view part : split(text, ',')) {
    bool starts = dates.empty() || dates.back().find(',') != std::string::npos;
    if (starts) {
      dates.emplace_back(trim(part));
    } else {
      dates.back().append(", ").append(trim(part));
    }
  }
  return dates;
}

bool RestReader::read_texts(const Member& member, const std::vector<std::string>& texts, void* value,
                            TimestampFormat times) {
  if (member.shape->type != Type::list) return read_scalar(member, texts.front(), value, times);
  for (const std::string& text : texts) {
    if (!read_scalar(*member.shape->element, text, member.shape->list->append(value), times)) return false;
  }
  return true;
}

bool RestReader::read_header(const Member& member, void* input, bool& present) {
  std::string name = to_lower(member.wire);
  present = request_.has_header(name);
  if (!present) return true;
  std::string text(request_.header(name));
  if (member.json_value) {
    auto json = from_base64(text);
    if (!json) return false;
    static_cast<std::string*>(member.make(input))->assign(*json);
    return true;
  }
  std::vector<std::string> texts{text};
  if (member.shape->type == Type::list) {
    bool dates = member.shape->element->shape->type == Type::timestamp &&
                 timestamp_format(*member.shape->element, TimestampFormat::rfc822) == TimestampFormat::rfc822;
    texts = dates ? header_dates(text) : header_items(text);
  }
  return read_texts(member, texts, member.make(input), TimestampFormat::rfc822);
}

bool RestReader::read_prefixed_headers(const Member& member, void* input, bool& present) {
  std::string prefix = to_lower(member.wire);
  void* map = nullptr;
  for (const auto& [name, text] : request_.headers) {
    if (!name.starts_with(prefix)) continue;
    if (map == nullptr) map = member.make(input);
    present = true;
    void* value = member.shape->map->append(map, name.substr(prefix.size()));
    if (!read_scalar(*member.shape->element, text, value, TimestampFormat::rfc822)) return false;
  }
  return true;
}

// A map bound to the query string takes all parameters, also those that other members take (Smithy: httpQueryParams).
bool RestReader::read_query_map(const Member& member, void* input, bool& present) {
  void* map = nullptr;
  for (const auto& [name, text] : query_) {
    if (map == nullptr) map = member.make(input);
    present = true;
    const Shape& shape = *member.shape;
    void* value = nullptr;
    for (size_t i = 0; i < shape.map->size(map); ++i) {
      if (shape.map->key(map, i) == name) value = const_cast<void*>(shape.map->value(map, i));
    }
    if (value == nullptr) value = shape.map->append(map, name);
    const Member& use = shape.element->shape->type == Type::list ? *shape.element->shape->element : *shape.element;
    if (shape.element->shape->type == Type::list) value = shape.element->shape->list->append(value);
    if (!read_scalar(use, text, value, TimestampFormat::iso8601)) return false;
  }
  return true;
}

bool RestReader::read_query_member(const Member& member, void* input, bool& present) {
  if (member.shape->type == Type::map) return read_query_map(member, input, present);
  std::vector<std::string> texts;
  for (const auto& [name, text] : query_) {
    if (name == member.wire) texts.push_back(text);
  }
  present = !texts.empty();
  return !present || read_texts(member, texts, member.make(input), TimestampFormat::iso8601);
}

bool RestReader::read_bound(const Member& member, void* input, bool& present) {
  switch (member.location) {
    case Location::header:
      return read_header(member, input, present);
    case Location::headers:
      return read_prefixed_headers(member, input, present);
    case Location::query:
      return read_query_member(member, input, present);
    case Location::uri:
      for (const auto& [name, text] : labels_) {
        if (name != member.wire) continue;
        present = true;
        return read_scalar(member, text, member.make(input), TimestampFormat::iso8601);
      }
      return true;
    case Location::body:
    case Location::status:
      break;
  }
  return true;
}

Outcome<void> RestReader::read_json_body(const Member& use, void* value) {
  auto json = parse_json(request_.body.bytes, {limits::json_depth_max});
  if (!json.ok()) return Error{"SerializationException", json.error().message};
  if (use.shape->type == Type::document) {
    *static_cast<Json*>(value) = *json;
    return {};
  }
  return from_json(*use.shape, *json, value, body_);
}

Outcome<void> RestReader::read_xml_body(const Member& use, void* value, const ValuePath& path, SeenMembers& seen) {
  pugi::xml_document document;
  auto parsed = document.load_buffer(request_.body.bytes.data(), request_.body.bytes.size(), xml_options);
  bool done = parsed && (use.shape->type == Type::structure && path.kind == ValuePath::Kind::root
                             ? from_xml_members(*use.shape, document.document_element(), value, body_, seen, path)
                             : from_xml(use, document.document_element(), value, body_, path));
  if (!done) return Error{"MalformedXML", std::string(malformed_xml)};
  return {};
}

Outcome<void> RestReader::read_body(void* input, SeenMembers& seen) {
  const Shape& shape = *operation_.input;
  const Member* payload = shape.payload;
  std::string& bytes = request_.body.bytes;
  size_t index = payload != nullptr ? static_cast<size_t>(payload - shape.members.data()) : 0;
  if (payload != nullptr && payload->shape->type == Type::body) {
    *static_cast<Body*>(payload->make(input)) = std::move(request_.body);
    seen.add(index);
    return {};
  }
  if (bytes.empty()) {
    if (payload == nullptr || !payload->required || !operation_.service->validation_code.empty()) return {};
    return Error{"MissingRequestBodyError", "Request Body is empty"};
  }
  if (payload == nullptr) {
    Member whole{.shape = &shape};
    return protocol_ == Protocol::rest_xml ? read_xml_body(whole, input, ValuePath{}, seen)
                                           : read_json_body(whole, input);
  }
  seen.add(index);
  void* value = payload->make(input);
  if (payload->shape->type == Type::string || payload->shape->type == Type::blob) {
    *static_cast<std::string*>(value) = std::move(bytes);
    return {};
  }
  ValuePath root;
  ValuePath path{&root, ValuePath::Kind::member, payload->name, 0};
  return protocol_ == Protocol::rest_xml ? read_xml_body(*payload, value, path, seen) : read_json_body(*payload, value);
}

// AWS's words where the service has them; S3 answers a body that does not fit its schema with MalformedXML and leaves
// the rest to its operations.
Outcome<void> RestReader::result() const {
  std::string_view code = operation_.service->validation_code;
  if (code.empty()) {
    if (body_.ok()) return {};
    return Error{"MalformedXML", std::string(malformed_xml)};
  }
  if (!bound_.ok()) return bound_.error(code);
  if (!body_.ok()) return body_.error(code);
  return {};
}

Outcome<void> RestReader::read(void* input) {
  query_ = request_.query_parameters();
  SeenMembers seen;
  ValuePath root;
  for (size_t i = 0; i < operation_.input->members.size(); ++i) {
    const Member& member = operation_.input->members[i];
    bool present = false;
    if (!read_bound(member, input, present)) {
      return Error{"InvalidArgument", fmt::format("The value of '{}' cannot be read as its type", member.wire)};
    }
    if (!present) continue;
    seen.add(i);
    bound_.check(*member.shape, member.get(input), ValuePath{&root, ValuePath::Kind::member, member.name, 0});
  }
  if (auto body = read_body(input, seen); !body.ok()) return body;
  // JSON bodies check their own members.
  if (protocol_ == Protocol::rest_xml || operation_.input->payload != nullptr || request_.body.bytes.empty()) {
    bound_.check_required(*operation_.input, seen, root);
  }
  return result();
}

std::string header_text(const Member& member, const void* value) {
  if (member.json_value) return to_base64(*static_cast<const std::string*>(value));
  if (member.shape->type != Type::list) return write_scalar(member, value, TimestampFormat::rfc822);
  std::string out;
  for (size_t i = 0, count = member.shape->list->size(value); i < count; ++i) {
    std::string item = write_scalar(*member.shape->element, member.shape->list->at(value, i), TimestampFormat::rfc822);
    bool quote = member.shape->element->shape->type == Type::string && item.find_first_of("\",") != std::string::npos;
    if (quote) item = '"' + replace_all(replace_all(item, "\\", "\\\\"), "\"", "\\\"") + '"';
    out += (i > 0 ? ", " : "") + item;
  }
  return out;
}

// The length that a handler declares is the server's affair, but for HEAD, whose answer has no body.
void write_content_length(HttpResponse& response, const Exchange& exchange, const void* value) {
  if (exchange.method == "HEAD") response.announced_length = static_cast<uint64_t>(*static_cast<const int64_t*>(value));
}

void write_headers(HttpResponse& response, const Exchange& exchange, const Shape& shape, const void* output) {
  for (const Member& member : shape.members) {
    const void* value = member.get(output);
    if (value == nullptr) continue;
    if (member.location == Location::status) response.status = static_cast<int>(*static_cast<const int64_t*>(value));
    if (member.location == Location::header) {
      if (to_lower(member.wire) == "content-length") {
        write_content_length(response, exchange, value);
        continue;
      }
      response.set_header(member.wire, header_text(member, value));
      if (to_lower(member.wire) == "content-range") response.status = 206;
    }
    if (member.location == Location::headers) {
      const MapAccess& map = *member.shape->map;
      for (size_t i = 0; i < map.size(value); ++i) {
        response.set_header(std::string(member.wire) + std::string(map.key(value, i)),
                            write_scalar(*member.shape->element, map.value(value, i), TimestampFormat::rfc822));
      }
    }
  }
}

bool has_body_members(const Shape& shape) {
  return std::any_of(shape.members.begin(), shape.members.end(),
                     [](const Member& member) { return member.in_response_body(); });
}

constexpr std::string_view xml_declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
constexpr std::string_view s3_namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

// The namespace of a response's root: the service's own; S3's model leaves it out.
std::string_view root_namespace(const ServiceModel& service) {
  return service.xml_namespace.empty() && service.name == "s3" ? s3_namespace : service.xml_namespace;
}

void write_xml_root(HttpResponse& response, const OperationModel& operation, std::string_view name, const Member& use,
                    const void* value) {
  Member root = use;
  if (root.xml_namespace.uri.empty()) root.xml_namespace.uri = root_namespace(*operation.service);
  response.body = xml_declaration;
  append_xml(response.body, name, root, value);
}

// Unless a header member has set it.
void set_content_type(HttpResponse& response, std::string_view type) {
  bool set = std::any_of(response.headers.begin(), response.headers.end(),
                         [](const auto& header) { return to_lower(header.first) == "content-type"; });
  if (!set) response.set_header("Content-Type", type);
}

void write_payload(HttpResponse& response, const Exchange& exchange, const OperationModel& operation,
                   const Member& payload, void* value) {
  switch (payload.shape->type) {
    case Type::stream: {
      auto& stream = *static_cast<StreamOut*>(value);
      response.body = std::move(stream.bytes);
      response.file = std::move(stream.file);
      return;
    }
    case Type::blob:
    case Type::string:
      response.body = std::move(*static_cast<std::string*>(value));
      set_content_type(response, payload.shape->type == Type::blob ? "application/octet-stream" : "text/plain");
      return;
    default:
      break;
  }
  if (exchange.protocol == Protocol::rest_json) {
    response.set_header("Content-Type", "application/json");
    append_json(response.body,
                payload.shape->type == Type::document ? *static_cast<Json*>(value) : to_json(*payload.shape, value));
    return;
  }
  response.set_header("Content-Type", "application/xml");
  std::string_view shape_name = payload.shape->wire_name;
  bool own_name = payload.named && (payload.wire != payload.name || shape_name.empty());
  std::string_view name = own_name ? payload.wire : shape_name.empty() ? payload.shape->name : shape_name;
  write_xml_root(response, operation, name, payload, value);
}

// Which of an error's fields are headers rather than elements of the document.
bool is_header_field(std::string_view name) {
  return name.starts_with("x-amz-") || name == "ETag" || name == "Last-Modified" || name == "Allow";
}

void write_whole_body(HttpResponse& response, const Exchange& exchange, const OperationModel& operation,
                      const void* output) {
  const Shape& shape = *operation.output;
  if (exchange.protocol == Protocol::rest_json) {
    response.set_header("Content-Type", "application/json");
    append_json(response.body, to_json(shape, output));
    return;
  }
  response.set_header("Content-Type", "application/xml");
  if (operation.unwrapped_output) {
    // GetBucketLocation: the only member is the root. us-east-1 has an empty one.
    const Member& member = shape.members.front();
    static const std::string none;
    const void* value = member.get(output);
    write_xml_root(response, operation, member.wire, member, value != nullptr ? value : &none);
    return;
  }
  write_xml_root(response, operation, shape.wire_name.empty() ? shape.name : shape.wire_name, Member{.shape = &shape},
                 output);
}

}  // namespace

Outcome<void> read_rest(Protocol protocol, const OperationModel& operation, HttpRequest& request, const Labels& labels,
                        void* input) {
  return RestReader(protocol, operation, request, labels).read(input);
}

HttpResponse write_rest(const Exchange& exchange, const OperationModel& operation, void* output) {
  HttpResponse response;
  response.status = operation.status;
  bool s3 = exchange.protocol == Protocol::rest_xml;
  response.set_header(s3 ? "x-amz-request-id" : "x-amzn-RequestId", exchange.request_id);
  if (s3) response.set_header("x-amz-id-2", to_base64(exchange.request_id));
  write_headers(response, exchange, *operation.output, output);
  const Member* payload = operation.output->payload;
  if (exchange.method == "HEAD") return response;
  if (payload != nullptr) {
    if (const void* value = payload->get(output)) {
      write_payload(response, exchange, operation, *payload, const_cast<void*>(value));
    }
  } else if (exchange.protocol == Protocol::rest_json ? operation.has_output : has_body_members(*operation.output)) {
    write_whole_body(response, exchange, operation, output);
  }
  return response;
}

HttpResponse write_s3_error(const Exchange& exchange, const Error& error) {
  HttpResponse response;
  response.status = error_status(exchange.service, error);
  std::string host_id = to_base64(exchange.request_id);
  response.headers = {{"x-amz-request-id", exchange.request_id}, {"x-amz-id-2", host_id}};
  // Fields that are headers, not members of the document: ETag and Last-Modified of a 304, x-amz-delete-marker ...
  for (const auto& [name, text] : error.fields) {
    if (is_header_field(name)) response.set_header(name, text);
  }
  if (response.status == 304 || exchange.method == "HEAD") return response;
  response.set_header("Content-Type", "application/xml");
  response.body = xml_declaration;
  response.body += "<Error>";
  append_xml_element(response.body, "Code", error.code);
  append_xml_element(response.body, "Message", error.message);
  for (const auto& [name, text] : error.fields) {
    if (!is_header_field(name)) append_xml_element(response.body, name, text);
  }
  append_xml_element(response.body, "RequestId", exchange.request_id);
  append_xml_element(response.body, "HostId", host_id);
  response.body += "</Error>";
  return response;
}

}  // namespace penstock::aws
