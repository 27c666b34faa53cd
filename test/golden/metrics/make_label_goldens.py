"""Writes label_goldens.json: scikit-learn's scores of predicted labels. Run by hand: python make_label_goldens.py"""

import numpy
from scipy import stats
from sklearn import metrics

from golden_cases import NAN, Goldens

goldens = Goldens(1)
AVERAGES = [None, "micro", "macro", "weighted", "samples", "binary"]


def drawn(seed, classes, rows, skill):
    """Labels of a made-up classifier that is right with probability skill."""
    random = numpy.random.default_rng(seed)
    true = random.integers(0, classes, rows)
    guess = random.integers(0, classes, rows)
    return true.tolist(), numpy.where(random.random(rows) < skill, true, guess).tolist()


def add_pair(name, true, pred, labels=(), zeros=(0.0, 0.0, 1.0, NAN), count=1):
    """Cases of every function on one pair of lists or tables."""
    goldens.inputs[f"{name}, true"], goldens.inputs[f"{name}, pred"] = true, pred
    names = [f"{name}, true", f"{name}, pred"]
    weights = goldens.weights(len(true))
    is_table = isinstance(true[0], list)
    chosen = [None, *labels] if labels else [None]
    scores = {"average": AVERAGES, "zero_division": zeros, "sample_weight": weights, "labels": chosen}
    goldens.draw("precision_recall_fscore_support", names, {**scores, "beta": [1.0, 0.5, 2.0]}, 2 * count)
    goldens.draw("precision_recall_fscore_support", names, {**scores, "average": [None]}, 1)
    for function in ["precision_score", "recall_score", "f1_score"]:
        goldens.draw(function, names, scores, 1)
    goldens.draw("fbeta_score", names, {**scores, "beta": [0.5, 2.0, 3.0]}, count)
    goldens.draw("jaccard_score", names, scores, count)
    for function in ["accuracy_score", "zero_one_loss"]:
        goldens.draw(function, names, {"normalize": [True, False], "sample_weight": weights}, count)
    goldens.draw("hamming_loss", names, {"sample_weight": weights}, count)
    samplewise = [False, True] if is_table and len(true) < 9 else [False]
    cells = {"sample_weight": weights, "labels": chosen, "samplewise": samplewise}
    goldens.draw("multilabel_confusion_matrix", names, cells, 1)
    # A table without any label, weighted by whole numbers, has "0" for a support where every other one has "0.0".
    is_empty = is_table and not numpy.any([true, pred])
    report = {"sample_weight": weights[:3] if is_empty else weights, "labels": chosen, "zero_division": zeros}
    goldens.draw("classification_report", names, {**report, "digits": [2, 2, 3, 0]}, (count + 1) // 2)
    goldens.draw("classification_report", names, {**report, "output_dict": [True]}, 1)
    if not is_table:
        add_classes(names, weights, chosen, count)


def add_classes(names, weights, chosen, count):
    """Cases of what takes one label a row only."""
    matrix = {"normalize": [None, "true", "pred", "all"], "sample_weight": weights, "labels": chosen}
    goldens.draw("confusion_matrix", names, matrix, count)
    goldens.draw("balanced_accuracy_score", names, {"adjusted": [False, True], "sample_weight": weights}, count)
    goldens.draw("matthews_corrcoef", names, {"sample_weight": weights}, count)
    kappa = {"weights": [None, "linear", "quadratic"], "sample_weight": weights, "labels": chosen}
    goldens.draw("cohen_kappa_score", names, kappa, count + 1)


def add_pairs():
    three, eleven = drawn(1, 3, 40, 0.6), drawn(2, 11, 60, 0.5)
    names = ["ham", "spam", "\u00e9t\u00e9"]
    add_pair("binary", [0, 1, 1, 0, 1, 1, 0], [0, 1, 0, 0, 1, 1, 1], count=2)
    add_pair("minus one and one", *[[2 * i - 1 for i in part] for part in drawn(3, 2, 30, 0.7)])
    add_pair("three classes", *three, labels=[[2, 0], [0, 1, 2, 5]], count=4)
    add_pair("eleven classes", *eleven, labels=[[10, 3, 4]], count=2)
    add_pair("strings", *[[names[i] for i in part[:9]] for part in three], labels=[["spam"]], count=2)
    add_pair("never predicted", [0, 1, 2, 2], [0, 0, 2, 2], labels=[[0, 1, 7]], count=2)
    add_pair("only predicted", [0, 0, 3], [0, 5, 3], labels=[[5, 0]])
    add_pair("one class", [1, 1, 1], [1, 1, 1])
    add_pair("one negative class", [0, 0], [0, 0])
    add_pair("all wrong", [0, 0, 1], [1, 1, 0])
    add_pair("ties when rounded", [0] * 8 + [1], [0] + [1] * 7 + [0])
    add_pair("wide names", ["a class with a long name", "b"], ["b", "b"], count=1)
    add_pair("emoji and private use", ["\U0001f600", "\ue000"], ["\ue000", "\ue000"], count=1)


def add_tables():
    random = numpy.random.default_rng(4)
    true = (random.random((25, 4)) < [0.5, 0.2, 0.7, 0.1]).astype(int)
    pred = numpy.where(random.random((25, 4)) < 0.7, true, 1 - true)
    true[3], pred[3], true[4] = 0, 0, 0
    add_pair("table", true.tolist(), pred.tolist(), labels=[[2, 0], [3]], count=4)
    add_pair("table of empty columns", [[0, 1, 0], [0, 1, 0]], [[0, 0, 1], [0, 1, 0]], count=2)
    add_pair("empty table", [[0, 0], [0, 0]], [[0, 0], [0, 0]])


def mcnemar(true, first, second, exact=True, correction=True):
    first, second = numpy.array(first) == true, numpy.array(second) == true
    b, c = int((first & ~second).sum()), int((~first & second).sum())
    counts = [int((first & second).sum()), b, c, int((~first & ~second).sum())]
    if exact:
        return [*counts, min(b, c), stats.binomtest(min(b, c), b + c).pvalue if b + c > 0 else 1]
    distance = max(abs(b - c) - (1 if correction else 0), 0)
    statistic = distance**2 / (b + c) if b + c > 0 else 0
    return [*counts, statistic, stats.chi2.sf(statistic, 1)]


def add_tests():
    random = numpy.random.default_rng(5)
    true = random.integers(0, 2, 90)
    goldens.inputs["answers"] = true.tolist()
    for name, skill in {"coin": 0.5, "fair": 0.7, "good": 0.9, "perfect": 1}.items():
        goldens.inputs[name] = numpy.where(random.random(90) < skill, true, 1 - true).tolist()
    options = {"exact": [True, False], "correction": [True, False]}
    for first, second in [("coin", "good"), ("fair", "good"), ("coin", "perfect"), ("good", "good"), ("fair", "coin")]:
        goldens.draw("mcnemar_test", ["answers", first, second], options, 4, mcnemar)


if __name__ == "__main__":
    add_pairs()
    add_tables()
    add_tests()
    goldens.write("label_goldens.json")
