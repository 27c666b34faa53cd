"""Writing goldens: compact JSON with one line per small object, so that a changed case is a readable diff."""

import json
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
FORMAT = 1


def dumps(value, depth=0, width=150):
    """JSON text: an object or list that fits the width, or holds only numbers, stays on one line."""
    line = json.dumps(value, ensure_ascii=True, separators=(", ", ": "))
    flat = isinstance(value, list) and not any(isinstance(item, (list, dict)) for item in value)
    if len(line) <= width or flat or not isinstance(value, (list, dict)):
        return line
    pad = " " * (depth + 1)
    if isinstance(value, dict):
        items = [f"{pad}{json.dumps(key)}: {dumps(item, depth + 1, width)}" for key, item in value.items()]
        return "{\n" + ",\n".join(items) + "\n" + " " * depth + "}"
    items = [pad + dumps(item, depth + 1, width) for item in value]
    return "[\n" + ",\n".join(items) + "\n" + " " * depth + "]"


def write_golden(name, versions, body):
    """Writes NAME.json below this folder and prints its size."""
    path = FOLDER / f"{name}.json"
    text = dumps({"format": FORMAT, "madeWith": versions} | body) + "\n"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="ascii")
    print(f"{path.name}: {len(text) / 1024:.1f} kB")


def library_versions(*modules):
    """{"torch": "2.13.0", ...} without local build tags."""
    return {module.__name__: module.__version__.split("+")[0] for module in modules}
