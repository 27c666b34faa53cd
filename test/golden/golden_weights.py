"""Weights and probe vectors that TypeScript (weights.ts) computes too, bit for bit, so goldens need not store them.

Element i of a tensor is u(name, i) = (mix(fnv1a(name) + i * 0x9e3779b9) >> 16) / 2^15 - 1, in [-1, 1) with steps of
2^-15, times a power of two: every value is exact in f32. `mix` is the 32-bit finaliser of MurmurHash3.
"""

import math
import re

import numpy as np

DOT_NAMES = ("dot0", "dot1", "dot2")
# Sharp attention, activations where the kinds of GELU differ, and heads that let differences through.
DOUBLED = re.compile(r"(^|\.)(query|key|query_proj|key_proj|q_lin|k_lin|intermediate\.dense|lin1|lin2|classifier|qa_outputs"
                     r"|q_proj|k_proj|c_attn|c_fc|gate_proj|fc1|score)\.weight$")
NORM = re.compile(r"(LayerNorm|layer_?norm|layernorm_embedding|(^|\.)(norm|ln_\w+))\.weight$")


def fnv1a(text):
    """32-bit FNV-1a of the UTF-8 bytes."""
    value = 0x811C9DC5
    for byte in text.encode("utf-8"):
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def hash_u32(name, count):
    """(count,) u32: the hash of (name, flat index)."""
    with np.errstate(over="ignore"):
        x = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9) + np.uint32(fnv1a(name))
        x ^= x >> np.uint32(16)
        x *= np.uint32(0x85EBCA6B)
        x ^= x >> np.uint32(13)
        x *= np.uint32(0xC2B2AE35)
        x ^= x >> np.uint32(16)
    return x


def uniform(name, count):
    """(count,) f64 in [-1, 1), multiples of 2^-15."""
    return (hash_u32(name, count) >> np.uint32(16)).astype(np.float64) / 32768.0 - 1.0


def affine_of(name, shape):
    """(centre, scale) of a parameter: norms near 1, small biases, matrices by fan-in, doubled to show mistakes."""
    if len(shape) == 1:
        return (1.0, 0.25) if NORM.search(name) else (0.0, 0.125)
    if "embeddings." in name:
        return 0.0, 0.5
    scale = 1.0
    while math.prod(shape[1:]) * scale * scale > 3:
        scale /= 2
    return 0.0, scale * 2 if DOUBLED.search(name) else scale


def golden_tensor(name, shape):
    """f32 array of `shape`: the weights of the parameter `name`."""
    centre, scale = affine_of(name, shape)
    values = centre + scale * uniform(name, math.prod(shape))
    exact = values.astype(np.float32)
    assert np.array_equal(exact.astype(np.float64), values)
    return exact.reshape(shape)


def saved_names(model):
    """[(name, parameter)] of a transformers model; tied parameters come once, by the name they are saved under.
    What is saved though it is no parameter, a bias of BART's words, comes last."""
    tied = getattr(model, "all_tied_weights_keys", {})  # transformers 4 has none: its first names are those saved
    trained = [(name, p) for name, p in model.named_parameters() if "embed_positions" not in name or p.requires_grad]
    saved = [(name, buffer) for name, buffer in model.named_buffers() if name == "final_logits_bias"]
    return [(tied.get(name, name), parameter) for name, parameter in trained + saved]


def fill_model(model):
    """Overwrites every parameter of a transformers model."""
    import torch

    with torch.no_grad():
        for name, parameter in saved_names(model):
            parameter.copy_(torch.from_numpy(golden_tensor(name, tuple(parameter.shape))))
    return model


def rounded(value, digits=8):
    """A finite float with so many significant digits (zero without a sign)."""
    assert math.isfinite(value), value
    return float(f"{value:.{digits}g}") or 0.0


def summary_of(array, digits=7):
    """[l2 norm, dot product with each probe vector, first value, last value]."""
    flat = np.asarray(array, dtype=np.float64).reshape(-1)
    dots = [float(np.dot(flat, uniform(name, flat.size))) for name in DOT_NAMES]
    return [rounded(v, digits) for v in (float(np.linalg.norm(flat)), *dots, float(flat[0]), float(flat[-1]))]


def tensor_entry(array, full_up_to):
    """{shape, values} of a small array, {shape, summary} of a larger one."""
    entry = {"shape": list(np.shape(array))}
    if np.size(array) <= full_up_to:
        return entry | {"values": [rounded(float(v), 7) for v in np.ravel(array)]}
    return entry | {"summary": summary_of(array)}
