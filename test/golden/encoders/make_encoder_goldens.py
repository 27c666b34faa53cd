"""Writes the goldens of BERT's relatives, a file per family, and those of multiple choice for BERT and DistilBERT.

    python encoders/make_encoder_goldens.py [FAMILY ...]

golden_runs.py says what is run and what a golden holds. Few cases per head: what the families share is held by
make_bert_goldens.py.
"""

import sys
from pathlib import Path

import torch
import transformers

sys.path.append(str(Path(__file__).resolve().parent.parent))

from bert_golden_cases import SEP, VOCAB, batch_of, pick, token_labels, without
from encoder_golden_cases import FAMILIES, choice_batch, family_config
from golden_files import library_versions, write_golden
from golden_runs import model_entry
from golden_weights import rounded, uniform


class Maker:
    """The goldens of one family: `batch` makes its inputs, `entry` runs one of its models."""

    def __init__(self, name):
        self.name, self.family = name, FAMILIES[name]
        self.windowed = self.name == "longformer"
        self.padding = self.family.get("padding", "left")
        self.more = [size for size in self.family["sizes"] if size not in ("wide", "other")]
        self.third = self.more[0] if self.more else "other"

    def batch(self, name, lengths, *left_out, **options):
        batch = batch_of(f"{self.name}.{name}", lengths, **options)
        if not self.family["types"]:
            batch = without(batch, "tokenTypeIds")
        if self.family["pad"] == 1:  # trades places with the first word of each text
            batch["inputIds"] = [[{0: 1, 1: 0}.get(i, i) for i in row] for row in batch["inputIds"]]
        return without(batch, *left_out)

    def pair(self, name, lengths, *left_out, **options):
        """A batch of questions, each with what belongs to it: three separators, as Longformer's heads look for."""
        batch = self.batch(name, lengths, *left_out, **options)
        if self.windowed:
            for row, length in zip(batch["inputIds"], lengths):
                row[length - 4:length - 2] = [SEP, SEP]
        return batch

    def global_tokens(self, batch):
        """The batch with two global tokens in each row, for families that have them: as many everywhere, since Python's
        gradients in f64 are NaN else."""
        if not self.windowed:
            return batch
        last = [len(mask) - 1 - mask[::-1].index(1) for mask in batch["attentionMask"]]
        return batch | {"globalAttentionMask": [[int(i in (0, end)) for i in range(len(mask))]
                                                for mask, end in zip(batch["attentionMask"], last)]}

    def entry(self, suffix, label, size, cases, with_layers=False, **extra):
        config = family_config(self.name, size, **extra)
        entry = model_entry(self.family["prefix"] + suffix, label, config, cases, with_layers, full_output=40)
        if self.windowed:  # Python's attentions are of another form, and its pooler would read padding
            for case in entry["cases"]:
                case["outputs"].pop("attentions", None)
                if case["name"] == "left padding":
                    case["outputs"].pop("poolerOutput", None)
        return entry

    def golden(self, suffix, models):
        for model in models:
            print(self.family["prefix"] + suffix, model["name"], model["f32Deviation"], file=sys.stderr)
        return {"class": self.family["prefix"] + suffix, "models": models}

    def base(self):
        cases = [("right padding, pairs", self.batch("right", [6, 11], pairs=True)),
                 ("left padding", self.batch("left", [4, 10], padding="left")),
                 ("holes in the mask", self.batch("holes", [12, 8], padding="holes"))]
        if self.windowed:
            cases.append(("global tokens", self.global_tokens(self.batch("globals", [13, 9]))))
        few = [cases[0], *cases[2:]] if self.more else cases[:1]
        sizes = [("wide", cases), ("other", few), *((size, few) for size in self.more)]
        return self.golden("Model", [self.entry("Model", size, size, cases, with_layers=True) for size, cases in sizes])

    def sequences(self):
        suffix = "ForSequenceClassification"
        left = self.batch("sequence", [5, 12], padding=self.padding)
        holes = self.batch("sequence holes", [11, 7], padding="holes")
        floats = lambda name, count: [rounded(float(v), 6) for v in uniform(name, count)]
        bits = [[float(bit) for bit in pick(f"bits.{row}", 3, 2)] for row in range(2)]
        return self.golden(suffix, [
            self.entry(suffix, "single label", "other", [(f"{self.padding} padding", left | {"labels": [2, 0]})], num_labels=3),
            self.entry(suffix, "regression", self.third,
                       [(f"{self.padding} padding", left | {"labels": floats("targets", 2)})], num_labels=1,
                       **self.family.get("regression", {})),
            self.entry(suffix, "multi label", "wide" if self.more else "other", [("holes in the mask", holes | {"labels": bits})], num_labels=3,
                       problem_type="multi_label_classification"),
        ])

    def tokens(self):
        batch = self.global_tokens(self.batch("tokens", [9, 6], padding="holes"))
        labels = token_labels("tokens", batch, 5)
        return self.golden("ForTokenClassification", [
            self.entry("ForTokenClassification", "other", "other", [("holes in the mask", batch | {"labels": labels})],
                       num_labels=5)])

    def words(self):
        batch = self.global_tokens(self.batch("words", [7, 10]))
        cases = [("right padding", batch | {"labels": token_labels("words", batch, VOCAB, every=3)})]
        return self.golden("ForMaskedLM", [
            self.entry("ForMaskedLM", "tied decoder", "wide", cases),
            self.entry("ForMaskedLM", "untied decoder", "other", cases, tie_word_embeddings=False),
            *[self.entry("ForMaskedLM", f"head of {name}", name, cases, **more) for name, more in self.words_of()]])

    def words_of(self):
        """DeBERTa's newer head, and the old one on the other sizes."""
        return [(size, {"legacy": i % 2 == 1}) for i, size in enumerate(self.more)]

    def answers(self):
        """Losses only without padding: Hugging Face's softmax runs over padded positions too."""
        plain = self.pair("answers", [9, 9], "attentionMask") | {"startPositions": [3, 6], "endPositions": [5, 40]}
        cases = [("no padding, one answer beyond the text", plain), ("right padding", self.pair("answers", [5, 9]))]
        return self.golden("ForQuestionAnswering", [self.entry("ForQuestionAnswering", "other", "other", cases)])

    def choices(self):
        lengths = [6, 9, 5 if self.windowed else 4, 8, 5, 7]
        batch = choice_batch(self.pair("choices", lengths, padding=self.padding), 3) | {"labels": [2, 0]}
        cases = [(f"{self.padding} padding", batch), ("right padding", choice_batch(self.pair("choices", lengths), 3))]
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
    for name in sys.argv[1:] or FAMILIES:
        family = FAMILIES[name]
        maker = Maker(name)
        write_golden(f"models/{name}", versions, {"goldens": [getattr(maker, head)() for head in family["heads"]]})


if __name__ == "__main__":
    main()
