"""PyTorch's side of the training-memory bench: the most memory of a process, after importing alone or after some steps.

    python torch_memory.py import|train BATCH SEQ STEPS THREADS

The last line written is {"peak": bytes, "versions": ...}, or {"skipped": reason}. DistilBERT, f32, AdamW, dropout on.
"""

import json
import sys

VOCAB = 30522


def train(torch, transformers, batch, seq, steps):
    torch.manual_seed(0)
    config = transformers.DistilBertConfig(num_labels=2)
    model = transformers.AutoModelForSequenceClassification.from_config(config, attn_implementation="sdpa").train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5, weight_decay=0.01)
    for _ in range(steps):
        ids, labels = torch.randint(1, VOCAB, (batch, seq)), torch.arange(batch) % 2
        model(input_ids=ids, attention_mask=torch.ones_like(ids), labels=labels).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)


def peak_bytes():
    with open("/proc/self/status", encoding="ascii") as file:
        line = next(line for line in file if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def main():
    try:
        import torch
        import transformers
        from transformers.models.distilbert import modeling_distilbert  # what a training imports, too
    except ImportError as error:
        print(json.dumps({"skipped": f"Python at {sys.executable} lacks a package: {error}"}))
        return
    batch, seq, steps, threads = map(int, sys.argv[2:])
    torch.set_num_threads(threads)
    if sys.argv[1] == "train":
        train(torch, transformers, batch, seq, steps)
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    print(json.dumps({"peak": peak_bytes(), "versions": versions}))


if __name__ == "__main__":
    main()
