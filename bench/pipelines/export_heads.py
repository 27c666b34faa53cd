"""Exports a BERT with a head to ONNX, as traced and with onnxruntime's fusions, for bench/pipelines.

    python export_heads.py --model DIR --auto AutoModelForTokenClassification --outputs logits --out FOLDER

Writes raw.onnx and optimized.onnx. Inputs: input_ids, attention_mask, token_type_ids (batch, sequence) i64.
"""

import argparse
import sys
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import torch
import transformers

sys.path.append(str(Path(__file__).resolve().parent.parent / "peers"))

from export_onnx import FUSABLE, MASKED, WORST, example_inputs, optimize


class Headed(torch.nn.Module):
    """The named outputs; with `explicit_mask` the mask is widened here, in the form that the fusion looks for."""

    def __init__(self, model, outputs, explicit_mask):
        super().__init__()
        self.model, self.outputs, self.explicit_mask = model, outputs, explicit_mask

    def forward(self, input_ids, attention_mask, token_type_ids):
        if self.explicit_mask:
            attention_mask = (1.0 - attention_mask.unsqueeze(1).unsqueeze(2).to(torch.float32)) * MASKED
        found = self.model(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)
        return tuple(found[name] for name in self.outputs)


def export(model, outputs, path, explicit_mask):
    inputs = example_inputs(model)
    per_token = {name: {0: "batch", 1: "sequence"} for name in [*inputs, *outputs]}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(Headed(model, outputs, explicit_mask).eval(), tuple(map(torch.tensor, inputs.values())),
                          str(path), dynamo=False, opset_version=17, input_names=list(inputs), output_names=outputs,
                          dynamic_axes=per_token)


def worst_difference(path, model, outputs):
    """Largest |onnxruntime - PyTorch| on the first row, which has no padding."""
    feeds = example_inputs(model)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    types = {entry.name: np.int32 if "int32" in entry.type else np.int64 for entry in session.get_inputs()}
    actual = session.run(outputs, {name: feeds[name].astype(kind) for name, kind in types.items()})
    with torch.no_grad():
        expected = model(**{name: torch.tensor(value) for name, value in feeds.items()})
    return max(float(np.abs(values[0] - expected[name].numpy()[0]).max()) for name, values in zip(outputs, actual))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("model", "auto", "outputs", "out"):
        parser.add_argument(f"--{name}", required=True)
    args = parser.parse_args()
    transformers.logging.set_verbosity_error()
    folder, outputs = Path(args.out), args.outputs.split(",")
    folder.mkdir(parents=True, exist_ok=True)
    raw, fusable, optimized = (folder / f"{name}.onnx" for name in ("raw", "fusable", "optimized"))
    auto = getattr(transformers, args.auto)
    model = auto.from_pretrained(args.model, dtype=torch.float32, attn_implementation="eager").eval()
    export(model, outputs, raw, False)
    plain = {kind: kind.forward for kind in FUSABLE}
    for kind, forward in FUSABLE.items():
        kind.forward = forward
    export(model, outputs, fusable, True)
    for kind, forward in plain.items():
        kind.forward = forward
    fused = optimize(fusable, optimized, model.config)
    fusable.unlink()
    worst = max(worst_difference(path, model, outputs) for path in (raw, optimized))
    if worst > WORST or fused.get("Attention", 0) != model.config.num_hidden_layers:
        raise SystemExit(f"export_heads: graphs must equal PyTorch and fuse each attention, got {worst}, {fused}")


if __name__ == "__main__":
    main()
