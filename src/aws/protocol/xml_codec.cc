#include "aws/protocol/xml_codec.h"

#include <fmt/format.h>

#include "aws/protocol/scalar.h"

namespace penstock::aws {
namespace {

constexpr TimestampFormat times = TimestampFormat::iso8601;

void append_namespace(std::string& out, const XmlNamespace& space) {
  if (space.uri.empty()) return;
  out += space.prefix.empty() ? " xmlns=\"" : fmt::format(" xmlns:{}=\"", space.prefix);
  append_xml_text(out, space.uri);
  out += '"';
}

const XmlNamespace& namespace_of(const Member& use) {
  return use.xml_namespace.uri.empty() ? use.shape->xml_namespace : use.xml_namespace;
}

void append_attributes(std::string& out, const Shape& shape, const void* value) {
  for (const Member& member : shape.members) {
    const void* part = member.xml_attribute ? member.get(value) : nullptr;
    if (part == nullptr) continue;
    out.append(" ").append(member.wire).append("=\"");
    append_xml_text(out, write_scalar(member, part, times));
    out += '"';
  }
}

std::string_view name_or(const Member& use, std::string_view otherwise) {
  return use.named ? use.wire : otherwise;
}

void append_entry(std::string& out, std::string_view name, const Shape& map, const void* value, size_t index) {
  out.append("<").append(name).append(">");
  append_xml_element(out, name_or(*map.key, "key"), map.map->key(value, index));
  append_xml(out, name_or(*map.element, "value"), *map.element, map.map->value(value, index));
  out.append("</").append(name).append(">");
}

void append_list_or_map(std::string& out, std::string_view name, const Member& use, const void* value) {
  const Shape& shape = *use.shape;
  bool is_list = shape.type == Type::list;
  if (!use.flattened) {
    out.append("<").append(name);
    append_namespace(out, namespace_of(use));
    out += '>';
  }
  std::string_view item = use.flattened ? use.item : is_list ? name_or(*shape.element, "member") : "entry";
  for (size_t i = 0, count = value_length(shape, value); i < count; ++i) {
    if (is_list) {
      append_xml(out, item, *shape.element, shape.list->at(value, i));
    } else {
      append_entry(out, item, shape, value, i);
    }
  }
  if (!use.flattened) out.append("</").append(name).append(">");
}

std::string_view local_name(std::string_view name) {
  size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

pugi::xml_node child_of(const pugi::xml_node& element, std::string_view name) {
  for (const pugi::xml_node& child : element.children()) {
    if (child.type() == pugi::node_element && local_name(child.name()) == name) return child;
  }
  return {};
}

bool read_list(const Shape& shape, const pugi::xml_node& parent, std::string_view item, void* value,
               Validation& validation, const ValuePath& path) {
  size_t index = 0;
  for (const pugi::xml_node& child : parent.children()) {
    if (child.type() != pugi::node_element || local_name(child.name()) != item) continue;
    ValuePath inner{&path, ValuePath::Kind::element, path.name, index++};
    if (!from_xml(*shape.element, child, shape.list->append(value), validation, inner)) return false;
  }
  return true;
}

bool read_map(const Shape& shape, const pugi::xml_node& parent, std::string_view item, void* value,
              Validation& validation, const ValuePath& path) {
  for (const pugi::xml_node& child : parent.children()) {
    if (child.type() != pugi::node_element || local_name(child.name()) != item) continue;
    std::string key = child_of(child, name_or(*shape.key, "key")).text().get();
    ValuePath inner{&path, ValuePath::Kind::entry, key, 0};
    void* entry = shape.map->append(value, key);
    if (!from_xml(*shape.element, child_of(child, name_or(*shape.element, "value")), entry, validation, inner)) {
      return false;
    }
  }
  return true;
}

// A list or map whose items lie in `parent` under the name `item`.
bool read_items(const Shape& shape, const pugi::xml_node& parent, std::string_view item, void* value,
                Validation& validation, const ValuePath& path) {
  bool done = shape.type == Type::list ? read_list(shape, parent, item, value, validation, path)
                                       : read_map(shape, parent, item, value, validation, path);
  if (done) validation.check(shape, value, path);
  return done;
}

// One member of a structure; sets `present`.
bool read_member(const Member& member, const pugi::xml_node& element, void* value, Validation& validation,
                 const ValuePath& path, bool& present) {
  ValuePath inner{&path, ValuePath::Kind::member, member.name, 0};
  if (member.xml_attribute) {
    pugi::xml_attribute attribute = element.attribute(std::string(member.wire).c_str());
    present = static_cast<bool>(attribute);
    return !present || read_scalar(member, attribute.value(), member.make(value), times);
  }
  bool flattened = member.flattened && (member.shape->type == Type::list || member.shape->type == Type::map);
  std::string_view name = flattened ? member.item : member.wire;
  pugi::xml_node child = child_of(element, name);
  present = static_cast<bool>(child);
  if (!present) return true;
  if (flattened) return read_items(*member.shape, element, name, member.make(value), validation, inner);
  return from_xml(member, child, member.make(value), validation, inner);
}

}  // namespace

void append_xml_text(std::string& out, std::string_view text) {
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 && c != '\t') {
          out += fmt::format("&#x{:x};", static_cast<int>(c));
        } else {
          out += c;
        }
    }
  }
}

void append_xml_element(std::string& out, std::string_view name, std::string_view text) {
  out.append("<").append(name).append(">");
  append_xml_text(out, text);
  out.append("</").append(name).append(">");
}

void append_xml(std::string& out, std::string_view name, const Member& use, const void* value) {
  const Shape& shape = *use.shape;
  if (shape.type == Type::list || shape.type == Type::map) return append_list_or_map(out, name, use, value);
  out.append("<").append(name);
  append_namespace(out, namespace_of(use));
  if (shape.type == Type::structure) {
    append_attributes(out, shape, value);
    out += '>';
    append_xml_members(out, shape, value);
  } else {
    out += '>';
    append_xml_text(out, write_scalar(use, value, times));
  }
  out.append("</").append(name).append(">");
}

void append_xml_members(std::string& out, const Shape& shape, const void* value) {
  for (const Member& member : shape.members) {
    if (!member.in_response_body() || member.xml_attribute) continue;
    if (const void* part = member.get(value)) append_xml(out, member.wire, member, part);
  }
}

bool from_xml(const Member& use, const pugi::xml_node& element, void* value, Validation& validation,
              const ValuePath& path) {
  const Shape& shape = *use.shape;
  switch (shape.type) {
    case Type::structure: {
      SeenMembers seen;
      if (!from_xml_members(shape, element, value, validation, seen, path)) return false;
      validation.check_required(shape, seen, path);
      return true;
    }
    case Type::list:
      return read_items(shape, element, name_or(*shape.element, "member"), value, validation, path);
    case Type::map:
      return read_items(shape, element, "entry", value, validation, path);
    default:
      if (!read_scalar(use, element.text().get(), value, times)) return false;
      validation.check(shape, value, path);
      return true;
  }
}

bool from_xml_members(const Shape& shape, const pugi::xml_node& element, void* value, Validation& validation,
                      SeenMembers& seen, const ValuePath& path) {
  for (size_t i = 0; i < shape.members.size(); ++i) {
    const Member& member = shape.members[i];
    if (member.location != Location::body) continue;
    bool present = false;
    if (!read_member(member, element, value, validation, path, present)) return false;
    if (present) seen.add(i);
  }
  return true;
}

}  // namespace penstock::aws
