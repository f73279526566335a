"""A service model read for generation: which struct each shape becomes, and which header it goes into."""
import json

from naming import RESERVED_TYPES, identifier

SCALARS = {"string": "std::string", "character": "std::string", "integer": "int64_t", "long": "int64_t",
           "float": "double", "double": "double", "boolean": "bool", "timestamp": "Time", "blob": "std::string"}


class Service:
    """One service: `name` is our folder and namespace, `groups` maps a header's name to its operations."""

    def __init__(self, name, model, patch, groups):
        self.name = name
        self.metadata = model["metadata"]
        self.operations = model["operations"]
        self.shapes = model["shapes"]
        self.not_served = model["not_served"]
        self.patch = patch
        for shape, members in patch.get("optional_members", {}).items():
            if shape != "source":
                self.shapes[shape]["required"] = [name for name in self.shapes[shape]["required"] if name not in members]
        self.groups = groups
        self.aliases = {}  # other names of a struct that is the input or output of several operations
        self.struct_names = self._name_structs()
        self.streamed = self._streamed_shapes()
        self.group_of_struct = self._place_structs()

    def input_name(self, operation):
        return self._io_name(operation, "input", "Input")

    def output_name(self, operation):
        return self._io_name(operation, "output", "Output")

    def _io_name(self, operation, part, suffix):
        use = self.operations[operation].get(part)
        return self.struct_names[use["shape"]] if use else operation + suffix

    def uses(self, shape):
        """All uses of other shapes by `shape`: (role, name, use)."""
        for name, use in shape.get("members", {}).items():
            yield "member", name, use
        for role in ("member", "key", "value"):
            if role in shape:
                yield role, role, shape[role]

    def is_struct(self, name):
        return self.shapes[name]["type"] == "structure" and not self.shapes[name].get("document")

    def _name_structs(self):
        io_uses = {}
        for operation, entry in self.operations.items():
            for part, suffix in (("input", "Input"), ("output", "Output")):
                if part in entry:
                    io_uses.setdefault(entry[part]["shape"], []).append(operation + suffix)
        nested = {use["shape"] for shape in self.shapes.values() for _, _, use in self.uses(shape)}
        names, taken = {}, set(self.operations) | RESERVED_TYPES
        for shape, wanted in io_uses.items():
            if len(wanted) == 1 and shape not in nested:
                names[shape] = wanted[0]
        taken |= set(names.values())
        for shape in self.shapes:
            if self.is_struct(shape) and shape not in names:
                name = identifier(shape[0].upper() + shape[1:])
                while name in taken:
                    name += "Shape"
                names[shape] = name
                taken.add(name)
        for shape, wanted in io_uses.items():
            for alias in wanted:
                if alias != names[shape]:
                    self.aliases[alias] = names[shape]
        return names

    def _streamed_shapes(self):
        """Struct members that travel as a stream: {(struct's shape, member): "Body" | "StreamOut"}."""
        result = {}
        for operation in self.operations.values():
            for part, kind in (("input", "Body"), ("output", "StreamOut")):
                shape_name = operation.get(part, {}).get("shape")
                shape = self.shapes.get(shape_name, {})
                payload = shape.get("payload")
                if payload:
                    use = shape["members"][payload]
                    target = self.shapes[use["shape"]]
                    if target["type"] == "blob" and (use.get("streaming") or target.get("streaming")):
                        result[(shape_name, payload)] = kind
        return result

    def closure(self, roots):
        """The shapes that `roots` hold, innermost first."""
        order, seen = [], set()

        def visit(name):
            if name in seen:
                return
            seen.add(name)
            for _, _, use in self.uses(self.shapes[name]):
                visit(use["shape"])
            order.append(name)
        for root in roots:
            visit(root)
        return order

    def group_roots(self, group):
        roots = []
        for operation in self.groups[group]:
            entry = self.operations[operation]
            roots += [entry[part]["shape"] for part in ("input", "output") if part in entry]
        return roots

    def error_shapes(self):
        return [name for name, shape in self.shapes.items() if shape.get("exception")]

    def _place_structs(self):
        """{shape: header}: a group's own, or `shapes` when several groups, or an error, hold it."""
        places = {}
        for group in self.groups:
            for shape in self.closure(self.group_roots(group)):
                places.setdefault(shape, []).append(group)
        for shape in self.closure(self.error_shapes()):
            places.setdefault(shape, []).append("shapes")
        return {shape: groups[0] if len(groups) == 1 else "shapes"
                for shape, groups in places.items() if shape in self.struct_names}

    def holds_by_value(self, outer, inner, seen=None):
        """Whether struct `outer` has a struct `inner` inside itself, not behind a list or map."""
        seen = set() if seen is None else seen
        if outer in seen:
            return False
        seen.add(outer)
        for use in self.shapes[outer].get("members", {}).values():
            target = use["shape"]
            if self.is_struct(target) and (target == inner or self.holds_by_value(target, inner, seen)):
                return True
        return False

    def value_type(self, name):
        """The C++ type of a shape, without optional."""
        shape = self.shapes[name]
        if shape.get("document"):
            return "Json"
        if shape["type"] == "structure":
            return self.struct_names[name]
        if shape["type"] == "list":
            element = self.value_type(shape["member"]["shape"])
            return "std::deque<bool>" if element == "bool" else "std::vector<%s>" % element
        if shape["type"] == "map":
            return "Map<%s>" % self.value_type(shape["value"]["shape"])
        return SCALARS[shape["type"]]

    def member_type(self, struct, member):
        """The C++ type of a struct's member: plain when required, else optional; boxed when it holds its struct."""
        if (struct, member) in self.streamed:
            return self.streamed[(struct, member)]
        shape = self.shapes[struct]
        target = shape["members"][member]["shape"]
        value = self.value_type(target)
        if self.is_struct(target) and (target == struct or self.holds_by_value(target, struct)):
            return "Box<%s>" % value
        return value if member in shape.get("required", []) else "std::optional<%s>" % value


def load(models, groups):
    """All services of codegen/groups.json, in its order."""
    patches = json.loads((models / "patches.json").read_text())
    return [Service(name, json.loads((models / (name + ".json")).read_text()), patches.get(name, {}), entry["groups"])
            for name, entry in json.loads(groups.read_text()).items()]
