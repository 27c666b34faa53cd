"""Writes the goldens of GPT-2 and LLaMA, a file per family.

    python make_decoder_goldens.py

golden_runs.py says what is run and what a golden holds. A sequence classifier's padding stands at the end, where Python
finds the last token by its id; nothing after a hidden column is labelled, for Python predicts from hidden columns too.
"""

import sys

import torch
import transformers

from bert_golden_cases import token_labels
from decoder_golden_cases import ROPES, classes, decoder_config, next_word_labels, text_batch
from golden_files import library_versions, write_golden
from golden_runs import model_entry
from golden_weights import rounded, uniform

CLASSES = {"gpt2": ("GPT2", "GPT2LMHeadModel"), "llama": ("Llama", "LlamaForCausalLM")}


class Maker:
    """The goldens of one family."""

    def __init__(self, family, sizes):
        self.family, self.sizes = family, sizes
        self.prefix, self.word_class = CLASSES[family]

    def batch(self, name, lengths, **options):
        return text_batch(f"{self.family}.{name}", lengths, **options)

    def entry(self, class_name, label, size, cases, with_layers=False, **extra):
        config = decoder_config(self.family, size, **extra)
        return model_entry(class_name, label, config, cases, with_layers, full_output=40)

    def golden(self, class_name, models):
        for model in models:
            print(class_name, model["name"], model["f32Deviation"], file=sys.stderr)
        return {"class": class_name, "models": models}

    def base(self):
        cases = [("right padding", self.batch("right", [6, 11])),
                 ("left padding", self.batch("left", [4, 10], padding="left")),
                 ("holes in the mask", self.batch("holes", [12, 8], padding="holes"))]
        name = f"{self.prefix}Model"
        return self.golden(name, [self.entry(name, size, size, cases if size == self.sizes[0] else cases[:1],
                                             with_layers=True) for size in self.sizes])

    def words(self):
        batches = [("no padding", {"inputIds": self.batch("plain", [9, 9])["inputIds"]}),
                   ("left padding", self.batch("words left", [5, 12], padding="left")),
                   ("holes in the mask", self.batch("words holes", [11, 7], padding="holes"))]
        cases = [(name, batch | {"labels": next_word_labels(name, batch)}) for name, batch in batches]
        models = [self.entry(self.word_class, self.sizes[0], self.sizes[0], cases),
                  self.entry(self.word_class, "other", "other", cases[1:2])]
        if self.family == "llama":
            batch = self.batch("long", [13, 7])
            long = [("right padding", batch | {"labels": next_word_labels("long", batch)})]
            models += [self.entry(self.word_class, rope, "grouped", long, **fields) for rope, fields in ROPES.items()]
        return self.golden(self.word_class, models)

    def sequences(self):
        name = f"{self.prefix}ForSequenceClassification"
        right = self.batch("sequence", [5, 12])
        left = self.batch("sequence left", [9, 6], padding="left")
        floats = [rounded(float(v), 6) for v in uniform("decoder targets", 2)]
        return self.golden(name, [
            self.entry(name, "single label", "other", [("right padding", right | {"labels": classes("single", 2, 3)})],
                       num_labels=3, pad_token_id=0),
            self.entry(name, "regression", self.sizes[0], [("left padding", left | {"labels": floats})], num_labels=1,
                       pad_token_id=0)])

    def tokens(self):
        name = f"{self.prefix}ForTokenClassification"
        batch = self.batch("tokens", [9, 6], padding="holes")
        cases = [("holes in the mask", batch | {"labels": token_labels("tokens", batch, 5)})]
        return self.golden(name, [self.entry(name, "other", "other", cases, num_labels=5)])

    def answers(self):
        """Losses only without padding: Hugging Face's softmax runs over padded positions too."""
        name = f"{self.prefix}ForQuestionAnswering"
        plain = {"inputIds": self.batch("answers", [9, 9])["inputIds"], "startPositions": [3, 6], "endPositions": [5, 40]}
        return self.golden(name, [self.entry(name, "other", "other", [("no padding", plain)])])


def main():
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    versions = library_versions(torch, transformers)
    for family, sizes in (("gpt2", ["wide", "other", "scaled"]), ("llama", ["grouped", "other"])):
        maker = Maker(family, sizes)
        heads = [maker.base(), maker.words(), maker.sequences(), maker.tokens(), maker.answers()]
        write_golden(f"models/{family}", versions, {"goldens": heads})


if __name__ == "__main__":
    main()
