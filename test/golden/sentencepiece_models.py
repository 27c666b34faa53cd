"""Trains the tiny SentencePiece models of sentencepiece/*.model, and puts them into folders of each family.

The models know a few normalisation rules of their own: the table of nmt_nfkc alone has a quarter of a megabyte.
"""

import json
import tempfile
from pathlib import Path

import sentencepiece

MODELS = Path(__file__).parent / "sentencepiece"
SENTENCES = [
    "The old harbour was quiet, and the boats weren't moving at all.",
    "They're saying that it'll rain; we've heard it's been raining for 12 days!",
    "Quiet boats, quiet harbour: nobody's there (I'd know), said the harbour master.",
    "naïve café déjà vu -- ça va? El barco está en el puerto, ¿verdad? Sí, señor.",
    "Привет, мир! Доброе утро, старая гавань. 中文字符 中文 字符 日本語の文字",
    "x = foo_bar(1234567, 3.14159) + y[0]; // comment #include <vector>",
    "A quiet sea, a quiet sky, and one small boat that was waiting there for the rain to end.",
    "Nobody knows how long the boat has been there, nor who was the first to see it move.",
]
# Full-width letters, ligatures, composed letters, white space, what goes, and what grows.
RULES = {
    **{chr(0xFEE0 + c): chr(c) for c in range(0x21, 0x7F)},
    **{"\u00a0": " ", "\u3000": " ", "\u200b": " ", "\t": " ", "\n": " ", "\r": " ", "\u2581": " "},
    **{"e\u0301": "é", "n\u0303": "ñ", "a\u0300": "à", "\u0001": "", "\u007f": "", "\u2167": "VIII"},
    **{"\ufb01": "fi", "\u2026": "...", "\u00bd": "1\u20442", "\u2122": "TM", "\ufdfa": "صلى الله عليه وسلم"},
}
SYMBOLS = ["<sep>", "harbour:", "\u2620"]
FAIRSEQ = {"unk_id": 0, "bos_id": 1, "eos_id": 2, "pad_id": -1}
BERT = {"bos_id": -1, "eos_id": -1}
BYTES = {"byte_fallback": True, "split_digits": True, "add_dummy_prefix": True, "remove_extra_whitespaces": False}

# By name: how it is trained beyond what all have.
TRAININGS = {
    "fairseq": {"vocab_size": 320, **FAIRSEQ},
    "t5": {"vocab_size": 300, "pad_id": 0, "eos_id": 1, "unk_id": 2, "bos_id": -1},
    "albert": {"vocab_size": 280, "pad_id": 0, "unk_id": 1, **BERT, "control_symbols": ["[CLS]", "[SEP]", "[MASK]"]},
    "deberta": {"vocab_size": 280, "pad_id": 0, "pad_piece": "[PAD]", "unk_id": 3, "unk_piece": "[UNK]"}
    | {"bos_id": 1, "bos_piece": "[CLS]", "eos_id": 2, "eos_piece": "[SEP]", "control_symbols": ["[MASK]"]},
    "target": {"vocab_size": 200, **FAIRSEQ, "user_defined_symbols": []},
    "llama": {"vocab_size": 560, "model_type": "bpe", **FAIRSEQ, **BYTES, "normalization_rule_name": "identity"},
}

# By name: the model, where it stands in the folder, and tokenizer_config.json.
FOLDERS = {
    "t5": ("t5", "spiece.model", {"tokenizer_class": "T5Tokenizer", "extra_ids": 4}),
    "xlm-roberta": ("fairseq", "sentencepiece.bpe.model", {"tokenizer_class": "XLMRobertaTokenizer"}),
    "camembert": ("fairseq", "sentencepiece.bpe.model", {"tokenizer_class": "CamembertTokenizer"}),
    "mbart": ("fairseq", "sentencepiece.bpe.model", {"tokenizer_class": "MBartTokenizer", "tgt_lang": "es_XX"}),
    "mbart50": ("fairseq", "sentencepiece.bpe.model", {"tokenizer_class": "MBart50Tokenizer", "src_lang": "ru_RU"}),
    "albert": ("albert", "spiece.model", {"tokenizer_class": "AlbertTokenizer"}),
    "albert-accents": ("albert", "spiece.model", {"tokenizer_class": "AlbertTokenizer", "keep_accents": True}),
    "deberta": ("deberta", "spm.model", {"tokenizer_class": "DebertaV2Tokenizer", "do_lower_case": True}),
    "llama": ("llama", "tokenizer.model", {"tokenizer_class": "LlamaTokenizer", "add_bos_token": True}),
    "llama-legacy": (
        "llama",
        "tokenizer.model",
        {"tokenizer_class": "LlamaTokenizer", "legacy": True, "add_bos_token": True, "add_eos_token": True}
        | {"added_tokens_decoder": {"560": {"content": "<extra>", "special": False, "normalized": False}}},
    ),
}


def train(name: str, sentences=None, rules=RULES, **changes) -> None:
    options = {**TRAININGS[name], **changes}
    MODELS.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8") as table:
        if rules is not None and "normalization_rule_name" not in options:
            for source, target in sorted(rules.items()):
                hexed = [" ".join(f"{ord(c):X}" for c in text) for text in (source, target)]
                table.write("\t".join(hexed) + "\n")
            table.flush()
            options["normalization_rule_tsv"] = table.name
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(sentences or SENTENCES * 4),
            model_prefix=str(MODELS / name),
            **{"user_defined_symbols": SYMBOLS, "hard_vocab_limit": False, "minloglevel": 2, "num_threads": 1, **options},
        )
    (MODELS / f"{name}.vocab").unlink()


def folder_of(name: str, root: Path) -> Path:
    """A folder with the model alone."""
    model, file, config = FOLDERS[name]
    folder = root / name
    folder.mkdir()
    (folder / file).write_bytes((MODELS / f"{model}.model").read_bytes())
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return folder


def marian_vocabulary() -> dict:
    """The pieces of both sides, some of them left out, and language codes."""
    pieces = ["</s>", "<unk>", ">>fra<<", ">>es<<"]
    for name in ("fairseq", "target"):
        model = sentencepiece.SentencePieceProcessor(model_file=str(MODELS / f"{name}.model"))
        pieces += [model.id_to_piece(i) for i in range(3, model.get_piece_size()) if i % 11 != 5]
    return {piece: i for i, piece in enumerate(dict.fromkeys([*pieces, "\u6c34\u706b", "<pad>"]))}


def marian_folder(root: Path) -> Path:
    folder = root / "marian"
    folder.mkdir()
    for side, name in (("source", "fairseq"), ("target", "target")):
        (folder / f"{side}.spm").write_bytes((MODELS / f"{name}.model").read_bytes())
    (folder / "vocab.json").write_text(json.dumps(marian_vocabulary()))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "MarianTokenizer"}))
    return folder
