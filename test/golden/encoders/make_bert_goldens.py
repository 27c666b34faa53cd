"""Writes the BERT and DistilBERT goldens: logits, hidden states, losses and gradients from Python transformers.

    python encoders/make_bert_goldens.py

golden_runs.py says what is run and what a golden holds.
"""

import sys
from pathlib import Path

import torch
import transformers

sys.path.append(str(Path(__file__).resolve().parent.parent))

from bert_golden_cases import (VOCAB, batch_of, model_config, pad_id_in_text, pick, standard_batches, token_labels,
                               without)
from golden_files import library_versions, write_golden
from golden_runs import model_entry
from golden_weights import rounded, tensor_entry, uniform

def for_family(family, batch):
    return batch if family == "bert" else without(batch, "tokenTypeIds")


def with_labels(family, cases, labels_of):
    """The cases with labels: labels_of(case name, batch) -> {input name: value}."""
    return [(name, for_family(family, batch) | labels_of(name, batch)) for name, batch in cases]


def base_models(family, class_name):
    cases = [(name, for_family(family, batch)) for name, batch in standard_batches()]
    shifted = without(batch_of("positions", [5, 7]), "tokenTypeIds") | {"positionIds": [[3, 4, 5, 6, 7, 0, 0]] * 2}
    single = ("one text, ids alone", without(batch_of("single", [13]), "attentionMask", "tokenTypeIds"))
    models = [model_entry(class_name, "wide", model_config(family, "wide"),
                          cases + [single, ("position ids given", shifted)], with_layers=True)]
    for size in ("few_heads", "deep") + (("one_head",) if family == "bert" else ()):
        some = [cases[1], cases[3]]
        models.append(model_entry(class_name, size, model_config(family, size), some, with_layers=True))
    return models


def sequence_models(family, class_name):
    cases, right = standard_batches(), standard_batches()[1:2]
    classes = lambda count: lambda name, batch: {"labels": pick(name, len(batch["inputIds"]), count)}
    targets = lambda width: lambda name, batch: {"labels": float_rows(name, len(batch["inputIds"]), width)}
    many_hot = lambda name, batch: {"labels": [[float(bit) for bit in pick(f"{name}.{row}", 4, 2)]
                                               for row in range(len(batch["inputIds"]))]}
    entries = [
        ("single label", "wide", {"num_labels": 3, "problem_type": "single_label_classification"},
         with_labels(family, cases + [pad_id_in_text()], classes(3))),
        ("regression", "few_heads", {"num_labels": 1, "problem_type": "regression"},
         with_labels(family, right, targets(1))),
        ("multi label", "deep", {"num_labels": 4, "problem_type": "multi_label_classification"},
         with_labels(family, right, many_hot)),
        ("two-valued regression", "wide" if family == "distilbert" else "one_head",
         {"num_labels": 2, "problem_type": "regression"}, with_labels(family, cases[:1], targets(2))),
        ("problem type inferred", "few_heads", {"num_labels": 2}, with_labels(family, right, classes(2))),
    ]
    return [model_entry(class_name, label, model_config(family, size, **extra), batches)
            for label, size, extra, batches in entries]


def float_rows(name, rows, width):
    values = [rounded(float(v), 6) for v in uniform(f"{name}.targets", rows * width)]
    return values if width == 1 else [values[i * width:(i + 1) * width] for i in range(rows)]


def token_models(family, class_name):
    labels = lambda name, batch: {"labels": token_labels(name, batch, 5)}
    return [model_entry(class_name, "deep", model_config(family, "deep", num_labels=5),
                        with_labels(family, standard_batches(), labels))]


def masked_lm_models(family, class_name):
    cases = standard_batches()
    labels = lambda name, batch: {"labels": token_labels(name, batch, VOCAB, every=3)}
    tied, untied = model_config(family, "few_heads"), model_config(family, "wide", tie_word_embeddings=False)
    return [model_entry(class_name, "tied decoder", tied, with_labels(family, cases + [pad_id_in_text()], labels)),
            model_entry(class_name, "untied decoder", untied, with_labels(family, cases[1:2], labels))]


def question_models(family, class_name):
    """Losses only without padding: Hugging Face's softmax runs over padded positions too."""
    cases = standard_batches()
    positions = ("no padding, one answer beyond the text", cases[0][1])
    labelled = with_labels(family, cases[:1], lambda *_: {"startPositions": [3, 6], "endPositions": [5, 6]})
    labelled += with_labels(family, [positions], lambda *_: {"startPositions": [2, 9], "endPositions": [4, 40]})
    plain = [(name, for_family(family, batch)) for name, batch in cases[1:]]
    return [model_entry(class_name, "wide", model_config(family, "wide", num_labels=2), labelled + plain)]


def sinusoidal_entry():
    """Position embeddings of a new DistilBERT with sinusoidal_pos_embds, before any training."""
    config = transformers.DistilBertConfig.from_dict(model_config("distilbert", "few_heads"))
    return tensor_entry(transformers.DistilBertModel(config).embeddings.position_embeddings.weight.detach().numpy(), 0)


HEADS = {
    "base": ("Model", base_models),
    "sequence_classification": ("ForSequenceClassification", sequence_models),
    "token_classification": ("ForTokenClassification", token_models),
    "masked_lm": ("ForMaskedLM", masked_lm_models),
    "question_answering": ("ForQuestionAnswering", question_models),
}


def main():
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    versions = library_versions(torch, transformers)
    for family, prefix in (("bert", "Bert"), ("distilbert", "DistilBert")):
        for head, (suffix, build) in HEADS.items():
            class_name = prefix + suffix
            body = {"class": class_name, "models": build(family, class_name)}
            if class_name == "DistilBertModel":
                body["sinusoidalPositionEmbeddings"] = sinusoidal_entry()
            for model in body["models"]:
                print(class_name, model["name"], model["f32Deviation"], file=sys.stderr)
            write_golden(f"models/{family}_{head}", versions, body)


if __name__ == "__main__":
    main()
