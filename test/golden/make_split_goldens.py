"""Writes split_goldens.json: class counts of scikit-learn's stratified splits. Run by hand: python make_split_goldens.py"""

import json
from collections import Counter
from pathlib import Path

import numpy
import sklearn
from sklearn.model_selection import train_test_split

CASES = [
    ([50, 30, 20], 0.2),
    ([50, 30, 20], 0.33),
    ([7, 11, 3], 0.25),
    ([7, 11, 3], 5),
    ([2, 2, 96], 0.1),
    ([1000, 17, 5], 0.15),
    ([500, 1400, 2500, 250, 1396], 0.2),
    ([13, 8], 0.5),
]


def split_counts(counts, test_size):
    labels = numpy.repeat(numpy.arange(len(counts)), counts)
    seen = set()
    # Classes with equal remainders get their row by chance: list every outcome that occurs.
    for seed in range(200):
        train, test = train_test_split(labels, test_size=test_size, stratify=labels, random_state=seed)
        outcome = [[Counter(part.tolist())[c] for c in range(len(counts))] for part in (train, test)]
        seen.add(json.dumps(outcome))
    return [json.loads(outcome) for outcome in sorted(seen)]


def main():
    cases = [{"counts": c, "testSize": t, "outcomes": split_counts(c, t)} for c, t in CASES]
    golden = {"sklearn": sklearn.__version__, "cases": cases}
    path = Path(__file__).with_name("split_goldens.json")
    path.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
