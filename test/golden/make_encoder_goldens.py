"""Writes the goldens of BERT's relatives, a file per family, and those of multiple choice for BERT and DistilBERT.

    python make_encoder_goldens.py

golden_runs.py says what is run and what a golden holds. Few cases per head: what the families share is held by
make_bert_goldens.py.
"""

import sys

import torch
import transformers

from bert_golden_cases import VOCAB, batch_of, pick, token_labels, without
from encoder_golden_cases import FAMILIES, choice_batch, family_config
from golden_files import library_versions, write_golden
from golden_runs import model_entry
from golden_weights import rounded, uniform


class Maker:
    """The goldens of one family: `batch` makes its inputs, `entry` runs one of its models."""

    def __init__(self, name):
        self.name, self.family = name, FAMILIES[name]

    def batch(self, name, lengths, *left_out, **options):
        batch = batch_of(f"{self.name}.{name}", lengths, **options)
        if not self.family["types"]:
            batch = without(batch, "tokenTypeIds")
        if self.family["pad"] == 1:  # trades places with the first word of each text
            batch["inputIds"] = [[{0: 1, 1: 0}.get(i, i) for i in row] for row in batch["inputIds"]]
        return without(batch, *left_out)

    def entry(self, suffix, label, size, cases, with_layers=False, **extra):
        config = family_config(self.name, size, **extra)
        return model_entry(self.family["prefix"] + suffix, label, config, cases, with_layers, full_output=40)

    def golden(self, suffix, models):
        for model in models:
            print(self.family["prefix"] + suffix, model["name"], model["f32Deviation"], file=sys.stderr)
        return {"class": self.family["prefix"] + suffix, "models": models}

    def base(self):
        cases = [("right padding, pairs", self.batch("right", [6, 11], pairs=True)),
                 ("left padding", self.batch("left", [4, 10], padding="left")),
                 ("holes in the mask", self.batch("holes", [12, 8], padding="holes"))]
        return self.golden("Model", [self.entry("Model", "wide", "wide", cases, with_layers=True),
                                     self.entry("Model", "other", "other", cases[:1], with_layers=True)])

    def sequences(self):
        suffix = "ForSequenceClassification"
        left = self.batch("sequence", [5, 12], padding="left")
        holes = self.batch("sequence holes", [11, 7], padding="holes")
        floats = lambda name, count: [rounded(float(v), 6) for v in uniform(name, count)]
        bits = [[float(bit) for bit in pick(f"bits.{row}", 3, 2)] for row in range(2)]
        return self.golden(suffix, [
            self.entry(suffix, "single label", "other", [("left padding", left | {"labels": [2, 0]})], num_labels=3),
            self.entry(suffix, "regression", "other", [("left padding", left | {"labels": floats("targets", 2)})],
                       num_labels=1),
            self.entry(suffix, "multi label", "other", [("holes in the mask", holes | {"labels": bits})], num_labels=3,
                       problem_type="multi_label_classification"),
        ])

    def tokens(self):
        batch = self.batch("tokens", [9, 6], padding="holes")
        labels = token_labels("tokens", batch, 5)
        return self.golden("ForTokenClassification", [
            self.entry("ForTokenClassification", "other", "other", [("holes in the mask", batch | {"labels": labels})],
                       num_labels=5)])

    def words(self):
        batch = self.batch("words", [7, 10])
        cases = [("right padding", batch | {"labels": token_labels("words", batch, VOCAB, every=3)})]
        return self.golden("ForMaskedLM", [
            self.entry("ForMaskedLM", "tied decoder", "wide", cases),
            self.entry("ForMaskedLM", "untied decoder", "other", cases, tie_word_embeddings=False)])

    def answers(self):
        """Losses only without padding: Hugging Face's softmax runs over padded positions too."""
        plain = self.batch("answers", [9, 9], "attentionMask") | {"startPositions": [3, 6], "endPositions": [5, 40]}
        cases = [("no padding, one answer beyond the text", plain), ("right padding", self.batch("answers", [5, 9]))]
        return self.golden("ForQuestionAnswering", [self.entry("ForQuestionAnswering", "other", "other", cases)])

    def choices(self):
        lengths = [6, 9, 4, 8, 5, 7]
        batch = choice_batch(self.batch("choices", lengths, padding="left"), 3) | {"labels": [2, 0]}
        cases = [("left padding", batch), ("right padding", choice_batch(self.batch("choices", lengths), 3))]
        return self.golden("ForMultipleChoice", [
            self.entry("ForMultipleChoice", "other", "other", cases, with_layers=True)])

    def replacements(self):
        batch = self.batch("replaced", [8, 11], padding="holes")
        labels = [[label if label >= 0 else 0 for label in row] for row in token_labels("replaced", batch, 2)]
        return self.golden("ForPreTraining", [
            self.entry("ForPreTraining", "other", "other", [("holes in the mask", batch | {"labels": labels})])])


def main():
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    versions = library_versions(torch, transformers)
    for name, family in FAMILIES.items():
        maker = Maker(name)
        write_golden(f"models/{name}", versions, {"goldens": [getattr(maker, head)() for head in family["heads"]]})


if __name__ == "__main__":
    main()
