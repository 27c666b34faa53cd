"""The models, texts and options that make_pipeline_goldens.py runs."""

TEXTS = [
    "Alice Smith flew from Paris to New York on Monday.",
    "Zoë et Łukasz habitent à Kraków, près du café Größe!",
    "Мария живёт в Москве \U0001f600\U0001f3fd и работает в «Яндексе».",
    "山田太郎は東京に住んでいます。 He works at Acme-Corp\U0001f680 (since 1999).",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 Bob\u2019s   tabs\tand\nlines; e\u0301clair, na\u0131ve: \U00020000\U00020001",
    "Ünknown glyphs \u2603\u26c4 stay \u1234 here, won't they? Bob Smith of Acme Corp. said so.",
]
LONG = " ".join(TEXTS) + " The End of Alice Smith \U0001f600 in New York."

LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "MISC", "E-ORG"]
NLI = ["contradiction", "neutral", "entailment"]
NLI_FIRST = ["ENTAILMENT", "neutral", "contradiction"]

SIZES = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 40,
         "type_vocab_size": 2, "initializer_range": 0.02}
DISTILBERT = {"dim": 24, "n_layers": 2, "n_heads": 3, "hidden_dim": 40, "initializer_range": 0.02}
# Most tokens of a row.
LENGTH = 40
FAMILIES = {
    "bert": {"model_type": "bert", **SIZES, "pad_token_id": 0, "max_position_embeddings": LENGTH},
    "distilbert": {"model_type": "distilbert", **DISTILBERT, "pad_token_id": 0, "max_position_embeddings": LENGTH},
    "roberta": {"model_type": "roberta", **SIZES, "type_vocab_size": 1, "pad_token_id": 1,
                "max_position_embeddings": LENGTH + 2},
}
PREFIXES = {"bert": "Bert", "distilbert": "DistilBert", "roberta": "Roberta"}


def model(family, head, labels=None):
    named = {"id2label": {str(i): name for i, name in enumerate(labels)},
             "label2id": {name: i for i, name in enumerate(labels)}} if labels else {}
    return {"family": family, "class": f"{PREFIXES[family]}For{head}", "config": FAMILIES[family] | named}


MODELS = {
    "bert tokens": model("bert", "TokenClassification", LABELS),
    "roberta tokens": model("roberta", "TokenClassification", LABELS),
    "distilbert answers": model("distilbert", "QuestionAnswering"),
    "roberta answers": model("roberta", "QuestionAnswering"),
    "bert words": model("bert", "MaskedLM"),
    "roberta words": model("roberta", "MaskedLM"),
    "bert entailment": model("bert", "SequenceClassification", NLI),
    "distilbert entailment": model("distilbert", "SequenceClassification", NLI_FIRST),
}

ENTITY_OPTIONS = [
    {}, {"aggregation_strategy": "simple"}, {"aggregation_strategy": "first"}, {"aggregation_strategy": "average"},
    {"aggregation_strategy": "max"}, {"ignore_labels": []}, {"aggregation_strategy": "simple", "ignore_labels": ["PER"]},
]
WINDOW_OPTIONS = [{"aggregation_strategy": name, "stride": 9} for name in ("simple", "first", "average", "max")]

QUESTIONS = ["Who flew?", "Où est Zoë?", "Где Мария \U0001f600?", "東京?", "Whose tabs?", "What stays?"]
ANSWER_OPTIONS = [
    {}, {"top_k": 4}, {"max_answer_len": 2, "top_k": 3}, {"handle_impossible_answer": True, "top_k": 3},
    {"align_to_words": False, "top_k": 3},
]
LONG_ANSWER_OPTIONS = [
    {}, {"top_k": 5, "handle_impossible_answer": True}, {"doc_stride": 7, "top_k": 3},
    {"max_seq_len": 30, "doc_stride": 5, "align_to_words": False, "top_k": 2},
]

# `_` stands for the mask token.
MASKED = ["Alice _ flew to Paris.", "Мария живёт в _ \U0001f600.", "_ works at Acme, _ said."]
MASK_OPTIONS = [{}, {"top_k": 2}, {"targets": ["Paris", "alice", "york"], "top_k": 3}, {"targets": "tabs"}]

CANDIDATES = [["travel", "food", "работа \U0001f600"], "travel, 東京 ,food", ["travel"]]
ENTAILMENT_OPTIONS = [{}, {"multi_label": True}, {"hypothesis_template": "It is about {}!"}]
