"""Writes bpe_goldens.json: what Python's tokenizers and transformers give for byte-level BPE, its training and overflow.

Run: python test/golden/make_bpe_goldens.py [SHARED]. Needs the packages tokenizers and transformers. With the folder of
shared data, hashes of real tokenizers over all of its texts are made anew, else kept.
"""

import array
import hashlib
import json
import sys
import tempfile
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

OUT = Path(__file__).parent / "bpe_goldens.json"
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
CORPUS = [
    "The old harbour was quiet, and the boats weren't moving at all.",
    "  They're saying that it'll rain; we've heard it's been raining for 12 days!",
    "Quiet boats, quiet harbour: nobody's there (I'd know).",
    "naïve café déjà vu -- ça va?\n\n\tIndented text   with   spaces.",
    "Привет, мир! Доброе утро, старая гавань. 中文字符 中文 字符",
    "x = foo_bar(1234567, 3.14159) + y[0]; // comment\r\n#include <vector>",
    "😀 😀😀 🇫🇷 👩‍👩‍👧 e\u0301 \u00a0\u2003\u3000 end",
] * 3
TEXTS = CORPUS[:7] + [
    "",
    " ",
    "\n",
    " a",
    "a  b   c    ",
    "don't DON'T don’t 'll 'LL 's'S 'ſ ''s",
    "<mask>  <mask> a<mask>b </s><s> <unk>",
    "  <mask>harbour  <extra> quiet<extra>er <extra>",
    "a\u200bb\u00adc\ufeffd\u0000e",
    "\u0663\u0664 ½ ² Ⅷ 12345 1 22 333 4444",
    "ab\r\n\r\ncd \n ef\t\t\ngh \r",
    "\u0915\u094d\u0937\u093f नमस्ते ภาษาไทย",
    "harbour" * 12,
    "?!?!...---=== \"quoted\" (x) [y] {z}",
]
PAIRS = [("The old harbour was quiet", "and the boats weren't moving at all, nobody's there"), ("", "a b"), ("a b", "")]
LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
    r"|\s+(?!\S)|\s+"
)


def train(options: dict) -> dict:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=options.get("addPrefixSpace", False))
    trainer = trainers.BpeTrainer(
        vocab_size=options["vocabSize"],
        min_frequency=options["minFrequency"],
        special_tokens=SPECIAL,
        initial_alphabet=options.get("initialAlphabet", pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return {"options": options, "vocab": sorted(model["vocab"], key=model["vocab"].get), "merges": model["merges"]}


def build(name: str, trained: dict) -> Tokenizer:
    vocab = {token: i for i, token in enumerate(trained["vocab"])}
    merges = [tuple(merge) for merge in trained["merges"]]
    tokenizer = Tokenizer(models.BPE(vocab, merges, ignore_merges=name == "llama3"))
    prefix = name == "prefix"
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix)
    tokenizer.decoder = decoders.ByteLevel()
    ends = [("<s>", 0), ("</s>", 2)]
    if name == "gpt2":
        tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    elif name == "llama3":
        split = pre_tokenizers.Split(Regex(LLAMA3), behavior="isolated")
        level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, level])
        template = processors.TemplateProcessing("<s> $A", "<s> $A <s>:1 $B:1", special_tokens=ends)
        tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=True), template])
    else:
        tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), True, prefix)
    tokenizer.add_special_tokens([AddedToken(token, lstrip=token == "<mask>", normalized=False) for token in SPECIAL])
    tokenizer.add_tokens([AddedToken("<extra>", rstrip=True, normalized=True)])
    return tokenizer


def utf16(text: str, index: int) -> int:
    return len(text[:index].encode("utf-16-le", "surrogatepass")) // 2


def row_of(encoding, text: str, pair) -> dict:
    offsets = []
    for (start, end), sequence in zip(encoding.offsets, encoding.sequence_ids):
        owner = text if sequence == 0 else pair
        offsets += [0, 0] if sequence is None else [utf16(owner, start), utf16(owner, end)]
    words = [-1 if word is None else word for word in encoding.word_ids]
    special = encoding.special_tokens_mask
    return {"ids": encoding.ids, "types": encoding.type_ids, "offsets": offsets, "words": words, "special": special}


def windows(name: str, tokenizer: Tokenizer, text: str, pair, options: dict) -> dict:
    # Encoding with truncation, tokenizers 0.23.2 loses what stands past the word that reaches max_length;
    # post_process of the whole encodings loses nothing.
    made = {"tokenizer": name, "text": text, "options": options} | ({} if pair is None else {"pair": pair})
    plain = Tokenizer.from_str(json.dumps(json.loads(tokenizer.to_str()) | {"post_processor": None}))
    first = plain.encode(text)
    second = None if pair is None else plain.encode(pair)
    side = options.get("truncationSide", "right")
    tokenizer.enable_truncation(
        options["maxLength"], stride=options["stride"], strategy=options["truncation"], direction=side
    )
    encoding = tokenizer.post_process(first, second, True)
    tokenizer.no_truncation()
    rows = [row_of(row, text, pair) for row in [encoding, *encoding.overflowing]]
    for row in rows:
        del row["types"]  # the second text was encoded as a first one
    return made | {"rows": rows}


