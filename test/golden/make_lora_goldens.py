"""Writes models/lora.json: what PEFT's LoRA layers give on tiny models.

    python make_lora_goldens.py

Weights, those of the adapters too, come from golden_weights.py by their names in the adapted model. Each case holds the
adapter_config.json that PEFT saves, the names and shapes of the tensors it saves beside it, logits apart and merged, the
loss, and a summary of each saved tensor's gradient. Runs in f64.
"""

import json
import pathlib
import tempfile

import peft
import torch
import transformers
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file

from golden_files import library_versions, write_golden
from golden_models import build_model
from golden_weights import golden_tensor, rounded, summary_of

BERT = {"model_type": "bert", "vocab_size": 19, "hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 3,
        "intermediate_size": 20, "max_position_embeddings": 9, "hidden_dropout_prob": 0.0, "num_labels": 3,
        "attention_probs_dropout_prob": 0.0}
DISTILBERT = {"model_type": "distilbert", "vocab_size": 19, "dim": 12, "n_layers": 2, "n_heads": 2, "hidden_dim": 20,
              "max_position_embeddings": 9, "dropout": 0.0, "attention_dropout": 0.0, "seq_classif_dropout": 0.0,
              "num_labels": 3}
ROBERTA = BERT | {"model_type": "roberta", "pad_token_id": 1, "max_position_embeddings": 12, "type_vocab_size": 1}
INPUTS = {"input_ids": [[2, 7, 3, 4, 11], [2, 5, 3, 1, 1]], "attention_mask": [[1] * 5, [1, 1, 1, 0, 0]],
          "labels": [2, 0]}

CASES = [
    ("queries and values of a fused layer", "BertForSequenceClassification", BERT,
     {"r": 3, "lora_alpha": 5, "target_modules": ["query", "value"], "task_type": "SEQ_CLS"}),
    ("ranks and factors of their own, by the root", "BertForSequenceClassification", BERT,
     {"r": 2, "lora_alpha": 4, "target_modules": ["query", "key", "intermediate.dense"], "task_type": "SEQ_CLS",
      "rank_pattern": {"key": 3, r"layer\.1\.attention\.self\.query": 4}, "alpha_pattern": {"intermediate.dense": 1},
      "use_rslora": True}),
    ("all linear layers, and biases", "BertForSequenceClassification", BERT,
     {"r": 2, "lora_alpha": 2, "target_modules": "all-linear", "bias": "all", "task_type": "SEQ_CLS"}),
    ("one layer, without some", "RobertaForSequenceClassification", ROBERTA,
     {"r": 2, "lora_alpha": 7, "target_modules": ["key", "output.dense"], "layers_to_transform": [1],
      "exclude_modules": ["attention.output.dense"],
      "modules_to_save": ["classifier"]}),
    ("an expression, and a head of two layers", "DistilBertForSequenceClassification", DISTILBERT,
     {"r": 2, "lora_alpha": 3, "target_modules": r".*layer\.[01]\..*(q_lin|v_lin|lin2)",
      "modules_to_save": ["pre_classifier", "classifier"]}),
]


def own_name(name):
    """The name of a wrapped model's parameter in the checkpoints that hold it."""
    for wrapped, plain in (("base_model.model.", ""), (".modules_to_save.default.", "."), (".modules_to_save.", "."),
                           (".original_module.", "."), (".default.weight", ".weight"), (".base_layer.", ".")):
        name = name.replace(wrapped, plain)
    return name


def fill(model):
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.from_numpy(golden_tensor(own_name(name), tuple(parameter.shape))))


def golden_of(name, class_name, config, lora):
    base = build_model(class_name, config | {"architectures": [class_name]}, torch.float64)
    model = get_peft_model(base, LoraConfig(**lora), autocast_adapter_dtype=False).to(torch.float64).eval()
    fill(model)
    outputs = model(**{key: torch.tensor(value) for key, value in INPUTS.items()})
    outputs.loss.backward()
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        adapter = json.loads((pathlib.Path(folder) / "adapter_config.json").read_text())
        saved = load_file(pathlib.Path(folder) / "adapter_model.safetensors")
    gradients = {own_name(each): parameter.grad for each, parameter in model.named_parameters()
                 if parameter.requires_grad and ".original_module." not in each}
    # With biases PEFT also saves the head that it does not use.
    shapes = {own_name(each): list(tensor.shape) for each, tensor in saved.items() if ".original_module." not in each}
    names = sorted(shapes)
    merged = model.merge_and_unload()(**{key: torch.tensor(value) for key, value in INPUTS.items()})
    rows = lambda logits: [[rounded(float(v), 7) for v in row] for row in logits.detach()]
    adapter["target_modules"] = (sorted(adapter["target_modules"]) if isinstance(adapter["target_modules"], list)
                                 else adapter["target_modules"])
    return {"name": name, "class": class_name, "config": config, "adapter": adapter,
            "logits": rows(outputs.logits), "mergedLogits": rows(merged.logits), "loss": rounded(outputs.loss.item()),
            "tensors": [{"name": each, "shape": shapes[each], "gradient": summary_of(gradients[each].numpy())}
                        for each in names]}


def main():
    write_golden("models/lora", library_versions(peft, torch, transformers),
                 {"inputs": INPUTS, "cases": [golden_of(*case) for case in CASES]})


if __name__ == "__main__":
    main()
