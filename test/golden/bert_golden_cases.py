"""The tiny models of odd sizes, and the batches, that make_bert_goldens.py runs."""

from golden_weights import hash_u32

PAD, CLS, SEP, FIRST_WORD = 0, 1, 2, 3
VOCAB = 61
COMMON = {"vocab_size": VOCAB, "max_position_embeddings": 29, "initializer_range": 0.02, "pad_token_id": PAD}

BERT_SIZES = {
    "wide": {"hidden_size": 20, "num_attention_heads": 5, "intermediate_size": 37, "num_hidden_layers": 2,
             "hidden_act": "gelu", "layer_norm_eps": 1e-12, "type_vocab_size": 2},
    "few_heads": {"hidden_size": 36, "num_attention_heads": 3, "intermediate_size": 41, "num_hidden_layers": 1,
                  "hidden_act": "gelu_new", "layer_norm_eps": 2e-3, "type_vocab_size": 2},
    "deep": {"hidden_size": 21, "num_attention_heads": 3, "intermediate_size": 19, "num_hidden_layers": 3,
             "hidden_act": "relu", "layer_norm_eps": 1e-3, "type_vocab_size": 3},
    "one_head": {"hidden_size": 13, "num_attention_heads": 1, "intermediate_size": 50, "num_hidden_layers": 1,
                 "hidden_act": "silu", "layer_norm_eps": 1e-6, "type_vocab_size": 2},
}
BERT_NO_DROPOUT = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}

DISTILBERT_SIZES = {
    "wide": {"dim": 20, "n_heads": 5, "hidden_dim": 37, "n_layers": 2, "activation": "gelu"},
    "deep": {"dim": 21, "n_heads": 3, "hidden_dim": 19, "n_layers": 3, "activation": "relu"},
    "few_heads": {"dim": 36, "n_heads": 3, "hidden_dim": 41, "n_layers": 1, "activation": "gelu",
                  "sinusoidal_pos_embds": True},
}
DISTILBERT_NO_DROPOUT = {"dropout": 0.0, "attention_dropout": 0.0, "qa_dropout": 0.0, "seq_classif_dropout": 0.0}


def model_config(family, size, num_labels=None, **extra):
    """config.json's fields of a model; labels are named so that num_labels can be read off id2label."""
    base = {"model_type": family} | COMMON
    base |= BERT_SIZES[size] | BERT_NO_DROPOUT if family == "bert" else DISTILBERT_SIZES[size] | DISTILBERT_NO_DROPOUT
    if num_labels is not None:
        base["id2label"] = {str(i): f"label {i}" for i in range(num_labels)}
        base["label2id"] = {f"label {i}": i for i in range(num_labels)}
    return base | extra


def pick(name, count, limit, start=0):
    """`count` integers in [start, limit) drawn from the hash of `name`."""
    return [start + int(x >> 8) % (limit - start) for x in hash_u32(name, count)]


def row_of(name, length, pairs):
    """Ids and token types of one text (or pair) with its special tokens."""
    ids = [CLS] + pick(f"{name}.ids", length - 2, VOCAB, FIRST_WORD) + [SEP]
    if not pairs:
        return ids, [0] * length
    middle = 1 + length // 2
    ids[middle] = SEP
    return ids, [0] * (middle + 1) + [1] * (length - middle - 1)


def batch_of(name, lengths, padding="right", pairs=False):
    """inputIds, attentionMask and tokenTypeIds; padding is right, left or holes (real ids that the mask hides)."""
    longest = max(lengths)
    batch = {"inputIds": [], "attentionMask": [], "tokenTypeIds": []}
    for index, length in enumerate(lengths):
        ids, types = row_of(f"{name}.{index}", length, pairs)
        gap = [0] * (longest - length)
        mask = [1] * length
        if padding == "holes":
            hidden = pick(f"{name}.{index}.holes", length, 4)
            mask = [0 if i > 0 and h == 0 else 1 for i, h in enumerate(hidden)]
            mask[length // 2] = 0
        place = (lambda row: gap + row) if padding == "left" else (lambda row: row + gap)
        batch["inputIds"].append(place(ids))
        batch["attentionMask"].append(place(mask))
        batch["tokenTypeIds"].append(place(types))
    return batch


def without(batch, *keys):
    return {key: value for key, value in batch.items() if key not in keys}


def standard_batches():
    """(case name, batch): what every head is run on."""
    return [
        ("no padding, pairs", without(batch_of("plain", [9, 9], pairs=True), "attentionMask")),
        ("right padding, pairs", batch_of("right", [6, 11, 5], pairs=True)),
        ("left padding", batch_of("left", [4, 10, 7], padding="left")),
        ("holes in the mask, pairs", batch_of("holes", [8, 12, 6], padding="holes", pairs=True)),
    ]


def pad_id_in_text():
    """A padding id that the mask shows: its word embedding takes no gradient, since it is the padding row."""
    batch = batch_of("padid", [8, 6])
    batch["inputIds"][0][3] = PAD
    return "padding id inside the text", batch


def token_labels(name, batch, limit, every=1):
    """Labels in [0, limit); -100 where the mask is 0, and at most positions when `every` > 1."""
    mask = batch.get("attentionMask", [[1] * len(row) for row in batch["inputIds"]])
    labels = []
    for index, row in enumerate(mask):
        values = pick(f"{name}.{index}.labels", len(row), limit)
        skip = pick(f"{name}.{index}.skip", len(row), max(every, 2))
        kept = [m == 1 and (s == 0 if every > 1 else i > 0) for i, (m, s) in enumerate(zip(row, skip))]
        if not any(kept):
            kept[row.index(1)] = True
        labels.append([v if k else -100 for v, k in zip(values, kept)])
    return labels
