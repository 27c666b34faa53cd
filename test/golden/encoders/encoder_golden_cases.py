"""The families that make_encoder_goldens.py runs: tiny models of odd sizes, two of each."""

from bert_golden_cases import BERT_NO_DROPOUT, BERT_SIZES, DISTILBERT_NO_DROPOUT, DISTILBERT_SIZES, VOCAB

HEADS = ("base", "sequences", "tokens", "words", "answers", "choices")
BERT_LIKE = {"wide": BERT_SIZES["wide"], "other": BERT_SIZES["few_heads"]}


DEBERTA_COMMON = {"relative_attention": True, "pooler_dropout": 0.0}
DEBERTA_REGRESSION = {"problem_type": "regression"}  # where nobody says so, Python's logits lack their second axis
DEBERTA_V2_SIZES = {
    "wide": BERT_LIKE["wide"] | DEBERTA_COMMON | {
        "type_vocab_size": 0, "position_buckets": 8, "max_relative_positions": -1, "norm_rel_ebd": "layer_norm",
        "share_att_key": True, "pos_att_type": "p2c|c2p", "position_biased_input": False},
    "other": BERT_LIKE["other"] | DEBERTA_COMMON | {
        "embedding_size": 10, "max_relative_positions": 6, "pos_att_type": ["c2p", "p2c"], "conv_kernel_size": 3,
        "conv_act": "gelu", "pooler_hidden_act": "tanh", "norm_rel_ebd": "none"},
    "third": BERT_SIZES["deep"] | DEBERTA_COMMON | {
        "pos_att_type": ["p2c"], "conv_kernel_size": 5, "conv_groups": 3, "position_buckets": 5,
        "max_relative_positions": 9, "share_att_key": True},
    "fourth": BERT_SIZES["one_head"] | DEBERTA_COMMON | {"pos_att_type": "c2p", "norm_rel_ebd": "layer_norm"},
    "fifth": BERT_SIZES["one_head"] | {"type_vocab_size": 0, "pos_att_type": "c2p|p2c"},
}
DEBERTA_SIZES = {
    "wide": BERT_LIKE["wide"] | DEBERTA_COMMON | {
        "type_vocab_size": 0, "pos_att_type": "c2p|p2c", "position_biased_input": False},
    "other": BERT_LIKE["other"] | DEBERTA_COMMON | {
        "embedding_size": 10, "max_relative_positions": 6, "pos_att_type": ["p2c"], "pooler_hidden_act": "relu"},
    "third": BERT_SIZES["deep"] | DEBERTA_COMMON | {"pos_att_type": ["c2p"], "type_vocab_size": 0},
}
LONGFORMER_SIZES = {
    "wide": BERT_LIKE["wide"] | {"attention_window": 4, "type_vocab_size": 1},
    "other": BERT_LIKE["other"] | {"attention_window": [6]},
    "third": BERT_SIZES["deep"] | {"attention_window": [4, 8, 4]},
}


def changed(sizes, wide=None, other=None, drop=()):
    """The sizes with fields of their own, and without those named in `drop`."""
    return {name: {k: v for k, v in fields.items() if k not in drop} | (mine or {})
            for (name, fields), mine in zip(sizes.items(), (wide, other))}


# Prefix of the classes, padding token, whether there are token types, heads, sizes. Two of RoBERTa's twins' heads are
# enough: they share its code. Where `padding` is right, heads differ by intent on what the mask hides at a row's begin.
FAMILIES = {
    "roberta": {"prefix": "Roberta", "pad": 1, "types": False, "heads": HEADS,
                "sizes": changed(BERT_LIKE, {"type_vocab_size": 1, "layer_norm_eps": 1e-5}, {"type_vocab_size": 1})},
    "xlm_roberta": {"prefix": "XLMRoberta", "pad": 1, "types": False, "heads": ("base", "words"),
                    "sizes": changed(BERT_LIKE, {"type_vocab_size": 1}, {"type_vocab_size": 1})},
    "camembert": {"prefix": "Camembert", "pad": 1, "types": False, "heads": ("sequences",),
                  "sizes": changed(BERT_LIKE, {"type_vocab_size": 1}, {"type_vocab_size": 1})},
    "electra": {"prefix": "Electra", "pad": 0, "types": True, "heads": (*HEADS, "replacements"),
                "sizes": changed(BERT_LIKE, {"embedding_size": 7}, {"embedding_size": 36, "summary_last_dropout": 0.0})},
    "albert": {"prefix": "Albert", "pad": 0, "types": True, "heads": HEADS,
               "sizes": changed(BERT_LIKE,
                                {"embedding_size": 9, "num_hidden_layers": 3, "num_hidden_groups": 2},
                                {"embedding_size": 36, "num_hidden_layers": 2, "inner_group_num": 2,
                                 "classifier_dropout_prob": 0.0})},
    "mpnet": {"prefix": "MPNet", "pad": 1, "types": False, "heads": HEADS,
              "sizes": changed(BERT_LIKE, None, {"relative_attention_num_buckets": 37}, drop=("type_vocab_size",))},
    "deberta": {"prefix": "Deberta", "pad": 0, "types": True, "padding": "right", "heads": HEADS[:-1],
                "sizes": DEBERTA_SIZES, "regression": DEBERTA_REGRESSION},
    "deberta_v2": {"prefix": "DebertaV2", "pad": 0, "types": True, "padding": "right", "heads": HEADS,
                   "sizes": DEBERTA_V2_SIZES, "regression": DEBERTA_REGRESSION},
    "longformer": {"prefix": "Longformer", "pad": 1, "types": False, "padding": "right", "heads": HEADS,
                   "sizes": LONGFORMER_SIZES},
    "ernie": {"prefix": "Ernie", "pad": 0, "types": True, "heads": ("base", "words", "choices"), "sizes": BERT_LIKE},
    "bert_multiple_choice": {"prefix": "Bert", "pad": 0, "types": True, "heads": ("choices",), "sizes": BERT_LIKE},
    "distilbert_multiple_choice": {"prefix": "DistilBert", "pad": 0, "types": False, "heads": ("choices",),
                                   "sizes": {"other": DISTILBERT_SIZES["few_heads"]}},
}


def family_config(name, size, num_labels=None, **extra):
    """config.json's fields of a model; labels are named so that num_labels can be read off id2label."""
    family = FAMILIES[name]
    model_type = name.replace("_multiple_choice", "").replace("_", "-")
    base = {"model_type": model_type, "vocab_size": VOCAB, "max_position_embeddings": 31, "initializer_range": 0.02,
            "pad_token_id": family["pad"]}
    base |= family["sizes"][size] | (DISTILBERT_NO_DROPOUT if model_type == "distilbert" else BERT_NO_DROPOUT)
    if num_labels is not None:
        base["id2label"] = {str(i): f"label {i}" for i in range(num_labels)}
        base["label2id"] = {f"label {i}": i for i in range(num_labels)}
    return base | extra


def choice_batch(batch, choices):
    """A batch whose rows are the choices of questions: lists of so many rows each."""
    return {key: [rows[i:i + choices] for i in range(0, len(rows), choices)] for key, rows in batch.items()}
