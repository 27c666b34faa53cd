"""Writes the BERT and DistilBERT goldens: logits, hidden states, losses and gradients from Python transformers.

    python make_bert_goldens.py

Everything runs in f64, so a golden is the exact answer; the f32 run of the same model is compared with it and its
worst deviation stands in each file as `f32Deviation` (gradients as |f32 - f64| / (|f64| + |all gradients| / 1000) per
parameter: a key bias has no effect, so its gradient is nothing but rounding). Tensors with a sequence axis hold zeros
where the mask is 0.
"""

import sys

import numpy as np
import torch
import transformers

from bert_golden_cases import (VOCAB, batch_of, model_config, pad_id_in_text, pick, standard_batches, token_labels,
                               without)
from golden_files import library_versions, write_golden
from golden_models import build_model, saved_parameters
from golden_weights import rounded, summary_of, tensor_entry, uniform

FULL_OUTPUT, FULL_HIDDEN = 400, 40
INPUT_NAMES = {"inputIds": "input_ids", "attentionMask": "attention_mask", "tokenTypeIds": "token_type_ids",
               "positionIds": "position_ids", "labels": "labels", "startPositions": "start_positions",
               "endPositions": "end_positions"}
OUTPUT_NAMES = {"logits": "logits", "startLogits": "start_logits", "endLogits": "end_logits",
                "lastHiddenState": "last_hidden_state", "poolerOutput": "pooler_output"}


def run_case(model, inputs, dtype):
    """(outputs by name, loss or None, gradients by name) of one batch."""
    tensors = {}
    for key, value in inputs.items():
        tensor = torch.tensor(value)
        tensors[INPUT_NAMES[key]] = tensor.to(dtype) if tensor.is_floating_point() else tensor
    if model.config.model_type == "distilbert":
        tensors.pop("token_type_ids", None)
    model.zero_grad()
    result = model(**tensors, output_hidden_states=True, output_attentions=True, return_dict=True)
    outputs = {name: result[key].detach().numpy() for name, key in OUTPUT_NAMES.items() if result.get(key) is not None}
    outputs["hiddenStates"] = [t.detach().numpy() for t in result.hidden_states]
    outputs["attentions"] = [t.detach().numpy() for t in result.attentions]
    loss = result.get("loss")
    if loss is None:
        return outputs, None, {}
    loss.backward()
    # Without tying, the head's own bias is saved and not used: no gradient counts as zeros.
    gradients = {n: p.grad if p.grad is not None else torch.zeros_like(p) for n, p in model.named_parameters()}
    return outputs, loss.item(), {name: gradient.numpy() for name, gradient in gradients.items()}


def masked_entry(array, mask, axis, full_up_to):
    """tensor_entry with zeros where the mask of (B, S) is 0 along (0, axis); axis None leaves it as it is."""
    if axis is None:
        return tensor_entry(array, full_up_to)
    shape = [1] * array.ndim
    shape[0], shape[axis] = mask.shape
    return {"maskedAxis": axis} | tensor_entry(np.where(mask.reshape(shape) == 1, array, 0), full_up_to)


def output_entries(outputs, mask, with_layers):
    entries = {}
    for name, value in outputs.items():
        if name in OUTPUT_NAMES:
            per_position = value.ndim == 3 or name in ("startLogits", "endLogits")
            entries[name] = masked_entry(value, mask, 1 if per_position else None, FULL_OUTPUT)
    if with_layers:
        entries["hiddenStates"] = [masked_entry(t, mask, 1, FULL_HIDDEN) for t in outputs["hiddenStates"]]
        entries["attentions"] = [masked_entry(t, mask, 2, FULL_HIDDEN) for t in outputs["attentions"]]
    return entries


def deviation_of(exact, single):
    """Worst (absolute difference of outputs and loss, relative difference of a gradient) of the f32 run."""
    worst = 0.0 if exact[1] is None else abs(exact[1] - single[1])
    for name, value in exact[0].items():
        pairs = zip(value, single[0][name]) if isinstance(value, list) else [(value, single[0][name])]
        worst = max([worst] + [float(np.abs(a - b).max()) for a, b in pairs])
    norm = np.sqrt(sum(float((g**2).sum()) for g in exact[2].values()))
    relative = [np.linalg.norm(g - single[2][n]) / (np.linalg.norm(g) + 1e-3 * norm) for n, g in exact[2].items()]
    return worst, max(relative, default=0.0)


def case_entry(models, name, inputs, with_layers, worst):
    """One case: inputs, outputs and, with labels, loss and gradients. Updates `worst`, the f32 deviations."""
    exact = run_case(models[0], inputs, torch.float64)
    single = run_case(models[1], inputs, torch.float32)
    mask = np.array(inputs.get("attentionMask", np.ones_like(inputs["inputIds"])))
    output, gradient = deviation_of(exact, single)
    worst["output"], worst["gradient"] = max(worst["output"], output), max(worst["gradient"], gradient)
    entry = {"name": name, "inputs": inputs, "outputs": output_entries(exact[0], mask, with_layers)}
    if exact[1] is None:
        return entry
    norm = np.sqrt(sum(float((g**2).sum()) for g in exact[2].values()))
    gradients = [summary_of(value, digits=6) for value in exact[2].values()]
    return entry | {"loss": rounded(exact[1], 10), "gradientNorm": rounded(norm), "gradients": gradients}


def model_entry(class_name, label, config, cases, with_layers=False):
    config = config | {"architectures": [class_name]}
    worst = {"output": 0.0, "gradient": 0.0}
    parameters = saved_parameters(build_model(class_name, config, torch.float64))
    entries = []
    for name, inputs in cases:
        # A fresh model for each case: a sequence classifier keeps the problem type it inferred.
        models = [build_model(class_name, config, dtype) for dtype in (torch.float64, torch.float32)]
        entries.append(case_entry(models, name, inputs, with_layers, worst))
    deviation = {key: rounded(value, 2) for key, value in worst.items()}
    return {"name": label, "config": config, "f32Deviation": deviation, "parameters": parameters, "cases": entries}


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
