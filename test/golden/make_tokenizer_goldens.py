"""Writes tokenizer_goldens.json: what Python's tokenizers gives on small, awkward inputs.

Run: python test/golden/make_tokenizer_goldens.py. Needs the package tokenizers.
"""

import json
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = (
    "the quick brown fox jump un want able cafe naive hello world na ##s ##ed ##ing ##able ##want ##e ##ai ##ve "
    "a b c d e f g o s t Cafe Hello # ##b ##c ##d ##a ##1 ##2 1 2 3 . , ! ? ' - \" ( ) 中 文 字 一 café naïve é ï "
    "ο σ ς ##σ ##ς İ i ##i ß ᄒ ##ᅡ ##ᆫ 한 ỉ \U0001f600 \U00020000 new york ##york $ ++ e\u0301 ##\u0301 \u0307 ##\u0307"
).split()
VOCAB = {token: i for i, token in enumerate(dict.fromkeys(SPECIAL + WORDS))}

NORMALIZERS = {
    "uncased": dict(clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=True),
    "cased": dict(clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=False),
    "accents": dict(clean_text=True, handle_chinese_chars=False, strip_accents=False, lowercase=True),
    "stripped": dict(clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False),
}
ADDED = [
    AddedToken("<left>", lstrip=True, normalized=False),
    AddedToken("<right>", rstrip=True, normalized=False),
    AddedToken("<both>", lstrip=True, rstrip=True, normalized=False),
    AddedToken("fox", single_word=True, normalized=False),
    AddedToken("[MA", normalized=False),
    AddedToken("New York", normalized=True),
    AddedToken("Café", normalized=True, single_word=True),
]

TEXTS = [
    "",
    " \t\n ",
    "Hello, world!",
    "The quick brown fox jumped; unwantable",
    "café cafe\u0301 CAFÉ naïve naive\u0308 e\u0301",
    "中文字 a一b",
    "\U00020000\U0001f600 a\U0001f600b \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "a\u0000b\ufffdc\u200bd\u00ade\u0007f\u000bg",
    "a\u00a0b\u2003c\u3000d\u2028e\u0085f",
    "ΟΔΟΣ ΣΣ σς",
    "İi ß Iİ",
    "한 하 ㅎ",
    "don't (stop) $1.2 \"##b\" a##b ++",
    "[CLS] hello [MASK] world[SEP][sep] [MA [MASKED]",
    "\u0301a \u0301 .\u0301a",
]
LONG_TEXTS = ["a" * 100 + " " + "a" * 101, "e\u0301" * 60]
ADDED_TEXTS = [
    "a  <left>  b",
    "a  <right>  b",
    "a <both> <both> b",
    "  <left><right>  ",
    "fox foxes fox. (fox) _fox fox1 éfox",
    "new york NEW YORK new  york newyork",
    "café cafés cafe CAFÉ. Cafe\u0301",
    "[MASK] [MA [MAS",
]
# Both longer than what is kept: which counts as the longer depends on where the tokenizer stops reading.
LONG_PAIRS = [
    ("a " * 20, "b " * 19),
    ("a " * 19, "b " * 20),
    ("abcd " * 9, "b " * 20),
    ("b " * 20, "abcd " * 9),
    ("b abcd " * 5, "abcd b " * 5),
    ("[MASK] abcd " * 6, "abcd [MASK] [MASK] [MASK] " * 4),
    ("[MASK] " * 20, "abcd " * 9),
]
PAIRS = [("hello world", "the quick brown fox"), ("", "a b"), ("a b c d e f g", "1 2"), ("a b c", "d e f g o s t")]


def build(name: str, with_added: bool) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(VOCAB, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(**NORMALIZERS[name])
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", VOCAB["[CLS]"]), ("[SEP]", VOCAB["[SEP]"])],
    )
    tokenizer.add_special_tokens(SPECIAL)
    if with_added:
        tokenizer.add_tokens(ADDED)
    return tokenizer


def utf16(text: str, index: int) -> int:
    return len(text[:index].encode("utf-16-le")) // 2


