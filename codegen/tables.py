"""Writes a service's constant tables (aws/protocol/shape.h says what they hold)."""
import re

from headers import NOTICE
from naming import identifier, literal, member_name

TYPES = {"structure": "structure", "list": "list", "map": "map", "string": "string", "character": "string",
         "integer": "integer", "long": "long_integer", "float": "floating", "double": "floating", "boolean": "boolean",
         "timestamp": "timestamp", "blob": "blob"}
FORMATS = {"iso8601": "iso8601", "rfc822": "rfc822", "unixTimestamp": "unix_seconds"}
LOCATIONS = {"header": "header", "headers": "headers", "uri": "uri", "querystring": "query", "statusCode": "status"}
PROTOCOLS = {"query": "query", "rest-json": "rest_json", "rest-xml": "rest_xml", "ec2": "query"}


def fields(pairs):
    """A designated initializer of the pairs whose value is not None."""
    return "{" + ", ".join(".%s = %s" % (name, value) for name, value in pairs if value is not None) + "}"


def namespace_of(entry):
    space = entry.get("xmlNamespace")
    if not space:
        return None
    if isinstance(space, str):
        space = {"uri": space}
    return "{%s, %s}" % (literal(space["uri"]), literal(space.get("prefix", "")))


def flag(condition):
    return "true" if condition else None


def pcre2_syntax(pattern):
    """Java's regular expression in PCRE2's syntax: its POSIX classes and its surrogate pairs."""
    def posix(match):
        before = re.sub(r"\\.", "", pattern[:match.start()])
        inside = before.rfind("[") > before.rfind("]")
        return ("[:%s:]" if inside else "[[:%s:]]") % match.group(1).lower()
    result = re.sub(r"\\p\{(Lower|Upper|Alpha|Digit|Alnum|Punct|Graph|Print|Blank|XDigit|Space|ASCII)\}", posix, pattern)
    return result.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\u{10000}-\u{10FFFF}")


