"""Exports a BERT or DistilBERT encoder to ONNX and optimises it with onnxruntime's own tools, for the benches.

    python export_onnx.py --model DIR --out CACHE

Writes raw.onnx (as transformers builds the graph), optimized.onnx (attention, skip layer norm, bias + GELU and
embeddings fused), of each a dynamically quantised twin (raw_int8.onnx, optimized_int8.onnx: per channel), and
export.json (versions, fused operators, worst difference of each from PyTorch). Inputs: input_ids, attention_mask and, of
BERT, token_type_ids (batch, sequence) i64; output: last_hidden_state (batch, sequence, hidden).
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
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers import optimizer
from onnxruntime.transformers.fusion_options import FusionOptions
from transformers.models.bert.modeling_bert import BertSelfAttention
from transformers.models.distilbert.modeling_distilbert import DistilBertSelfAttention

from peer_inputs import padded_batch

MASKED = -10000.0  # the value onnxruntime's Attention adds for a masked key
WORST = 1e-3


class Encoder(torch.nn.Module):
    """last_hidden_state alone; with `explicit_mask` the mask is widened here, in the form that the fusion looks for."""

    def __init__(self, model, explicit_mask):
        super().__init__()
        self.model, self.explicit_mask = model, explicit_mask

    def forward(self, input_ids, attention_mask, *token_type_ids):
        if self.explicit_mask:
            attention_mask = (1.0 - attention_mask.unsqueeze(1).unsqueeze(2).to(torch.float32)) * MASKED
        types = {"token_type_ids": token_type_ids[0]} if token_type_ids else {}
        return self.model(input_ids=input_ids, attention_mask=attention_mask, **types).last_hidden_state


def fusable_attention(names, heads_name, output_name=None):
    """Self-attention with the head count as a constant: the optimiser does not see through a -1 in a reshape."""

    def forward(self, hidden_states, attention_mask=None, **_):
        batch, length, channels = hidden_states.shape
        heads, size = getattr(self, heads_name), self.attention_head_size
        query, key, value = (getattr(self, name)(hidden_states).view(batch, length, heads, size).permute(0, 2, 1, 3)
                             for name in names)
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(size) + attention_mask
        mixed = torch.matmul(torch.softmax(scores, -1), value).permute(0, 2, 1, 3).contiguous()
        mixed = mixed.view(batch, length, heads * size)
        return (getattr(self, output_name)(mixed) if output_name else mixed), None

    return forward


FUSABLE = {
    BertSelfAttention: fusable_attention(("query", "key", "value"), "num_attention_heads"),
    DistilBertSelfAttention: fusable_attention(("q_lin", "k_lin", "v_lin"), "n_heads", "out_lin"),
}


def example_inputs(model):
    """Two rows, the second one half padding."""
    arrays = padded_batch(model.config.vocab_size, [16, 8], [0, 1])
    if model.config.model_type != "distilbert":
        arrays["token_type_ids"] = np.zeros_like(arrays["input_ids"])
    return arrays


def export(model, path, explicit_mask):
    """Writes a graph with free batch and sequence axes."""
    inputs = example_inputs(model)
    axes = {name: {0: "batch", 1: "sequence"} for name in [*inputs, "last_hidden_state"]}
    encoder = Encoder(model, explicit_mask).eval()
    # The tracing exporter: the optimiser's attention patterns do not match the graphs of the newer one.
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(encoder, tuple(map(torch.tensor, inputs.values())), str(path), dynamo=False, opset_version=17,
                          input_names=list(inputs), output_names=["last_hidden_state"], dynamic_axes=axes)


def export_fusable(model, path):
    """The same graph in the form that the optimiser's patterns match."""
    plain = {kind: kind.forward for kind in FUSABLE}
    for kind, forward in FUSABLE.items():
        kind.forward = forward
    export(model, path, True)
    for kind, forward in plain.items():
        kind.forward = forward


def optimize(source, target, config):
    """Fuses `source` into `target` and returns how often each fused operator stands in it."""
    fused = optimizer.optimize_model(str(source), model_type="bert", num_heads=config.num_attention_heads,
                                     hidden_size=config.hidden_size, opt_level=0,
                                     optimization_options=FusionOptions("bert"))
    fused.save_model_to_file(str(target))
    return {name: count for name, count in fused.get_fused_operator_statistics().items() if count}


def worst_difference(path, model):
    """Largest |onnxruntime - PyTorch| over real positions."""
    feeds = example_inputs(model)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    types = {entry.name: np.int32 if "int32" in entry.type else np.int64 for entry in session.get_inputs()}
    actual = session.run(None, {name: feeds[name].astype(kind) for name, kind in types.items()})[0]
    with torch.no_grad():
        expected = model(**{name: torch.tensor(value) for name, value in feeds.items()}).last_hidden_state.numpy()
    return float(np.abs(actual - expected)[feeds["attention_mask"] == 1].max())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    transformers.logging.set_verbosity_error()
    folder = Path(args.out)
    folder.mkdir(parents=True, exist_ok=True)
    raw, fusable, optimized = (folder / f"{name}.onnx" for name in ("raw", "fusable", "optimized"))

    model = transformers.AutoModel.from_pretrained(args.model, dtype=torch.float32, attn_implementation="eager").eval()
    export(model, raw, False)
    export_fusable(model, fusable)
    fused = optimize(fusable, optimized, model.config)
    fusable.unlink()
    differences = {graph.stem: worst_difference(graph, model) for graph in (raw, optimized)}
    if max(differences.values()) > WORST or fused.get("Attention", 0) != model.config.num_hidden_layers:
        raise SystemExit(f"export_onnx: graphs must equal PyTorch and fuse each attention, got {differences}, {fused}")
    for graph in (raw, optimized):
        quantized = folder / f"{graph.stem}_int8.onnx"
        # The type of what fused operators give, which shape inference does not know.
        types = {"DefaultTensorType": onnx.TensorProto.FLOAT}
        quantize_dynamic(graph, quantized, per_channel=True, weight_type=QuantType.QInt8, extra_options=types)
        differences[quantized.stem] = worst_difference(quantized, model)
    versions = {module.__name__: module.__version__ for module in (torch, transformers, onnx, onnxruntime)}
    result = {"versions": versions, "fused": fused, "worstDifference": differences}
    (folder / "export.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
