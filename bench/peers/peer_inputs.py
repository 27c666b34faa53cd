"""What all sides of a comparison are fed, and compared by: ids from a hash, so that no file has to travel (ids.ts)."""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "test" / "golden"))

from golden_weights import DOT_NAMES, hash_u32, summary_of  # noqa: E402

ID_STRIDE = 512  # a sequence's ids start at so many times its place in the stream of ids


def padded_batch(vocab_size, lengths, sequences):
    """input_ids and attention_mask of some sequences, padded with zeros to the longest: (B, S) i64."""
    hashes = hash_u32("bench.ids", ID_STRIDE * (max(sequences) + 1)).astype(np.int64).reshape(-1, ID_STRIDE)
    width = max(lengths[s] for s in sequences)
    mask = (np.arange(width)[None, :] < np.array([lengths[s] for s in sequences])[:, None]).astype(np.int64)
    return {"input_ids": (1 + (hashes[list(sequences), :width] >> 8) % (vocab_size - 1)) * mask, "attention_mask": mask}


def signature_of(values):
    """Norm and dot products with probe vectors of a sequence's values."""
    return summary_of(values, digits=9)[:1 + len(DOT_NAMES)]
