"""PyTorch's side of the fine-tuning bench: the usual loop over transformers' model, padded batches.

    python torch_train.py JOB.json

The last line written is {"losses": ..., "predictions": ..., "seconds": ..., "versions": ...}, or {"skipped": reason}.
"""

import json
import math
import sys
import time


def load():
    try:
        import torch
        import transformers
    except ImportError as error:
        return None, None, f"Python at {sys.executable} lacks a package: {error}"
    transformers.logging.set_verbosity_error()
    return torch, transformers, None


def encode(rows, tokenizer, job):
    ids = tokenizer([row["text"] for row in rows], truncation=True, max_length=job["recipe"]["maxLength"])["input_ids"]
    return list(zip(ids, [row["label"] for row in rows]))


def collate(torch, rows, tokenizer, job):
    batch = tokenizer.pad({"input_ids": [ids for ids, _ in rows]}, return_tensors="pt")
    if job["task"]["problemType"] == "single_label_classification":
        batch["labels"] = torch.tensor([label for _, label in rows])
        return batch
    batch["labels"] = torch.zeros(len(rows), job["task"]["numLabels"])
    for row, (_, label) in enumerate(rows):
        batch["labels"][row, label] = 1
    return batch


def make_model(transformers, job):
    dropout = {} if job["hasDropout"] else {
        "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "classifier_dropout": 0.0}
    return transformers.AutoModelForSequenceClassification.from_pretrained(
        job["model"], num_labels=job["task"]["numLabels"], problem_type=job["task"]["problemType"],
        attn_implementation="sdpa", **dropout)


def make_optimizer(torch, model, recipe):
    decayed = [p for name, p in model.named_parameters() if not (name.endswith("bias") or "LayerNorm" in name)]
    plain = [p for name, p in model.named_parameters() if name.endswith("bias") or "LayerNorm" in name]
    groups = [{"params": decayed, "weight_decay": recipe["weightDecay"]}, {"params": plain, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=recipe["learningRate"])


def train(torch, transformers, model, rows, tokenizer, job):
    recipe, epochs = job["recipe"], job["task"]["epochs"]
    steps = math.ceil(len(rows) / recipe["batch"]) * epochs
    optimizer = make_optimizer(torch, model, recipe)
    warmup = math.ceil(recipe["warmupRatio"] * steps)
    schedule = transformers.get_linear_schedule_with_warmup(optimizer, warmup, steps)
    random = torch.Generator().manual_seed(job["seed"])
    losses = []
    model.train()
    for epoch in range(epochs):
        order = job["order"][epoch] if "order" in job else torch.randperm(len(rows), generator=random).tolist()
        for first in range(0, len(rows), recipe["batch"]):
            batch = collate(torch, [rows[i] for i in order[first:first + recipe["batch"]]], tokenizer, job)
            loss = model(**batch).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), recipe["maxGradNorm"])
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            losses.append(loss.item())
    return losses


def predict(torch, model, rows, tokenizer, job):
    recipe, classes = job["recipe"], []
    model.eval()
    with torch.no_grad():
        for first in range(0, len(rows), recipe["batch"]):
            batch = collate(torch, rows[first:first + recipe["batch"]], tokenizer, job)
            logits = model(**batch).logits
            if job["task"]["problemType"] == "single_label_classification":
                classes += [[c] for c in logits.argmax(-1).tolist()]
            else:
                classes += [row.nonzero().flatten().tolist() for row in logits.sigmoid() >= recipe["threshold"]]
    return classes


def main():
    torch, transformers, missing = load()
    if missing:
        print(json.dumps({"skipped": missing}))
        return
    with open(sys.argv[1], encoding="utf-8") as file:
        job = json.load(file)
    torch.set_num_threads(job["threads"])
    torch.manual_seed(job["seed"])
    tokenizer = transformers.AutoTokenizer.from_pretrained(job["model"])
    train_rows, test_rows = (encode(job["task"][part], tokenizer, job) for part in ("train", "test"))
    model = make_model(transformers, job)
    start = time.perf_counter()
    losses = train(torch, transformers, model, train_rows, tokenizer, job)
    seconds = time.perf_counter() - start
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    predictions = predict(torch, model, test_rows, tokenizer, job)
    print(json.dumps({"losses": losses, "predictions": predictions, "seconds": seconds, "versions": versions}))


if __name__ == "__main__":
    main()
