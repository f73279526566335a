#include "aws/protocol/query_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "aws/protocol/scalar.h"
#include "aws/protocol/validation.h"
#include "aws/protocol/xml_codec.h"
#include "base/encoding.h"
#include "base/limits.h"

namespace penstock::aws {
namespace {

// A form's names as a tree: "Tags.member.1.Key" is Tags / member / 1 / Key.
struct FormNode {
  std::string name;
  std::string value;
  std::vector<FormNode> children;

  const FormNode* child(std::string_view wanted) const {
    auto found = std::find_if(children.begin(), children.end(), [&](const FormNode& c) { return c.name == wanted; });
    return found == children.end() ? nullptr : &*found;
  }
};

void insert(FormNode& root, std::string_view name, std::string value) {
  FormNode* node = &root;
  size_t depth = 0;
  for (std::string_view part : split(name, '.')) {
    if (++depth > limits::form_depth_max) return;  // no model has such a name: it would be ignored as unknown
    auto found = std::find_if(node->children.begin(), node->children.end(), [&](auto& c) { return c.name == part; });
    node = found != node->children.end() ? &*found : &node->children.emplace_back(FormNode{std::string(part), {}, {}});
  }
  node->value = std::move(value);
}

template <class Take>
void for_each_parameter(std::string_view form, Take take) {
  for (std::string_view pair : split(form, '&')) {
    if (pair.empty()) continue;
    size_t equals = pair.find('=');
    std::string_view value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    take(uri_decode(pair.substr(0, equals), true), uri_decode(value, true));
  }
}

Outcome<FormNode> form_of(const HttpRequest& request) {
  size_t count = 0;
  for (const std::string* form : {&request.query, &request.body.bytes}) {
    count += static_cast<size_t>(std::count(form->begin(), form->end(), '&')) + 1;
  }
  if (count > limits::form_parameters_max) {
    return Error{"MalformedQueryString",
                 fmt::format("The request has more than {} parameters", limits::form_parameters_max)};
  }
  FormNode root;
  auto add = [&](const std::string& name, std::string value) { insert(root, name, std::move(value)); };
  for_each_parameter(request.query, add);
  for_each_parameter(request.body.bytes, add);
  return root;
}

class QueryReader {
 public:
  explicit QueryReader(Validation& validation) : validation_(validation) {}

  bool read_structure(const Shape& shape, const FormNode& node, void* value, const ValuePath& path) {
    SeenMembers seen;
    for (size_t i = 0; i < shape.members.size(); ++i) {
      const Member& member = shape.members[i];
      const FormNode* child = node.child(member.flattened ? member.item : member.wire);
      if (child == nullptr) continue;
      seen.add(i);
      ValuePath inner{&path, ValuePath::Kind::member, member.name, 0};
      if (!read(member, *child, member.make(value), inner)) return false;
    }
    validation_.check_required(shape, seen, path);
    return true;
  }

  const std::string& bad_field() const { return bad_field_; }

 private:
  bool read(const Member& use, const FormNode& node, void* value, const ValuePath& path) {
    const Shape& shape = *use.shape;
    bool done = true;
    if (shape.type == Type::structure) return read_structure(shape, node, value, path);
    if (shape.type == Type::list) {
      done = read_list(use, node, value, path);
    } else if (shape.type == Type::map) {
      done = read_map(use, node, value, path);
    } else if (!read_scalar(use, node.value, value, TimestampFormat::iso8601)) {
      bad_field_ = to_string(path);
      return false;
    }
    if (done) validation_.check(shape, value, path);
    return done;
  }

  // The numbered children, by number. "Tags=" alone is an empty list.
  static std::vector<const FormNode*> numbered(const FormNode* parent) {
    std::vector<std::pair<int, const FormNode*>> found;
    if (parent == nullptr) return {};
    for (const FormNode& child : parent->children) {
      int number = 0;
      auto [end, error] = std::from_chars(child.name.data(), child.name.data() + child.name.size(), number);
      if (error == std::errc{} && *end == '\0') found.emplace_back(number, &child);
    }
    std::sort(found.begin(), found.end());
    std::vector<const FormNode*> items;
    for (auto& [number, item] : found) items.push_back(item);
    return items;
  }