class Tables:
    def __init__(self, service):
        self.service = service
        self.streams = {}  # (struct, member) -> the table of its stream shape

    def shape_reference(self, name):
        if name in self.service.struct_names:
            return self.service.struct_names[name] + "::table"
        return "shape_" + identifier(name)

    def member_fields(self, name, use, extra):
        target = self.service.shapes[use["shape"]]
        wire = use.get("locationName", name)
        flattened = use.get("flattened") or target.get("flattened")
        return fields([
            ("name", literal(name)), ("wire", literal(wire)),
            ("item", literal(self.item_name(use, target, wire)) if flattened else None), ("shape", extra.get("shape")),
            ("access", extra.get("access")), ("offset", extra.get("offset")),
            ("location", "Location::" + LOCATIONS[use["location"]] if use.get("location") in LOCATIONS else None),
            ("timestamp_format",
             "TimestampFormat::" + FORMATS[use["timestampFormat"]] if "timestampFormat" in use else None),
            ("required", flag(extra.get("required"))), ("named", flag("locationName" in use)),
            ("flattened", flag(flattened)),
            ("xml_attribute", flag(use.get("xmlAttribute"))), ("json_value", flag(use.get("jsonvalue"))),
            ("idempotency_token", flag(use.get("idempotencyToken"))), ("xml_namespace", namespace_of(use))])

    def item_name(self, use, target, wire):
        """What the items of a flattened list or map are called. Models of the query protocol give the name to the
        element (SQS: QueueUrls' is QueueUrl); REST-XML takes the member's only, as Smithy does."""
        element = target.get("member", {})
        if "query" in self.service.metadata["protocol"] and "locationName" not in use and "locationName" in element:
            return element["locationName"]
        return wire

    def part(self, name, role, use):
        """The Member of a list's element or of a map's key or value."""
        text = self.member_fields(role, use, {"shape": "&" + self.shape_reference(use["shape"])})
        return "const Member %s_%s = %s;\n" % (role if role != "member" else "element", identifier(name), text)

    def constraint_fields(self, shape, name):
        pairs = []
        if shape.get("sensitive"):
            pairs.append(("sensitive", "true"))
        if "min" in shape:
            pairs += [("has_min", "true")]
        if "max" in shape:
            pairs += [("has_max", "true")]
        pairs += [(side, "%d" % shape[side]) for side in ("min", "max") if side in shape]
        if "pattern" in shape:
            pairs.append(("pattern", "&pattern_" + identifier(name)))
        if "enum" in shape:
            pairs.append(("values", "values_" + identifier(name)))
        return pairs

    def simple_shape(self, name, shape):
        """A shape that is no struct: its constants and its table."""
        text, ident = "", identifier(name)
        if "pattern" in shape:
            syntax = pcre2_syntax(shape["pattern"])
            other = ", " + literal(syntax) if syntax != shape["pattern"] else ""
            text += "constinit const Pattern pattern_%s{%s%s};\n" % (ident, literal(shape["pattern"]), other)
        if "enum" in shape:
            order = self.service.patch.get("enum_order", {}).get(name, {}).get("values", shape["enum"])
            text += "constexpr std::string_view values_%s[] = {%s};\n" % (ident, ", ".join(map(literal, order)))
        kind = "document" if shape.get("document") else TYPES[shape["type"]]
        pairs = [("name", literal(name)), ("type", "Type::" + kind)]
        if "timestampFormat" in shape:
            pairs.append(("timestamp_format", "TimestampFormat::" + FORMATS[shape["timestampFormat"]]))
        constraints = self.constraint_fields(shape, name)
        pairs += [pair for pair in constraints if pair[0] == "sensitive"]
        pairs.append(("flattened", flag(shape.get("flattened"))))
        pairs += [pair for pair in constraints if pair[0] != "sensitive"]
        pairs += [("wire_name", literal(shape["locationName"]) if "locationName" in shape else None),
                  ("xml_namespace", namespace_of(shape))]
        if kind == "list":
            text += self.part(name, "member", shape["member"])
            pairs += [("list", "&list_access_of<%s>" % self.service.value_type(name)), ("element", "&element_" + ident)]
        if kind == "map":
            text += self.part(name, "key", shape["key"]) + self.part(name, "value", shape["value"])
            pairs += [("map", "&map_access_of<%s>" % self.service.value_type(shape["value"]["shape"])),
                      ("element", "&value_" + ident), ("key", "&key_" + ident)]
        return text + "constinit const Shape shape_%s = %s;\n" % (ident, fields(pairs))

    def struct_members(self, name, shape):
        struct = self.service.struct_names[name]
        lines = []
        for member, use in shape["members"].items():
            target = "&" + self.shape_reference(use["shape"])
            kind = self.service.streamed.get((name, member))
            if kind:
                target = "&shape_of_body" if kind == "Body" else "&shape_of_stream"
            lines.append("    " + self.member_fields(member, use, {
                "shape": target, "access": "&access_of<%s>" % self.service.member_type(name, member),
                "offset": "offsetof(%s, %s)" % (struct, member_name(member)),
                "required": member in shape.get("required", [])}))
        return "const Member members_%s[] = {\n%s,\n};\n" % (struct, ",\n".join(lines))

    def root_name(self, name, shape):
        """The root element of a structure that is a whole body."""
        roots = self.service.patch.get("output_roots", {})
        root = roots.get(self.service.struct_names[name], shape.get("locationName"))
        return literal(root) if root else None

    def struct_shape(self, name, shape):
        struct, text = self.service.struct_names[name], ""
        members = shape.get("members", {})
        if members:
            text = "namespace {\n" + self.struct_members(name, shape) + "}  // namespace\n"
        payload = "&members_%s[%d]" % (struct, list(members).index(shape["payload"])) if "payload" in shape else None
        pairs = [("name", literal(name)), ("type", "Type::structure"), ("sensitive", flag(shape.get("sensitive"))),
                 ("is_union", flag(shape.get("union"))), ("members", "members_" + struct if members else None),
                 ("payload", payload), ("wire_name", self.root_name(name, shape)),
                 ("xml_namespace", namespace_of(shape))]
        return text + "constinit const Shape %s::table = %s;\n" % (struct, fields(pairs))

    def operation(self, name):
        service, entry = self.service, self.service.operations[name]
        use = entry.get("input", {})
        action = service.patch.get("iam_actions", {}).get(name, name)
        status = service.patch.get("operation_status", {}).get(name) or entry["http"].get("responseCode", 200)
        pairs = [("name", literal(name)), ("service", "&service_model"),
                 ("iam_action", literal(service.name + ":" + action)), ("method", literal(entry["http"]["method"])),
                 ("uri", literal(entry["http"]["requestUri"])), ("status", "%d" % status),
                 ("input", "&%s::table" % service.input_name(name)), ("output", "&%s::table" % service.output_name(name)),
                 ("input_name", literal(use["locationName"]) if "locationName" in use else None),
                 ("input_namespace", namespace_of(use)),
                 ("result_wrapper", literal(entry["output"]["resultWrapper"])
                  if "resultWrapper" in entry.get("output", {}) else None),
                 ("unsigned_allowed", flag(entry.get("authtype") == "none")),
                 ("has_output", flag("output" in entry)),
                 ("unwrapped_output", flag(name in service.patch.get("unwrapped_outputs", {})))]
        text = "".join('constinit const Shape %s::table = {.name = %s, .type = Type::structure};\n'
                       % (name + suffix, literal(name + suffix))
                       for part, suffix in (("input", "Input"), ("output", "Output")) if part not in entry)
        return text + "constinit const OperationModel %s::model = %s;\n" % (name, fields(pairs))

    def errors(self):
        service, lines, known = self.service, [], set()
        statuses = service.patch.get("error_status", {})
        for name in service.error_shapes():
            shape = service.shapes[name]
            error = shape.get("error", {})
            code = error.get("code", name)
            known.add(code)
            status = error.get("httpStatusCode") or statuses.get(code) or (500 if shape.get("fault") else 400)
            lines.append("    {%s, %s, %d, %s, &%s}" % (literal(name), literal(code), status,
                         "true" if shape.get("fault") or status >= 500 else "false", self.shape_reference(name)))
        lines += ["    {%s, %s, %d, %s, nullptr}" % (literal(code), literal(code), status, "true" if status >= 500 else "false")
                  for code, status in statuses.items() if code != "source" and code not in known]
        return lines

    def service_table(self):
        service, meta = self.service, self.service.metadata
        operations = ", ".join("&%s::model" % name for name in service.operations)
        rest = ["    {%s, %s, %s}" % tuple(map(literal, (name, *route.split(" ", 1))))
                for name, route in service.not_served.items()]
        protocols = []
        for protocol in meta.get("protocols", [meta["protocol"]]) + service.patch.get("more_protocols", []):
            name = PROTOCOLS.get(protocol) or ("json_1_1" if meta["jsonVersion"] == "1.1" else "json_1_0")
            protocols.append("Protocol::" + name)
        errors = self.errors()
        text = "namespace {\nconst OperationModel* const operations[] = {%s};\n" % operations
        if rest:
            text += "constexpr NotServed not_served[] = {\n%s,\n};\n" % ",\n".join(rest)
        if errors:
            text += "const ErrorModel errors[] = {\n%s,\n};\n" % ",\n".join(errors)
        text += "constexpr Protocol protocols[] = {%s};\n}  // namespace\n" % ", ".join(protocols)
        return text + "constinit const ServiceModel service_model = %s;\n" % fields([
            ("name", literal(service.name)), ("id", literal(meta["serviceId"])),
            ("full_name", literal(meta["serviceFullName"])), ("signing_name", literal(service.patch.get("signing_name", service.name))),
            ("api_version", literal(meta["apiVersion"])), ("target_prefix", literal(meta.get("targetPrefix", ""))),
            ("xml_namespace", literal(meta.get("xmlNamespace", ""))), ("protocols", "protocols"),
            ("validation_code", literal(service.patch.get("validation_code", ""))), ("operations", "operations"),
            ("not_served", "not_served" if rest else "{}"), ("errors", "errors" if errors else "{}")])

    def text(self):
        service = self.service
        simple = [name for name in service.closure(service.shapes) if name not in service.struct_names]
        parts = [NOTICE % service.name, '#include "models/%s/service.h"\n\n' % service.name, "#include <cstddef>\n\n"]
        ours = ['"aws/protocol/access.h"', '"aws/protocol/pattern.h"', '"models/%s/shapes.h"' % service.name]
        ours += ['"models/%s/%s.h"' % (service.name, group) for group in service.groups]
        if service.streamed:
            ours.append('"aws/protocol/stream_out.h"')
        parts += ["#include %s\n" % include for include in sorted(ours)]
        parts.append("\n// The structs are not standard-layout in the letter of the standard; g++ and clang lay them out so.\n"
                     '#pragma GCC diagnostic ignored "-Winvalid-offsetof"\n\nnamespace penstock::aws::%s {\n\n' % service.name)
        parts.append("namespace {\n" + "".join("extern const Shape shape_%s;\n" % identifier(name) for name in simple))
        if service.streamed:
            parts.append("constexpr Shape shape_of_body = {.name = \"Body\", .type = Type::body};\n"
                         "constexpr Shape shape_of_stream = {.name = \"Body\", .type = Type::stream};\n")
        parts += [self.simple_shape(name, service.shapes[name]) for name in simple]
        parts.append("}  // namespace\n\n")
        parts += [self.struct_shape(name, service.shapes[name]) for name in service.struct_names]
        parts.append("\n")
        parts += [self.operation(name) for name in service.operations]
        parts += ["\n", self.service_table(), "\n}  // namespace penstock::aws::%s\n" % service.name]
        return "".join(parts)
