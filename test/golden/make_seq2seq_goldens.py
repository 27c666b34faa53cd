"""Writes the goldens of BART, mBART, Marian and T5, a file per family.

    python make_seq2seq_goldens.py

golden_runs.py says what is run and what a golden holds. Sources of classifiers have no padding on the left: Python's
decoder would read it.
"""

import sys

import torch
import transformers

from bert_golden_cases import pick
from golden_files import library_versions, write_golden
from golden_runs import model_entry
from seq2seq_golden_cases import FAMILIES, decoder_batch, seq2seq_config, source_batch, target_labels


class Maker:
    """The goldens of one family."""

    def __init__(self, family):
        self.family = family
        self.prefix, self.word_class, self.classifies, _, _ = FAMILIES[family]

    def source(self, name, lengths, **options):
        return source_batch(f"{self.family}.{name}", lengths, **options)

    def entry(self, class_name, label, size, cases, with_layers=False, **extra):
        config = seq2seq_config(self.family, size, **extra)
        return model_entry(class_name, label, config, cases, with_layers, full_output=40)

    def golden(self, class_name, models):
        for model in models:
            print(class_name, model["name"], model["f32Deviation"], file=sys.stderr)
        return {"class": class_name, "models": models}

    def base(self):
        name = f"{self.prefix}Model"
        cases = [("right padding", self.source("right", [6, 11]) | decoder_batch("right", [7, 4])),
                 ("left padding of the source", self.source("left", [4, 9], padding="left") | decoder_batch("left", [5, 8])),
                 ("holes in the mask", self.source("holes", [10, 8], padding="holes") | decoder_batch("holes", [3, 6]))]
        return self.golden(name, [self.entry(name, "wide", "wide", cases, with_layers=True),
                                  self.entry(name, "other", "other", cases[:1], with_layers=True)])

    def words(self):
        cases = [("labels alone", self.source("words", [5, 8]) | {"labels": target_labels("words", [6, 4])}),
                 ("decoder inputs given", self.source("given", [7, 3]) | decoder_batch("given", [4, 4])
                  | {"labels": target_labels("given", [4, 4])})]
        models = [self.entry(self.word_class, "wide", "wide", cases), self.entry(self.word_class, "other", "other", cases[:1])]
        size = "other" if self.family == "t5" else "wide"
        models.append(self.entry(self.word_class, "untied", size, cases[:1], tie_word_embeddings=False))
        if self.family == "marian":
            models.append(self.entry(self.word_class, "two vocabularies", "other", cases[:1], decoder_vocab_size=67,
                                     share_encoder_decoder_embeddings=False))
        return self.golden(self.word_class, models)

    def sequences(self):
        name = f"{self.prefix}ForSequenceClassification"
        cases = [("right padding", self.source("sequences", [5, 9]) | {"labels": pick("seq2seq.classes", 2, 3)})]
        return self.golden(name, [self.entry(name, "other", "other", cases, num_labels=3)])


def main():
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    versions = library_versions(torch, transformers)
    for family in FAMILIES:
        maker = Maker(family)
        heads = [maker.base(), maker.words()] + ([maker.sequences()] if maker.classifies else [])
        write_golden(f"models/{family}", versions, {"goldens": heads})


if __name__ == "__main__":
    main()
