"""How the model's names become C++ names."""
import re

# Names that generated structs may not take: our own types, which handlers use beside them.
RESERVED_TYPES = {"Error", "Time", "Json", "Body", "Map", "Box", "Outcome", "Context", "Reply", "Shape", "Member",
                  "StreamOut", "Type", "Log", "Clock", "Random", "Disk", "Platform", "Caller", "Front"}
KEYWORDS = {"and", "auto", "bool", "break", "case", "catch", "char", "class", "const", "continue", "default", "delete",
            "do", "double", "else", "enum", "export", "extern", "false", "float", "for", "friend", "goto", "if", "inline",
            "int", "long", "mutable", "namespace", "new", "not", "operator", "or", "private", "protected", "public",
            "register", "return", "short", "signed", "sizeof", "static", "struct", "switch", "template", "this", "throw",
            "true", "try", "typedef", "union", "unsigned", "using", "virtual", "void", "volatile", "while", "xor",
            "table"}


def snake_case(name):
    """botocore's xform_name: S3OutputPath -> s3_output_path, FooIDs -> foo_ids."""
    if "_" in name:
        return name.lower()
    plural = re.search(r"[A-Z]{2,}s$", name)
    if plural:
        name = name[:-len(plural.group())] + "_" + plural.group().lower()
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower().replace("__", "_").replace("-", "_")


def member_name(name):
    result = snake_case(name)
    return result + "_" if result in KEYWORDS else result


def identifier(name):
    return re.sub(r"\W", "_", name)


def literal(text):
    """A C++ string literal of any text, safe against trigraphs and hexadecimal run-on."""
    out = []
    for byte in text.encode():
        char = chr(byte)
        if char in '"\\':
            out.append("\\" + char)
        elif 32 <= byte < 127 and char != "?":
            out.append(char)
        else:
            out.append("\\%03o" % byte)
    return '"' + "".join(out) + '"'