  bool read_list(const Member& use, const FormNode& node, void* value, const ValuePath& path) {
    const Member& element = *use.shape->element;
    const FormNode* parent = use.flattened ? &node : node.child(element.named ? element.wire : "member");
    size_t index = 0;
    for (const FormNode* item : numbered(parent)) {
      ValuePath inner{&path, ValuePath::Kind::element, path.name, index++};
      if (!read(element, *item, use.shape->list->append(value), inner)) return false;
    }
    return true;
  }

  bool read_map(const Member& use, const FormNode& node, void* value, const ValuePath& path) {
    const Shape& shape = *use.shape;
    for (const FormNode* item : numbered(use.flattened ? &node : node.child("entry"))) {
      const FormNode* key = item->child(shape.key->named ? shape.key->wire : "key");
      const FormNode* entry = item->child(shape.element->named ? shape.element->wire : "value");
      if (key == nullptr || entry == nullptr) continue;
      ValuePath inner{&path, ValuePath::Kind::entry, key->value, 0};
      if (!read(*shape.element, *entry, shape.map->append(value, key->value), inner)) return false;
    }
    return true;
  }

  Validation& validation_;
  std::string bad_field_;
};

HttpResponse xml_response(const Exchange& exchange, int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers = {{"x-amzn-RequestId", exchange.request_id}, {"Content-Type", "text/xml"}};
  response.body = std::move(body);
  return response;
}

}  // namespace

std::string query_action(const HttpRequest& request) {
  std::string action;
  auto look = [&](const std::string& name, std::string value) {
    if (name == "Action" && action.empty()) action = std::move(value);
  };
  for_each_parameter(request.query, look);
  if (action.empty()) for_each_parameter(request.body.bytes, look);
  return action;
}

Outcome<void> read_query(const OperationModel& operation, const HttpRequest& request, void* input) {
  Validation validation;
  QueryReader reader(validation);
  auto form = form_of(request);
  if (!form.ok()) return std::move(form.error());
  if (!reader.read_structure(*operation.input, *form, input, ValuePath{})) {
    return Error{"MalformedInput", fmt::format("The value of '{}' cannot be read as its type", reader.bad_field())};
  }
  std::string_view code = operation.service->validation_code;
  if (!validation.ok() && !code.empty()) return validation.error(code);
  return {};
}

HttpResponse write_query(const Exchange& exchange, const OperationModel& operation, const void* output) {
  std::string body = fmt::format("<{}Response xmlns=\"{}\">", operation.name, operation.service->xml_namespace);
  if (!operation.result_wrapper.empty()) body.append("<").append(operation.result_wrapper).append(">");
  append_xml_members(body, *operation.output, output);
  if (!operation.result_wrapper.empty()) body.append("</").append(operation.result_wrapper).append(">");
  body += "<ResponseMetadata>";
  append_xml_element(body, "RequestId", exchange.request_id);
  body += fmt::format("</ResponseMetadata></{}Response>\n", operation.name);
  return xml_response(exchange, operation.status, std::move(body));
}

HttpResponse write_query_error(const Exchange& exchange, const Error& error) {
  const ErrorModel* model = exchange.service != nullptr ? find_error(*exchange.service, error.code) : nullptr;
  int status = error_status(exchange.service, error);
  std::string body = "<ErrorResponse";
  if (exchange.service != nullptr && !exchange.service->xml_namespace.empty()) {
    body += fmt::format(" xmlns=\"{}\"", exchange.service->xml_namespace);
  }
  body += "><Error>";
  append_xml_element(body, "Type", status >= 500 ? "Receiver" : "Sender");
  append_xml_element(body, "Code", model != nullptr ? model->code : std::string_view(error.code));
  if (!error.message.empty()) append_xml_element(body, "Message", error.message);
  for (const auto& [name, text] : error.fields) append_xml_element(body, name, text);
  body += "</Error>";
  append_xml_element(body, "RequestId", exchange.request_id);
  return xml_response(exchange, status, body + "</ErrorResponse>\n");
}

}  // namespace penstock::aws
