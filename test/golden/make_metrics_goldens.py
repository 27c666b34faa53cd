"""Writes metrics_goldens.json: scikit-learn's scores on small and awkward inputs. Run by hand: python make_metrics_goldens.py"""

import json
import math
import warnings
from pathlib import Path

import numpy
import sklearn
from sklearn import metrics

NAN = float("nan")


def drawn(seed, classes, rows, skill):
    """Labels of a made-up classifier that is right with probability skill."""
    random = numpy.random.default_rng(seed)
    true = random.integers(0, classes, rows)
    guess = random.integers(0, classes, rows)
    return true.tolist(), numpy.where(random.random(rows) < skill, true, guess).tolist()


def make_cases():
    three = drawn(1, 3, 40, 0.6)
    names = ["ham", "spam", "\u00e9t\u00e9"]
    return [
        {"name": "binary", "true": [0, 1, 1, 0, 1, 1, 0], "pred": [0, 1, 0, 0, 1, 1, 1]},
        {"name": "three classes", "true": three[0], "pred": three[1]},
        {"name": "strings", "true": [names[i] for i in three[0][:9]], "pred": [names[i] for i in three[1][:9]]},
        {"name": "labels asked for leave one out", "true": three[0][:20], "pred": three[1][:20], "labels": [2, 0]},
        {"name": "labels asked for that never occur", "true": [0, 1, 1], "pred": [0, 1, 0], "labels": [0, 1, 7]},
        {"name": "class never predicted", "true": [0, 1, 2, 2], "pred": [0, 0, 2, 2]},
        {"name": "class never predicted, zero division 1", "true": [0, 1, 2, 2], "pred": [0, 0, 2, 2], "zero": 1.0},
        {"name": "class never predicted, zero division nan", "true": [0, 1, 2, 2], "pred": [0, 0, 2, 2], "zero": NAN},
        {"name": "class only predicted, zero division nan", "true": [0, 0, 3], "pred": [0, 5, 3], "zero": NAN},
        {"name": "single class", "true": [1, 1, 1], "pred": [1, 1, 1]},
        {"name": "single negative class", "true": [0, 0], "pred": [0, 0], "zero": 1.0},
        {"name": "all wrong", "true": [0, 0, 1], "pred": [1, 1, 0]},
        {"name": "scores that tie when rounded", "true": [0] * 8 + [1], "pred": [0] + [1] * 7 + [0]},
        {"name": "wide names", "true": ["a class with a long name", "b"], "pred": ["b", "b"]},
        {"name": "emoji and private use sort by code point", "true": ["\U0001f600", "\ue000"], "pred": ["\ue000", "\ue000"]},
    ]


def plain(value):
    """JSON without NaN and with no more digits than a comparison needs."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, numpy.ndarray)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, str):
        return value
    if math.isnan(value):
        return "nan"
    return int(value) if float(value).is_integer() else round(float(value), 12)


def score(case):
    true, pred, labels = case["true"], case["pred"], case.get("labels")
    zero = case.get("zero", 0.0)
    options = {"labels": labels, "zero_division": zero}
    averages = [None, "micro", "macro", "weighted"]
    if set(true) | set(pred) <= {0, 1}:
        averages.append("binary")
    result = {"accuracy": metrics.accuracy_score(true, pred), "scores": {}, "matrix": {}}
    for average in averages:
        for beta in [1.0, 2.0] if average is None else [1.0]:
            key = f"{average} {beta:g}".replace("None", "null")
            scores = metrics.precision_recall_fscore_support(true, pred, average=average, beta=beta, **options)
            result["scores"][key] = scores
    for normalize in [None, "true", "pred", "all"]:
        matrix = metrics.confusion_matrix(true, pred, labels=labels, normalize=normalize)
        result["matrix"][normalize or "null"] = matrix
    digits = (0, 2, 3) if "tie" in case["name"] else (2,)
    result["report"] = {d: metrics.classification_report(true, pred, digits=d, **options) for d in digits}
    if "class" in case["name"] or labels:
        result["dict"] = metrics.classification_report(true, pred, output_dict=True, **options)
    return plain({**case, **result})


def main():
    warnings.simplefilter("ignore")
    cases = [score(case) for case in make_cases()]
    path = Path(__file__).with_name("metrics_goldens.json")
    golden = {"sklearn": sklearn.__version__, "cases": cases}
    path.write_text(json.dumps(golden, separators=(",", ":"), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
