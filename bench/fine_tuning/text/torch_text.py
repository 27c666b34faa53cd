"""PyTorch's side of the bench of text tasks: the usual loop over transformers' model, padded batches.

    python torch_text.py JOB.json

The last line written is {"losses": ..., "predictions": ..., "evalLoss": ..., "seconds": ..., "versions": ...}, or
{"skipped": reason}.
"""

import json
import math
import sys
import time

PER_TOKEN = {"inputIds": ("input_ids", None), "tokenTypeIds": ("token_type_ids", 0)}
POSITIONS = {"startPositions": "start_positions", "endPositions": "end_positions"}


def load():
    try:
        import torch
        import transformers
    except ImportError as error:
        return None, None, f"Python at {sys.executable} lacks a package: {error}"
    transformers.logging.set_verbosity_error()
    return torch, transformers, None


def padded(torch, rows, filler):
    longest = max(len(row) for row in rows)
    return torch.tensor([row + [filler] * (longest - len(row)) for row in rows])


def collate(torch, rows, job):
    batch = {python: padded(torch, [row[name] for row in rows], job["padTokenId"] if filler is None else filler)
             for name, (python, filler) in PER_TOKEN.items() if name in rows[0]}
    batch["attention_mask"] = padded(torch, [[1] * len(row["inputIds"]) for row in rows], 0)
    batch |= {python: torch.tensor([row[name] for row in rows]) for name, python in POSITIONS.items() if name in rows[0]}
    if "labels" in rows[0]:
        batch["labels"] = padded(torch, [row["labels"] for row in rows], -100)
    elif "label" in rows[0]:
        batch["labels"] = torch.tensor([row["label"] for row in rows])
    return batch


def make_model(transformers, job):
    options = {} if job["hasDropout"] else {
        "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "classifier_dropout": 0.0}
    if job.get("numLabels"):
        options["num_labels"] = job["numLabels"]
    if not job["isPretrained"]:
        options = {}
    return getattr(transformers, job["architecture"]).from_pretrained(
        job["model"], attn_implementation="sdpa", **options)


def make_optimizer(torch, transformers, model, recipe):
    norms = {id(p) for module in model.modules() if isinstance(module, torch.nn.LayerNorm) for p in module.parameters()}
    decays = [p for name, p in model.named_parameters() if not (name.endswith("bias") or id(p) in norms)]
    plain = [p for name, p in model.named_parameters() if name.endswith("bias") or id(p) in norms]
    groups = [{"params": decays, "weight_decay": recipe["weightDecay"]}, {"params": plain, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=recipe["learningRate"])


def train(torch, transformers, model, job):
    recipe, rows = job["recipe"], job["train"]
    steps = math.ceil(len(rows) / recipe["batch"]) * recipe["epochs"]
    optimizer = make_optimizer(torch, transformers, model, recipe)
    schedule = transformers.get_linear_schedule_with_warmup(optimizer, math.ceil(recipe["warmupRatio"] * steps), steps)
    random = torch.Generator().manual_seed(job["seed"])
    losses = []
    model.train()
    for epoch in range(recipe["epochs"]):
        order = job["order"][epoch] if "order" in job else torch.randperm(len(rows), generator=random).tolist()
        for first in range(0, len(rows), recipe["batch"]):
            loss = model(**collate(torch, [rows[i] for i in order[first:first + recipe["batch"]]], job)).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), recipe["maxGradNorm"])
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            losses.append(loss.item())
    return losses


def read(job, rows, output):
    """What is read of each row: as Reading in plan.ts says."""
    lengths = [len(row["inputIds"]) for row in rows]
    if job["reading"] == "classes":
        return [[c] for c in output.logits.argmax(-1).tolist()]
    if job["reading"] == "tokens":
        return [row[:n] for row, n in zip(output.logits.argmax(-1).tolist(), lengths)]
    starts, ends = output.start_logits.tolist(), output.end_logits.tolist()
    return [[round(x, 5) for x in start[:n] + end[:n]] for start, end, n in zip(starts, ends, lengths)]


def predict(torch, model, job):
    """(predictions, mean loss by rows)."""
    rows, size, predictions, total = job["test"], job["recipe"]["batch"], [], 0.0
    model.eval()
    with torch.no_grad():
        for first in range(0, len(rows), size):
            part = rows[first:first + size]
            batch = collate(torch, part, job)
            output = model(**batch)
            total += output.loss.item() * len(part)
            if job["reading"] == "texts":
                written = model.generate(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"],
                                         max_length=job["maxTarget"], num_beams=1, do_sample=False)
                predictions += written.tolist()
            elif job["reading"] != "loss":
                predictions += read(job, part, output)
    return predictions, total / len(rows)


def main():
    torch, transformers, missing = load()
    if missing:
        print(json.dumps({"skipped": missing}))
        return
    with open(sys.argv[1], encoding="utf-8") as file:
        job = json.load(file)
    torch.set_num_threads(job["threads"])
    torch.manual_seed(job["seed"])
    model = make_model(transformers, job)
    start = time.perf_counter()
    losses = train(torch, transformers, model, job)
    seconds = time.perf_counter() - start
    predictions, loss = predict(torch, model, job)
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    print(json.dumps({"losses": losses, "predictions": predictions, "evalLoss": loss, "seconds": seconds,
                      "versions": versions}))


if __name__ == "__main__":
    main()
