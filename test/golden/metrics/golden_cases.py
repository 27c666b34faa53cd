"""What the scripts for metrics' goldens share: inputs by name, draws of options, and compact JSON."""

import json
import math
import re
import warnings
from pathlib import Path

import numpy
import scipy
import sklearn
from sklearn import metrics

NAN = float("nan")


def camel(name):
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


def plain(value):
    """JSON without NaN and infinities, with no more digits than a comparison to 1e-9 needs."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, numpy.ndarray)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (str, bool)):
        return value
    if not math.isfinite(value):
        return str(float(value))
    return int(value) if float(value).is_integer() else float(f"{value:.12g}")


class Goldens:
    """Inputs by name, and for groups of them cases: [function, options, expected]. An option "@name" is an input too."""

    def __init__(self, seed):
        self.random = numpy.random.default_rng(seed)
        self.inputs = {}
        self.groups = []

    def weights(self, rows):
        """Names of weights for so many rows: whole numbers, fractions, and some zeros; or none."""
        draws = {
            "whole": lambda: self.random.integers(1, 4, rows),
            "parts": lambda: self.random.integers(1, 100, rows) / 64,
            "zeros": lambda: self.random.integers(0, 3, rows) / 4,
        }
        for kind, draw in draws.items():
            if f"{kind}{rows}" not in self.inputs:
                values = draw()
                values[-1] = 1
                self.inputs[f"{kind}{rows}"] = values.tolist()
        return [None, None, None, *(f"@{kind}{rows}" for kind in draws)]

    def value(self, option):
        is_name = isinstance(option, str) and option.startswith("@")
        return self.inputs[option[1:]] if is_name else option

    def add(self, function, names, options, expected):
        if not self.groups or self.groups[-1]["inputs"] != names:
            self.groups.append({"inputs": names, "cases": []})
        given = {camel(key): plain_option(value) for key, value in options.items()}
        self.groups[-1]["cases"].append([camel(function), given, plain(expected)])

    def draw(self, function, names, grid, count=2, compute=None):
        """Adds cases of one function with options drawn from a grid; those that scikit-learn refuses are drawn again."""
        compute = compute or getattr(metrics, function)
        known = set()
        for _ in range(20 * count):
            options = {key: values[self.random.integers(len(values))] for key, values in grid.items()}
            key = json.dumps(plain(options))
            if key in known:
                continue
            known.add(key)
            arguments = {name: self.value(option) for name, option in options.items()}
            try:
                expected = compute(*(numpy.array(self.inputs[name]) for name in names), **arguments)
            except (ValueError, ZeroDivisionError, NotImplementedError):
                continue
            # None stands for an option left out, except where it is an average.
            given = {k: v for k, v in options.items() if v is not None or k == "average"}
            self.add(function, names, given, expected)
            count -= 1
            if count == 0:
                return

    def write(self, name):
        versions = {"scikit-learn": sklearn.__version__, "scipy": scipy.__version__, "numpy": numpy.__version__}
        golden = {"madeWith": versions, "inputs": plain(self.inputs), "groups": self.groups}
        path = Path(__file__).with_name(name)
        path.write_text(json.dumps(golden, separators=(",", ":"), ensure_ascii=False) + "\n")
        cases = sum(len(group["cases"]) for group in self.groups)
        print(f"{name}: {cases} cases, {path.stat().st_size} bytes")


def plain_option(value):
    """scikit-learn's words, spelt as ours."""
    words = {"uniform_average": "uniformAverage", "raw_values": "rawValues", "variance_weighted": "varianceWeighted"}
    return words.get(value, plain(value)) if isinstance(value, str) else plain(value)


warnings.simplefilter("ignore")
