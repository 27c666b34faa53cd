"""Exports a BERT encoder to ONNX and optimises it with onnxruntime's own tool, for the benches.

    python export_onnx.py --model DIR --out CACHE          weights of a folder
    python export_onnx.py --config FILE.json --out CACHE   weights of golden_weights.py, the same in TypeScript

Writes raw.onnx (as transformers builds the graph), optimized.onnx (attention, skip layer norm, bias + GELU and
embeddings fused) and export.json (versions, fused operators, worst difference of each from PyTorch). Inputs:
input_ids, attention_mask, token_type_ids (batch, sequence) i64; output: last_hidden_state (batch, sequence, hidden).
"""

import argparse
import json
import math
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
import transformers
from onnxruntime.transformers import optimizer
from onnxruntime.transformers.fusion_options import FusionOptions

from peer_inputs import bench_inputs
from golden_weights import fill_model

INPUTS = ["input_ids", "attention_mask", "token_type_ids"]
MASKED = -10000.0  # the value onnxruntime's Attention adds for a masked key


class Encoder(torch.nn.Module):
    """last_hidden_state alone; with `explicit_mask` the mask is widened here, in the form that the fusion looks for."""

    def __init__(self, model, explicit_mask):
        super().__init__()
        self.model, self.explicit_mask = model, explicit_mask

    def forward(self, input_ids, attention_mask, token_type_ids):
        if self.explicit_mask:
            attention_mask = (1.0 - attention_mask.unsqueeze(1).unsqueeze(2).to(torch.float32)) * MASKED
        result = self.model(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)
        return result.last_hidden_state


def fusable_attention(self, hidden_states, attention_mask=None, **_):
    """Self-attention with the head count as a constant: the optimiser does not see through a -1 in a reshape."""
    batch, length, channels = hidden_states.shape
    heads, size = self.num_attention_heads, self.attention_head_size
    query, key, value = (layer(hidden_states).view(batch, length, heads, size).permute(0, 2, 1, 3)
                         for layer in (self.query, self.key, self.value))
    scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(size) + attention_mask
    mixed = torch.matmul(torch.softmax(scores, -1), value).permute(0, 2, 1, 3).contiguous()
    return mixed.view(batch, length, heads * size), None


def load_encoder(args):
    if args.model:
        return transformers.BertModel.from_pretrained(args.model, add_pooling_layer=False, dtype=torch.float32).eval()
    config = transformers.BertConfig.from_dict(json.loads(Path(args.config).read_text()))
    return fill_model(transformers.BertModel(config, add_pooling_layer=False)).eval()


def export(encoder, path):
    """Writes a graph with free batch and sequence axes."""
    encoder.eval()  # the exporter gives the wrapper's mode back to all of the model
    example = tuple(torch.tensor(value) for value in bench_inputs(encoder.model.config.vocab_size, 2, 16).values())
    axes = {name: {0: "batch", 1: "sequence"} for name in INPUTS + ["last_hidden_state"]}
    # The tracing exporter: the optimiser's attention patterns do not match the graphs of the newer one.
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(encoder, example, str(path), dynamo=False, opset_version=17, input_names=INPUTS,
                          output_names=["last_hidden_state"], dynamic_axes=axes)


def optimize(source, target, config):
    """Fuses `source` into `target` and returns how often each fused operator stands in it."""
    fused = optimizer.optimize_model(str(source), model_type="bert", num_heads=config.num_attention_heads,
                                     hidden_size=config.hidden_size, opt_level=0,
                                     optimization_options=FusionOptions("bert"))
    fused.save_model_to_file(str(target))
    return {name: count for name, count in fused.get_fused_operator_statistics().items() if count}


def worst_difference(path, model):
    """Largest |onnxruntime - PyTorch| on two rows, the second one half padding, over real positions."""
    feeds = bench_inputs(model.config.vocab_size, 2, 16)
    feeds["attention_mask"][1, 8:] = 0
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = {entry.name for entry in session.get_inputs()}
    types = {entry.name: np.int32 if "int32" in entry.type else np.int64 for entry in session.get_inputs()}
    actual = session.run(None, {name: feeds[name].astype(types[name]) for name in names})[0]
    with torch.no_grad():
        expected = model(**{name: torch.tensor(value) for name, value in feeds.items()}).last_hidden_state.numpy()
    return float(np.abs(actual - expected)[feeds["attention_mask"] == 1].max())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--model")
    source.add_argument("--config")
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    transformers.logging.set_verbosity_error()
    folder = Path(args.out)
    folder.mkdir(parents=True, exist_ok=True)
    raw, fusable, optimized = (folder / f"{name}.onnx" for name in ("raw", "fusable", "optimized"))

    model = load_encoder(args)
    model.set_attn_implementation("eager")
    export(Encoder(model, False), raw)
    report = {"raw": worst_difference(raw, model)}
    attention = transformers.models.bert.modeling_bert.BertSelfAttention
    plain, attention.forward = attention.forward, fusable_attention
    export(Encoder(model, True), fusable)
    attention.forward = plain
    fused = optimize(fusable, optimized, model.config)
    fusable.unlink()
    report["optimized"] = worst_difference(optimized, model)
    if max(report.values()) > 1e-3 or fused.get("Attention", 0) != model.config.num_hidden_layers:
        raise SystemExit(f"export_onnx: graphs must equal PyTorch and fuse each attention, got {report}, {fused}")
    versions = {module.__name__: module.__version__ for module in (torch, transformers, onnx, onnxruntime)}
    result = {"source": args.model or args.config, "versions": versions, "fused": fused, "worstDifference": report,
              "vocabSize": model.config.vocab_size, "hiddenSize": model.config.hidden_size,
              "layers": model.config.num_hidden_layers}
    (folder / "export.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
