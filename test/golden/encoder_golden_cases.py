"""The families that make_encoder_goldens.py runs: tiny models of odd sizes, two of each."""

from bert_golden_cases import BERT_NO_DROPOUT, BERT_SIZES, DISTILBERT_NO_DROPOUT, DISTILBERT_SIZES, VOCAB

HEADS = ("base", "sequences", "tokens", "words", "answers", "choices")
BERT_LIKE = {"wide": BERT_SIZES["wide"], "other": BERT_SIZES["few_heads"]}


def changed(sizes, wide=None, other=None, drop=()):
    """The sizes with fields of their own, and without those named in `drop`."""
    return {name: {k: v for k, v in fields.items() if k not in drop} | (mine or {})
            for (name, fields), mine in zip(sizes.items(), (wide, other))}


# Prefix of the classes, padding token, whether there are token types, heads, sizes. Two of RoBERTa's twins' heads are
# enough: they share its code.
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
