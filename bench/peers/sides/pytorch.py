"""PyTorch's side: python pytorch.py --model DIR --dtype f32|bf16 --threads N. See work.ts.

Inference has the weights in the dtype, training keeps them in f32 and computes under autocast.
"""

import argparse
import contextlib
import json
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def say(message):
    print(json.dumps(message), flush=True)


def peak_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


class Side:
    def __init__(self, args):
        import torch
        import transformers
        from transformers import AutoModel, AutoModelForSequenceClassification  # as imported before memory is counted
        self.base, self.classifier = AutoModel, AutoModelForSequenceClassification
        transformers.logging.set_verbosity_error()
        transformers.logging.disable_progress_bar()
        torch.set_num_threads(args.threads)
        self.torch, self.folder = torch, args.model
        self.dtype = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}[args.dtype]
        self.vocab_size = json.loads((Path(args.model) / "config.json").read_text())["vocab_size"]
        self.encoder = None

    def batch_of(self, lengths, sequences):
        from peer_inputs import padded_batch
        arrays = padded_batch(self.vocab_size, lengths, sequences)
        return {name: self.torch.from_numpy(array) for name, array in arrays.items()}

    def inference(self, lengths, batches):
        from peer_inputs import signature_of
        if self.encoder is None:
            self.encoder = self.base.from_pretrained(self.folder, dtype=self.dtype, attn_implementation="sdpa").eval()
        fed = [self.batch_of(lengths, sequences) for sequences in batches]

        def run():
            with self.torch.inference_mode():
                return [self.encoder(**inputs).last_hidden_state for inputs in fed]

        signature = [None] * len(lengths)
        for sequences, states in zip(batches, run()):
            for row, s in enumerate(sequences):
                signature[s] = signature_of(states[row, :lengths[s]].float().numpy())
        return signature, run

    def training(self, lengths, recipe):
        torch = self.torch
        model = self.classifier.from_pretrained(self.folder, dtype=torch.float32, attn_implementation="sdpa")
        rates = {"lr": recipe["learningRate"], "weight_decay": recipe["weightDecay"]}
        optimizer = torch.optim.AdamW(model.parameters(), fused=True, **rates)
        inputs = self.batch_of(lengths, list(range(len(lengths))))
        inputs["labels"] = torch.arange(len(lengths)) % 2

        def gradients():
            is_wide = self.dtype == torch.float32
            with contextlib.nullcontext() if is_wide else torch.autocast("cpu", self.dtype):
                loss = model(**inputs).loss
            loss.backward()
            return loss.item(), torch.nn.utils.clip_grad_norm_(model.parameters(), recipe["maxGradNorm"]).item()

        def run():
            gradients()
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

        model.eval()
        loss, norm = gradients()
        optimizer.zero_grad(set_to_none=True)
        model.train()
        return [[loss], [norm]], run


def answer(request, side, tasks):
    if "peak" in request:
        return {"bytes": peak_bytes()}
    if "drop" in request:
        tasks.clear()
        return {"dropped": True}
    if "prepare" in request:
        work = dict(request["prepare"])
        signature, run = getattr(side, work.pop("kind"))(**work)
        tasks.append(run)
        return {"id": len(tasks) - 1, "signature": signature}
    start = time.perf_counter()
    tasks[request["run"]]()
    return {"ms": (time.perf_counter() - start) * 1e3}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--dtype", default="f32")
    parser.add_argument("--threads", type=int, default=1)
    side = Side(parser.parse_args())
    say({"peer": "PyTorch", "version": side.torch.__version__, "importedBytes": peak_bytes()})
    tasks = []
    for line in sys.stdin:
        try:
            say(answer(json.loads(line), side, tasks))
        except Exception as error:  # what PyTorch cannot do must not cost the others their rival
            say({"refused": f"{type(error).__name__}: {str(error)[:300]}"})


if __name__ == "__main__":
    main()
