// The constant tables that codegen writes from the service models, and that the codecs walk: a Shape describes the
// memory, the wire names and the constraints of one type; an OperationModel and a ServiceModel tie them together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace penstock::aws {

class Pattern;
struct Shape;

// What a value is, and how it lies in memory.
enum class Type : uint8_t {
  structure,     // a generated struct
  list,          // std::vector (std::deque<bool> for booleans)
  map,           // Map<T>
  string,        // std::string
  integer,       // int64_t holding 32 bits
  long_integer,  // int64_t
  floating,      // double
  boolean,       // bool
  timestamp,     // penstock::Time
  blob,          // std::string of raw bytes
  document,      // penstock::Json
  body,          // Body: a streamed request body
  stream,        // StreamOut: a streamed response body
};

enum class TimestampFormat : uint8_t { protocol_default, iso8601, rfc822, unix_seconds };

// Where a member travels (REST protocols only; elsewhere all is body).
enum class Location : uint8_t { body, header, headers, uri, query, status };

// How generic code reaches the value in a struct's member, which is plain, std::optional or Box.
struct Access {
  const void* (*get)(const void* slot);  // the value, or nullptr when absent
  void* (*make)(void* slot);             // makes the value present and gives it
};

struct ListAccess {
  size_t (*size)(const void* list);
  const void* (*at)(const void* list, size_t index);
  void* (*append)(void* list);
};

struct MapAccess {
  size_t (*size)(const void* map);
  std::string_view (*key)(const void* map, size_t index);
  const void* (*value)(const void* map, size_t index);
  void* (*append)(void* map, std::string key);
};

struct XmlNamespace {
  std::string_view uri;
  std::string_view prefix;
};

// A use of a shape by a struct member, a list's element, or a map's key or value.
struct Member {
  std::string_view name = {};  // as the model spells it
  std::string_view wire = {};  // locationName, or `name`
  std::string_view item = {};  // a flattened list's or map's items in forms and XML
  const Shape* shape = nullptr;
  const Access* access = nullptr;
  uint32_t offset = 0;
  Location location = Location::body;
  TimestampFormat timestamp_format = TimestampFormat::protocol_default;  // overrides the shape's
  bool required = false;
  bool named = false;      // locationName was given
  bool flattened = false;  // XML and query: a list or map without its wrapper element
  bool xml_attribute = false;
  bool json_value = false;         // JSON text in base64 (header) or a string
  bool idempotency_token = false;  // made up when absent
  XmlNamespace xml_namespace = {};

  const void* get(const void* object) const { return access->get(static_cast<const char*>(object) + offset); }
  void* make(void* object) const { return access->make(static_cast<char*>(object) + offset); }
  // In a response a binding to the path or the query string means nothing: such members are in the body.
  bool in_response_body() const {
    return location == Location::body || location == Location::query || location == Location::uri;
  }
};

struct Shape {
  std::string_view name = {};
  Type type = Type::string;
  TimestampFormat timestamp_format = TimestampFormat::protocol_default;
  bool sensitive = false;
  bool flattened = false;
  bool is_union = false;
  bool has_min = false;
  bool has_max = false;
  int64_t min = 0;  // length of strings, lists and maps; value of numbers
  int64_t max = 0;
  const Pattern* pattern = nullptr;
  std::span<const std::string_view> values = {};  // of an enum, in the order AWS prints them
  std::span<const Member> members = {};           // of a structure, in model order
  const Member* payload = nullptr;                // the member that is the whole body
  std::string_view wire_name = {};                // locationName of the shape itself (a root element)
  XmlNamespace xml_namespace = {};
  const ListAccess* list = nullptr;
  const MapAccess* map = nullptr;
  const Member* element = nullptr;  // list's element, map's value
  const Member* key = nullptr;      // map's key
};

enum class Protocol : uint8_t { json_1_0, json_1_1, query, rest_json, rest_xml };

struct ErrorModel {
  std::string_view name;  // of the shape
  std::string_view code;  // on the wire
  int status = 400;
  bool receiver = false;  // the service's fault, not the caller's
  const Shape* shape = nullptr;
};

struct ServiceModel;

struct OperationModel {
  std::string_view name;
  const ServiceModel* service = nullptr;
  std::string_view iam_action;  // "s3:ListBucket"
  std::string_view method;
  std::string_view uri;  // "/{Bucket}/{Key+}?uploadId"
  int status = 200;
  const Shape* input = nullptr;
  const Shape* output = nullptr;
  std::string_view input_name = {};  // the root element of an XML request
  XmlNamespace input_namespace = {};
  std::string_view result_wrapper = {};  // query: the element around the result
  bool unsigned_allowed = false;         // authtype none
  bool has_output = false;               // the model declares an output, perhaps an empty one
  bool unwrapped_output = false;         // REST-XML: the only member is the root element (GetBucketLocation)
};

// An operation of the model that Penstock does not serve; known so that a call of it gets a clear error.
struct NotServed {
  std::string_view name;
  std::string_view method;
  std::string_view uri;
};

struct ServiceModel {
  std::string_view name;           // our folder: "states"
  std::string_view id;             // the SDKs' name: "SFN"
  std::string_view full_name;      // "AWS Step Functions"
  std::string_view signing_name;   // in the credential scope: "states"
  std::string_view api_version;    // "2016-11-23"
  std::string_view target_prefix;  // "AWSStepFunctions"
  std::string_view xml_namespace;
  std::span<const Protocol> protocols;  // the first is the model's own
  std::string_view validation_code;     // "ValidationException"; empty: constraints are the handlers' affair
  std::span<const OperationModel* const> operations;
  std::span<const NotServed> not_served;
  std::span<const ErrorModel> errors;
};

// The model of an error code ("NoSuchKey" or its shape's name), or nullptr.
const ErrorModel* find_error(const ServiceModel& service, std::string_view code);

}  // namespace penstock::aws
