"""Writes bucket_goldens.json: Python transformers' distance buckets of T5 and DeBERTa. Run by hand: python make_bucket_goldens.py"""

import json
from pathlib import Path

import torch
import transformers
from transformers.models.deberta_v2.modeling_deberta_v2 import make_log_bucket_position
from transformers.models.t5.modeling_t5 import T5Attention

T5 = [(32, 128), (32, 20), (8, 6), (10, 100), (33, 77), (64, 1000), (320, 800)]
# position_buckets (0: none) and max_relative_positions
DEBERTA = [(256, 512), (0, 5), (0, 64), (4, 8), (32, 64), (10, 100), (33, 128), (64, 2000)]


def runs(values):
    """[value, how often, value, how often ...] of equal values side by side."""
    out = []
    for value in values:
        if out and out[-2] == value:
            out[-1] += 1
        else:
            out += [value, 1]
    return out


def t5_case(is_bidirectional, buckets, max_distance):
    distances = torch.arange(-3 * max_distance, 3 * max_distance + 1)
    found = T5Attention._relative_position_bucket(distances, is_bidirectional, buckets, max_distance)
    return {
        "isBidirectional": is_bidirectional,
        "buckets": buckets,
        "maxDistance": max_distance,
        "runs": runs(found.tolist()),
    }


def deberta_case(buckets, max_distance):
    # As DisentangledSelfAttention looks its terms up: query less key, then shifted by the span and clamped.
    positions = torch.arange(3 * max_distance, -3 * max_distance - 1, -1)
    span = buckets if buckets > 0 else max_distance
    if buckets > 0:
        positions = make_log_bucket_position(positions, buckets, max_distance)
    found = torch.clamp(positions.to(torch.long) + span, 0, 2 * span - 1)
    return {"buckets": buckets, "maxDistance": max_distance, "runs": runs(found.tolist())}


goldens = {
    "madeWith": f"transformers {transformers.__version__}, torch {torch.__version__}",
    "t5": [t5_case(both, *sizes) for both in (True, False) for sizes in T5],
    "deberta": [deberta_case(*sizes) for sizes in DEBERTA],
}
path = Path(__file__).with_name("bucket_goldens.json")
path.write_text(json.dumps(goldens, separators=(",", ":")) + "\n")
print(path, path.stat().st_size, "bytes")
