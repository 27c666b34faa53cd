"""The families that make_seq2seq_goldens.py runs: tiny models of odd sizes."""

from bert_golden_cases import VOCAB, batch_of, pick, without

BART_SIZES = {
    "wide": {"d_model": 20, "encoder_layers": 2, "encoder_attention_heads": 5, "encoder_ffn_dim": 37,
             "decoder_layers": 1, "decoder_attention_heads": 4, "decoder_ffn_dim": 29},
    "other": {"d_model": 18, "encoder_layers": 1, "encoder_attention_heads": 2, "encoder_ffn_dim": 41,
              "decoder_layers": 2, "decoder_attention_heads": 3, "decoder_ffn_dim": 19, "scale_embedding": True,
              "activation_function": "relu"},
}
BART_COMMON = {"vocab_size": VOCAB, "max_position_embeddings": 27, "init_std": 0.02, "dropout": 0.0,
               "attention_dropout": 0.0, "activation_dropout": 0.0, "pad_token_id": 0, "bos_token_id": 1,
               "eos_token_id": 2, "decoder_start_token_id": 2, "forced_eos_token_id": 2, "is_encoder_decoder": True}
MARIAN = {"decoder_start_token_id": 0, "activation_function": "silu"}
T5_SIZES = {
    "wide": {"d_model": 20, "d_kv": 6, "d_ff": 37, "num_layers": 2, "num_decoder_layers": 1, "num_heads": 3,
             "feed_forward_proj": "relu", "relative_attention_num_buckets": 8, "relative_attention_max_distance": 9},
    "other": {"d_model": 18, "d_kv": 5, "d_ff": 23, "num_layers": 1, "num_decoder_layers": 2, "num_heads": 2,
              "feed_forward_proj": "gated-gelu", "layer_norm_epsilon": 2e-3},
}
T5_COMMON = {"vocab_size": VOCAB, "dropout_rate": 0.0, "pad_token_id": 0, "eos_token_id": 2,
             "decoder_start_token_id": 0, "is_encoder_decoder": True}
CLASSIFIER = {"classifier_dropout": 0.0}

# Prefix of the classes, the word model's name, whether there is a classifier, sizes, what all sizes share.
FAMILIES = {
    "bart": ("Bart", "BartForConditionalGeneration", True, BART_SIZES, BART_COMMON | CLASSIFIER),
    "mbart": ("MBart", "MBartForConditionalGeneration", True, BART_SIZES, BART_COMMON | CLASSIFIER),
    "marian": ("Marian", "MarianMTModel", False, BART_SIZES, BART_COMMON | MARIAN),
    "t5": ("T5", "T5ForConditionalGeneration", False, T5_SIZES, T5_COMMON),
}


def seq2seq_config(family, size, num_labels=None, **extra):
    """config.json's fields of a model; labels are named so that num_labels can be read off id2label."""
    _, _, _, sizes, common = FAMILIES[family]
    config = {"model_type": family} | common | sizes[size] | extra
    if num_labels is not None:
        config["id2label"] = {str(i): f"label {i}" for i in range(num_labels)}
        config["label2id"] = {f"label {i}": i for i in range(num_labels)}
    return config


def source_batch(name, lengths, padding="right"):
    """inputIds and attentionMask; texts end with token 2, which stands nowhere else in them."""
    return without(batch_of(name, lengths, padding=padding), "tokenTypeIds")


def target_rows(name, lengths):
    """Rows of ids that end with token 2."""
    return [pick(f"{name}.{i}.target", length - 1, VOCAB, 3) + [2] for i, length in enumerate(lengths)]


def target_labels(name, lengths):
    """The same as labels: -100 behind the end of shorter ones."""
    width = max(lengths)
    return [row + [-100] * (width - len(row)) for row in target_rows(name, lengths)]


def decoder_batch(name, lengths):
    """decoderInputIds and decoderAttentionMask, padded on the right."""
    width = max(lengths)
    rows = [[2] + row[:-1] for row in target_rows(name, lengths)]
    return {"decoderInputIds": [row + [0] * (width - len(row)) for row in rows],
            "decoderAttentionMask": [[1] * len(row) + [0] * (width - len(row)) for row in rows]}
