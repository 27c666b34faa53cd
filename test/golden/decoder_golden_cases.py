"""The families that make_decoder_goldens.py runs: tiny models of odd sizes."""

from bert_golden_cases import VOCAB, batch_of, pick, without
from golden_weights import hash_u32

GPT2_SIZES = {
    "wide": {"n_embd": 20, "n_head": 5, "n_layer": 2, "n_inner": 37, "activation_function": "gelu_new"},
    "other": {"n_embd": 36, "n_head": 3, "n_layer": 1, "activation_function": "relu", "layer_norm_epsilon": 2e-3,
              "scale_attn_by_inverse_layer_idx": True, "tie_word_embeddings": False},
    "scaled": {"n_embd": 21, "n_head": 3, "n_layer": 3, "n_inner": 19, "scale_attn_by_inverse_layer_idx": True,
               "scale_attn_weights": False},
}
LLAMA_SIZES = {
    "grouped": {"hidden_size": 24, "num_attention_heads": 4, "num_key_value_heads": 2, "num_hidden_layers": 2,
                "intermediate_size": 37},
    "other": {"hidden_size": 21, "num_attention_heads": 3, "num_key_value_heads": 1, "num_hidden_layers": 1,
              "intermediate_size": 41, "head_dim": 6, "attention_bias": True, "mlp_bias": True, "hidden_act": "gelu",
              "rms_norm_eps": 2e-3, "tie_word_embeddings": True, "rope_theta": 500.0},
}
# In both spellings: of transformers 4 and of 5.
ROPES = {
    "linear": {"rope_theta": 100.0, "rope_scaling": {"type": "linear", "factor": 2.5}},
    "dynamic": {"max_position_embeddings": 8, "rope_scaling": {"rope_type": "dynamic", "factor": 3.0}},
    "llama3": {"rope_parameters": {"rope_type": "llama3", "rope_theta": 60.0, "factor": 8.0, "low_freq_factor": 1.0,
                                   "high_freq_factor": 4.0, "original_max_position_embeddings": 16}},
    "yarn": {"rope_parameters": {"rope_type": "yarn", "rope_theta": 50.0, "factor": 4.0, "beta_fast": 4.0,
                                 "beta_slow": 0.5, "original_max_position_embeddings": 8}},
    "yarn as it was spelled": {"rope_theta": 70.0, "rope_scaling": {
        "rope_type": "yarn", "factor": 2.0, "mscale": 0.7, "mscale_all_dim": 0.4, "truncate": False,
        "original_max_position_embeddings": 16}},
}
COMMON = {"vocab_size": VOCAB, "max_position_embeddings": 31, "initializer_range": 0.02, "classifier_dropout": 0.0}
FAMILIES = {
    "gpt2": {"sizes": GPT2_SIZES,
             "common": {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0, "n_positions": 31,
                        "bos_token_id": 1, "eos_token_id": 1}},
    "llama": {"sizes": LLAMA_SIZES, "common": {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}},
}


def decoder_config(family, size, num_labels=None, **extra):
    """config.json's fields of a model; labels are named so that num_labels can be read off id2label."""
    base = {"model_type": family} | COMMON | FAMILIES[family]["common"] | FAMILIES[family]["sizes"][size]
    if family == "gpt2":
        del base["max_position_embeddings"]
    if num_labels is not None:
        base["id2label"] = {str(i): f"label {i}" for i in range(num_labels)}
        base["label2id"] = {f"label {i}": i for i in range(num_labels)}
    return base | extra


def text_batch(name, lengths, padding="right"):
    """inputIds and attentionMask; padding has id 0, and no text holds it."""
    return without(batch_of(name, lengths, padding=padding), "tokenTypeIds")


def next_word_labels(name, batch):
    """The tokens themselves, some left out. Python predicts from hidden columns too, so nothing after one is labelled."""
    rows = []
    mask = batch.get("attentionMask", [[1] * len(row) for row in batch["inputIds"]])
    for index, (ids, seen) in enumerate(zip(batch["inputIds"], mask)):
        left_out = [int(x >> 8) % 4 == 0 for x in hash_u32(f"{name}.{index}.left_out", len(ids))]
        rows.append([i if c > 0 and seen[c] and seen[c - 1] and not left_out[c] else -100 for c, i in enumerate(ids)])
    return rows


def classes(name, rows, count):
    return pick(f"{name}.classes", rows, count)
