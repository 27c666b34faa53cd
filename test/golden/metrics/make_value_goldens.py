"""Writes value_goldens.json: scikit-learn's and scipy's metrics of regression. Run by hand: python make_value_goldens.py"""

import numpy
from scipy import stats

from golden_cases import Goldens

goldens = Goldens(8)


def correlation(function):
    return lambda x, y: function(x, y).statistic


def add_pair(name, true, pred, count=2):
    goldens.inputs[f"{name}, true"], goldens.inputs[f"{name}, pred"] = true, pred
    names = [f"{name}, true", f"{name}, pred"]
    weights = goldens.weights(len(true))
    is_table = isinstance(true[0], list)
    averages = ["uniform_average", "raw_values"] if is_table else ["uniform_average"]
    options = {"sample_weight": weights, "multioutput": averages}
    for function in ["mean_squared_error", "root_mean_squared_error", "mean_absolute_error"]:
        goldens.draw(function, names, options, 2)
    if is_table:
        averages.append("variance_weighted")
    for function in ["r2_score", "explained_variance_score"]:
        goldens.draw(function, names, {**options, "force_finite": [True, True, False]}, count + 1)
    if not is_table and len(true) > 1:
        goldens.draw("pearson_correlation", names, {}, 1, correlation(stats.pearsonr))
        goldens.draw("spearman_correlation", names, {}, 1, correlation(stats.spearmanr))


def main():
    random = numpy.random.default_rng(9)
    true = random.normal(0, 3, 40).round(3)
    pred = (0.8 * true + random.normal(0, 1, 40)).round(3)
    add_pair("random", true.tolist(), pred.tolist(), count=3)
    add_pair("far from zero", (true[:20] + 1e6).tolist(), (pred[:20] + 1e6).tolist())
    add_pair("large", (true[:10] * 1e160).tolist(), (pred[:10] * 1e160).tolist(), count=1)
    add_pair("ties", true[:25].round().tolist(), pred[:25].round().tolist())
    add_pair("offset", [1, 2, 3, 4], [2, 3, 4, 5])
    add_pair("constant truth", [2.5, 2.5, 2.5], [2.5, 3, 2])
    add_pair("constant truth, predicted", [2.5, 2.5, 2.5], [2.5, 2.5, 2.5])
    add_pair("constant prediction", [1, 2, 4], [3, 3, 3])
    add_pair("two rows", [1, 2], [7, 5])
    add_pair("one row", [1], [3])
    table = random.normal(0, 2, (12, 3)).round(2)
    guess = (table + random.normal(0, 1, (12, 3))).round(2)
    table[:, 2] = 1
    add_pair("table", table.tolist(), guess.tolist(), count=3)
    goldens.write("value_goldens.json")


if __name__ == "__main__":
    main()
