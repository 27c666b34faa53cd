"""The models that bench/gpu times, padded, as Hugging Face transformers has them: weights from the config, at random."""

import torch

from ops import DTYPES
from timed import TimedModel


def make(config, head, device, dtype):
    from transformers import AutoConfig, AutoModel, AutoModelForSequenceClassification

    torch.manual_seed(0)
    kind = AutoModelForSequenceClassification if head else AutoModel
    settings = AutoConfig.for_model(**config)
    model = kind.from_config(settings, attn_implementation="sdpa")
    return model.to(device=device, dtype=DTYPES[dtype])


def padded_batches(lengths, batch, vocab, device):
    """Random ids (B, longest of the batch) with their masks."""
    generator = torch.Generator().manual_seed(0)
    batches = []
    for first in range(0, len(lengths), batch):
        rows = torch.tensor(lengths[first:first + batch])
        longest = int(rows.max())
        ids = torch.randint(1, vocab, (len(rows), longest), generator=generator)
        mask = (torch.arange(longest)[None, :] < rows[:, None]).long()
        batches.append({"input_ids": ids.to(device), "attention_mask": mask.to(device)})
    return batches


def bert_inference(device, config, lengths, batch, dtype):
    model = make(config, False, device, dtype).eval()
    batches = padded_batches(lengths, batch, config["vocab_size"], device)

    def run():
        with torch.inference_mode():
            for inputs in batches:
                model(**inputs).last_hidden_state

    return TimedModel(device, run, "sdpa")


def distilbert_training(device, config, lengths, batch):
    """One pass of AdamW steps in f32, gradients clipped, dropout on."""
    model = make(config, True, device, "f32").train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5, weight_decay=0.01, fused=device == "cuda")
    batches = padded_batches(lengths, batch, config["vocab_size"], device)

    def run():
        for inputs in batches:
            labels = torch.arange(len(inputs["input_ids"]), device=device) % 2
            model(**inputs, labels=labels).loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    return TimedModel(device, run, "sdpa")


MODELS = {"bert_inference": bert_inference, "distilbert_training": distilbert_training}
