"""Writes weights.json: a few values of golden_weights.py, so that weights.ts can prove itself equal, bit for bit."""

import numpy as np

from golden_files import library_versions, write_golden
from golden_weights import affine_of, fnv1a, golden_tensor, hash_u32

CASES = [
    ("bert.embeddings.word_embeddings.weight", [61, 20]),
    ("bert.embeddings.LayerNorm.weight", [20]),
    ("distilbert.transformer.layer.0.output_layer_norm.weight", [21]),
    ("bert.encoder.layer.1.attention.self.query.weight", [36, 36]),
    ("distilbert.transformer.layer.2.attention.k_lin.weight", [21, 21]),
    ("bert.encoder.layer.0.output.dense.weight", [20, 37]),
    ("classifier.bias", [3]),
    ("classifier.weight", [3, 21]),
    ("pre_classifier.weight", [20, 20]),
    ("bert.encoder.layer.2.intermediate.dense.weight", [19, 21]),
    ("bert.encoder.layer.11.output.dense.weight", [768, 3072]),
    ("größe ☂", [4, 5]),
]


def entry_of(name, shape):
    """Hashes, scale, first values and the wrapping u32 sum of all the f32 bit patterns."""
    values = golden_tensor(name, shape)
    bits = values.view(np.uint32).reshape(-1)
    centre, scale = affine_of(name, shape)
    return {"name": name, "shape": shape, "fnv1a": fnv1a(name), "hashes": [int(x) for x in hash_u32(name, 3)],
            "centre": centre, "scale": scale, "first": [float(v) for v in values.reshape(-1)[:4]],
            "bitSum": int(bits.sum(dtype=np.uint64) & np.uint64(0xFFFFFFFF))}


def main():
    write_golden("weights", library_versions(np), {"tensors": [entry_of(name, shape) for name, shape in CASES]})


if __name__ == "__main__":
    main()