def folder_cases(trained: dict) -> list:
    """Folders of vocab.json and merges.txt."""
    from transformers import AutoTokenizer

    cases = []
    for config in (
        {"tokenizer_class": "RobertaTokenizer"},
        {"tokenizer_class": "RobertaTokenizer", "add_prefix_space": True},
        {"tokenizer_class": "GPT2Tokenizer", "pad_token": "<pad>"},
    ):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            vocab = {token: i for i, token in enumerate(trained["vocab"])}
            (folder / "vocab.json").write_text(json.dumps(vocab))
            lines = ["#version: 0.2", *(" ".join(merge) for merge in trained["merges"])]
            (folder / "merges.txt").write_text("\n".join(lines) + "\n")
            (folder / "tokenizer_config.json").write_text(json.dumps(config))
            tokenizer = AutoTokenizer.from_pretrained(folder)
        text, pair = "quiet boats <s>x<|endoftext|>", "the <pad>old</s>"
        encoded = tokenizer(text, pair, return_offsets_mapping=True)
        cases.append({"config": config, "text": text, "pair": pair, "ids": encoded["input_ids"], "total": len(tokenizer)})
        cases[-1]["offsets"] = [value for offset in encoded["offset_mapping"] for value in offset]
    return cases


def texts_below(folder: Path):
    def strings_of(value):
        if isinstance(value, str):
            yield value
        elif isinstance(value, (dict, list)):
            for item in value.values() if isinstance(value, dict) else value:
                yield from strings_of(item)

    for path in sorted(str(p) for p in folder.rglob("*") if p.is_file()):
        text = Path(path).read_bytes().decode("utf-8", "replace")
        texts = strings_of(json.loads(text)) if path.endswith(".json") else text.split("\n")
        yield from (line for line in texts if line != "")


def real_hash(path: Path, texts: list) -> dict:
    """SHA-256 of the ids, offsets and words of all texts, as 32-bit numbers."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    digest = hashlib.sha256()
    for begin in range(0, len(texts), 2000):
        part = texts[begin : begin + 2000]
        for text, encoding in zip(part, tokenizer.encode_batch(part)):
            places = None
            if not text.isascii():
                places = [0]
                for character in text:
                    places.append(places[-1] + (2 if ord(character) > 0xFFFF else 1))
            offsets = [place if places is None else places[place] for pair in encoding.offsets for place in pair]
            words = [-1 if word is None else word for word in encoding.word_ids]
            for field in (encoding.ids, offsets, words):
                digest.update(array.array("i", field).tobytes())
    return {"texts": len(texts), "sha256": digest.hexdigest()}


def real_hashes(shared: Path) -> dict:
    texts = list(texts_below(shared / "data"))
    names = ["tokenizers/roberta", "tokenizers/gpt2-dialogpt-small", "models/gpt2-tarot-mini"]
    return {name: real_hash(shared / name / "tokenizer.json", texts) for name in names}


def main() -> None:
    alphabet = sorted({chr(c) for c in range(0x61, 0x7B)} | {"Ġ", "Ã"})
    trained = train({"vocabSize": 420, "minFrequency": 2})
    trainings = [
        trained,
        train({"vocabSize": 330, "minFrequency": 4, "addPrefixSpace": True}),
        train({"vocabSize": 260, "minFrequency": 0, "initialAlphabet": alphabet}),
    ]
    cases, cut = [], []
    for name in ("gpt2", "prefix", "roberta", "llama3"):
        tokenizer = build(name, trained)
        for text, pair in [(text, None) for text in TEXTS] + PAIRS:
            encoding = tokenizer.encode(text, pair)
            decoded = tokenizer.decode(encoding.ids, skip_special_tokens=True)
            made = {"tokenizer": name, "text": text} | ({} if pair is None else {"pair": pair})
            cases.append(made | row_of(encoding, text, pair) | {"decoded": decoded})
        for side in ("right", "left"):
            for length, stride in ((8, 0), (9, 3)):
                options = {"maxLength": length, "stride": stride, "truncation": "only_first", "truncationSide": side}
                cut.append(windows(name, tokenizer, CORPUS[1], None, options))
            for how, length in (("longest_first", 13), ("only_second", 20)):
                options = {"maxLength": length, "stride": 2, "truncation": how, "truncationSide": side}
                cut.append(windows(name, tokenizer, *PAIRS[0], options))
    old = json.loads(OUT.read_text())["real"] if OUT.exists() else {}
    real = real_hashes(Path(sys.argv[1])) if len(sys.argv) > 1 else old
    out = {"corpus": CORPUS, "trainings": trainings, "llama3": LLAMA3, "folders": folder_cases(trained), "real": real}
    lists = {"cases": cases, "windows": cut}
    body = [json.dumps(out, separators=(",", ":"))[1:-1]]
    for key, items in lists.items():
        body.append(f'"{key}":[\n' + ",\n".join(json.dumps(item, separators=(",", ":")) for item in items) + "\n]")
    OUT.write_text("{" + ",\n".join(body) + "}\n")


if __name__ == "__main__":
    main()
