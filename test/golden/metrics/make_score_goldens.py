"""Writes score_goldens.json: scikit-learn's metrics of scores and probabilities. Run by hand: python make_score_goldens.py"""

import numpy
from sklearn import calibration, metrics

from golden_cases import Goldens

goldens = Goldens(6)
COLUMN_AVERAGES = ["macro", "weighted", "micro", "samples", None]


def softmax(values):
    powers = numpy.exp(values - values.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def add_binary(name, true, scores, positive=(None,), is_probability=True, count=1):
    goldens.inputs[f"{name}, true"], goldens.inputs[f"{name}, scores"] = true, scores
    names = [f"{name}, true", f"{name}, scores"]
    weights = goldens.weights(len(true))
    curve = {"pos_label": positive, "sample_weight": weights, "drop_intermediate": [True, False]}
    goldens.draw("roc_curve", names, curve, count)
    goldens.draw("precision_recall_curve", names, curve, count)
    goldens.draw("roc_auc_score", names, {"sample_weight": weights, "max_fpr": [None, 1.0, 0.3, 0.5]}, count + 2)
    ones = [label for label in positive if label is not None] or [1]
    goldens.draw("average_precision_score", names, {"pos_label": ones, "sample_weight": weights}, count)
    goldens.draw("top_k_accuracy_score", names, {"k": [1, 1, 2], "normalize": [True, False], "sample_weight": weights})
    thresholds = {"metric": ["f1", "accuracy", "balancedAccuracy", "jaccard", "matthewsCorrcoef"]}
    if positive == (None,):
        goldens.draw("best_thresholds", names, {**thresholds, "sample_weight": weights}, count + 1, best_threshold)
    if is_probability:
        add_probability(names, positive, weights, count)


def add_probability(names, positive, weights, count):
    brier = {"pos_label": positive, "sample_weight": weights, "scale_by_half": ["auto", True, False]}
    goldens.draw("brier_score_loss", names, brier, count)
    goldens.draw("log_loss", names, {"normalize": [True, False], "sample_weight": weights}, count)
    bins = {"pos_label": positive, "n_bins": [5, 10, 3], "strategy": ["uniform", "quantile"]}
    goldens.draw("calibration_curve", names, bins, count, curve_and_counts)
    goldens.draw("expected_calibration_error", names, bins, count, error_of_positive)


def curve_and_counts(true, prob, pos_label=None, n_bins=5, strategy="uniform"):
    """scikit-learn's curve, and the rows of its bins: found by counting those between the bins' borders."""
    curve = calibration.calibration_curve(true, prob, pos_label=pos_label, n_bins=n_bins, strategy=strategy)
    shares = numpy.linspace(0, 1, n_bins + 1)
    borders = numpy.percentile(prob, shares * 100) if strategy == "quantile" else shares
    bins = numpy.searchsorted(borders[1:-1], prob)
    counts = numpy.bincount(bins, minlength=n_bins)
    return [*curve, counts[counts > 0]]


def error_of_positive(true, prob, **options):
    share, mean, counts = curve_and_counts(true, prob, **options)
    return (numpy.abs(share - mean) * counts).sum() / len(true)


def error_of_confidence(true, table, labels=None, n_bins=15, strategy="uniform"):
    table, classes = numpy.array(table), numpy.array(sorted(set(true)) if labels is None else labels)
    right = (classes[table.argmax(axis=1)] == true).astype(int)
    return error_of_positive(right, table.max(axis=1), n_bins=n_bins, strategy=strategy)


COUNT_METRICS = {
    "f1": lambda true, pred, weight: metrics.f1_score(true, pred, sample_weight=weight, pos_label=1),
    "accuracy": lambda true, pred, weight: metrics.accuracy_score(true, pred, sample_weight=weight),
    "balancedAccuracy": lambda true, pred, weight: metrics.balanced_accuracy_score(true, pred, sample_weight=weight),
    "jaccard": lambda true, pred, weight: metrics.jaccard_score(true, pred, sample_weight=weight, pos_label=1),
    "matthewsCorrcoef": lambda true, pred, weight: metrics.matthews_corrcoef(true, pred, sample_weight=weight),
}


def best_threshold(true, scores, metric="f1", sample_weight=None):
    """Every threshold tried, from the highest down, with scikit-learn's metric."""
    true, scores = numpy.array(true), numpy.array(scores)
    if true.ndim == 2:
        columns = [best_threshold(t, s, metric, sample_weight) for t, s in zip(true.T, scores.T)]
        return [[c[i][0] for c in columns] for i in range(2)]
    weight = None if sample_weight is None else numpy.array(sample_weight)
    kept = scores if weight is None else scores[weight > 0]
    levels = numpy.unique(kept)[::-1]
    candidates = [levels[0] + max(abs(levels[0]) * 2**-22, 2**-126)]
    candidates += [low + (high - low) / 2 for high, low in zip(levels, levels[1:])]
    candidates += [levels[-1] - max(abs(levels[-1]) * 2**-22, 2**-126)]
    negative = min(0, true.min())
    values = [COUNT_METRICS[metric](true, numpy.where(scores >= c, 1, negative), weight) for c in candidates]
    best = next(i for i, value in enumerate(values) if value >= max(values) - 1e-12)
    return [[candidates[best]], [values[best]]]


def add_multiclass(name, true, table, labels=None, count=2):
    goldens.inputs[f"{name}, true"], goldens.inputs[f"{name}, table"] = true, table
    names = [f"{name}, true", f"{name}, table"]
    weights = goldens.weights(len(true))
    chosen = [labels]
    auc = {"multi_class": ["ovr", "ovo"], "average": ["macro", "weighted", "micro", None], "labels": chosen}
    goldens.draw("roc_auc_score", names, {**auc, "sample_weight": weights}, 2 * count)
    if labels is None:
        goldens.draw("average_precision_score", names, {"average": COLUMN_AVERAGES, "sample_weight": weights}, count)
    sums = {"normalize": [True, False], "sample_weight": weights, "labels": chosen}
    goldens.draw("log_loss", names, sums, count)
    goldens.draw("top_k_accuracy_score", names, {**sums, "k": [1, 2, 3]}, count)
    brier = {"scale_by_half": ["auto", True, False], "sample_weight": weights, "labels": chosen}
    goldens.draw("brier_score_loss", names, brier, count)
    bins = {"labels": chosen, "n_bins": [15, 4], "strategy": ["uniform", "quantile"]}
    goldens.draw("expected_calibration_error", names, bins, count, error_of_confidence)


def add_multilabel(name, true, table, count=4):
    goldens.inputs[f"{name}, true"], goldens.inputs[f"{name}, table"] = true, table
    names = [f"{name}, true", f"{name}, table"]
    weights = goldens.weights(len(true))
    auc = {"average": COLUMN_AVERAGES, "sample_weight": weights}
    goldens.draw("roc_auc_score", names, {**auc, "max_fpr": [None, None, 0.4]}, 2 * count)
    goldens.draw("average_precision_score", names, auc, 2 * count)
    goldens.draw("best_thresholds", names, {"metric": ["f1"], "sample_weight": weights}, 2, best_threshold)


def main():
    random = numpy.random.default_rng(7)
    true = random.integers(0, 2, 40)
    scores = numpy.clip(0.3 * true + 0.7 * random.random(40), 0, 1).round(2)
    add_binary("binary", true.tolist(), scores.tolist(), count=4)
    logits = (2 * true[:25] - 1 + random.normal(0, 1, 25)).round(1)
    add_binary("logits", (2 * true[:25] - 1).tolist(), logits.tolist(), is_probability=False, count=2)
    words = ["spam" if label else "ham" for label in true[:12]]
    add_binary("words", words, scores[:12].tolist(), positive=("spam", "ham"))
    add_binary("many ties", true[:20].tolist(), (scores[:20] * 4).round().clip(0, 4).__truediv__(4).tolist(), count=2)
    add_binary("all equal", [0, 1, 1], [0.5, 0.5, 0.5])
    add_binary("no positive", [0, 0, 0], [0.25, 0.5, 0.75])
    add_binary("no negative", [1, 1], [0.25, 0.5])
    add_binary("perfect", [0, 0, 1, 1], [0, 0.25, 0.5, 1])
    add_binary("one row", [1], [1.0])
    three = random.integers(0, 3, 30)
    table = softmax(2 * numpy.eye(3)[three] + random.normal(0, 1.5, (30, 3))).round(3)
    table[:, 2] = (1 - table[:, 0] - table[:, 1]).round(3)
    add_multiclass("three classes", three.tolist(), table.tolist(), count=4)
    add_multiclass("class without rows", (three[:15] // 2 * 2).tolist(), table[:15].tolist(), [0, 1, 2])
    add_multiclass("names", [["a", "b", "c"][i] for i in three[:12]], table[:12].tolist())
    halves = numpy.array([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0, 0, 1], [0.25, 0.25, 0.5], [1, 0, 0], [0.5, 0.5, 0]])
    add_multiclass("ties", [1, 0, 2, 1, 0, 2], halves.tolist())
    add_multiclass("two columns", [0, 1, 1, 0], [[0.75, 0.25], [0.5, 0.5], [0, 1], [0, 1]], [0, 1])
    many = (random.random((20, 4)) < [0.5, 0.2, 0.7, 0.3]).astype(int)
    many[:, 1] |= 1 - many.max(axis=1)
    shown = (0.4 * many + 0.6 * random.random((20, 4))).round(2)
    add_multilabel("table", many.tolist(), shown.tolist())
    many = many[:8] * [1, 0, 1, 1]
    add_multilabel("table with an empty column", many.tolist(), shown[:8].tolist())
    goldens.inputs["x"], goldens.inputs["y"] = [0, 0.125, 0.5, 0.5, 1], [1, 0.5, 0.75, 0, 0.25]
    goldens.inputs["x down"] = [4, 3, 3, -1, -2]
    for x in ["x", "x down"]:
        goldens.draw("auc", [x, "y"], {}, 1)
    goldens.write("score_goldens.json")


if __name__ == "__main__":
    main()