def flat_offsets(encoding, text: str, pair) -> list:
    out = []
    for (start, end), sequence in zip(encoding.offsets, encoding.sequence_ids):
        owner = text if sequence == 0 else pair
        out += [0, 0] if sequence is None else [utf16(owner, start), utf16(owner, end)]
    return out


def case(tokenizer: Tokenizer, name: str, text: str, pair=None, options=None) -> dict:
    options = options or {}
    tokenizer.no_truncation()
    tokenizer.no_padding()
    if "maxLength" in options:
        side = options.get("truncationSide", "right")
        tokenizer.enable_truncation(options["maxLength"], strategy=options["truncation"], direction=side)
    made = {"tokenizer": name, "text": text}
    if pair is not None:
        made["pair"] = pair
    if options:
        made["options"] = options
    try:
        special = options.get("addSpecialTokens", True)
        encoding = tokenizer.encode(text, pair, add_special_tokens=special)
    except Exception as error:  # noqa: BLE001 - tokenizers raises plain exceptions
        return {**made, "error": str(error)}
    made["ids"] = encoding.ids
    if options:
        return made
    if pair is not None:
        made |= {"types": encoding.type_ids, "special": encoding.special_tokens_mask}
    made["words"] = [-1 if word is None else word for word in encoding.word_ids]
    made["offsets"] = flat_offsets(encoding, text, pair)
    return made


def truncations(tokenizer: Tokenizer) -> list:
    cases = []
    for text, pair in PAIRS:
        cases.append(case(tokenizer, "uncased", text, pair))
        for strategy in ("longest_first", "only_first", "only_second"):
            for length in (3, 4, 7, 8):
                options = {"truncation": strategy, "maxLength": length}
                cases.append(case(tokenizer, "uncased", text, pair, options))
    for text, pair in LONG_PAIRS:
        for side in ("left", "right"):
            options = {"truncation": "longest_first", "maxLength": 12, "truncationSide": side}
            cases.append(case(tokenizer, "uncased", text, pair, options))
            cases.append(case(tokenizer, "uncased", text, pair, {**options, "maxLength": 9, "addSpecialTokens": False}))
    for side in ("left", "right"):
        options = {"truncation": "longest_first", "maxLength": 5, "truncationSide": side}
        cases.append(case(tokenizer, "uncased", "a b c d e", None, options))
        cases.append(case(tokenizer, "uncased", "a b c d e", "1 2 3", {**options, "addSpecialTokens": False}))
    return cases


def main() -> None:
    cases = []
    for name in NORMALIZERS:
        tokenizer = build(name, with_added=False)
        cases += [case(tokenizer, name, text) for text in TEXTS]
    tokenizer = build("uncased", with_added=False)
    for text in LONG_TEXTS:
        made = case(tokenizer, "uncased", text)
        cases.append({key: made[key] for key in ("tokenizer", "text", "ids")})
    cases += truncations(build("uncased", with_added=False))
    for name in ("uncased", "cased"):
        tokenizer = build(name, with_added=True)
        cases += [case(tokenizer, f"{name}+added", text) for text in ADDED_TEXTS]
    decoder = build("uncased", with_added=False)
    rows = [[2, 17, 18, 44, 3], list(range(5, 30)), [], [0, 1, 2, 999, 5], [55, 56, 57, 58, 59, 60, 61]]
    decoded = [
        {"ids": row, "skip": skip, "text": decoder.decode(row, skip_special_tokens=skip)}
        for row in rows
        for skip in (False, True)
    ]
    added = [json.loads(build("uncased", with_added=True).to_str())["added_tokens"][len(SPECIAL) :]]
    out = {"vocab": list(VOCAB), "normalizers": NORMALIZERS, "added": added[0], "cases": cases, "decoded": decoded}
    path = Path(__file__).parent / "tokenizer_goldens.json"
    lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
    head = json.dumps({**out, "cases": []}, separators=(",", ":"))
    path.write_text(head.replace('"cases":[]', f'"cases":[\n{lines}\n]') + "\n")


if __name__ == "__main__":
    main()
