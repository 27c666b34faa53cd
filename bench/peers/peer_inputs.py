"""What both sides of a comparison are fed: ids from a hash, so that no file has to travel."""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "test" / "golden"))

from golden_weights import hash_u32, summary_of  # noqa: E402


def bench_inputs(vocab_size, batch, sequence):
    """input_ids, attention_mask (all ones) and token_type_ids (all zeros), each (batch, sequence) i64."""
    hashes = hash_u32("bench.ids", batch * sequence).astype(np.int64)
    ids = (1 + (hashes >> 8) % (vocab_size - 1)).reshape(batch, sequence)
    return {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}


def output_summary(array):
    """[l2 norm, three dot products, first value, last value] of an output, as the goldens hold."""
    return summary_of(array)
