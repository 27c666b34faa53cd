"""Writes sentencepiece_goldens.json: what Python's transformers gives for folders with a SentencePiece model alone, and
what its tokenizers gives for the parts of tokenizer.json that such tokenizers use.

Run: python test/golden/make_sentencepiece_goldens.py [SHARED]. Needs the packages sentencepiece, tokenizers and
transformers. With the folder of shared data, hashes over all of its texts are made anew, else kept. With --train as well,
the models are trained anew.
"""

import array
import hashlib
import json
import logging
import shutil
import sys
import tempfile
from pathlib import Path

import sentencepiece
from sentencepiece_models import FOLDERS, MODELS, SENTENCES, TRAININGS, folder_of, marian_folder, marian_vocabulary, train
from make_bpe_goldens import real_hash, row_of, texts_below, utf16, windows
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import AutoTokenizer

OUT = Path(__file__).parent / "sentencepiece_goldens.json"
TEXTS = SENTENCES + [
    "",
    " ",
    "\u2581",
    " a",
    "a  b   c    ",
    "  \t\n harbour \u00a0\u3000 boats\u200b ",
    "\uff21\uff42\uff43 \ufb01ne \u2026 \u2167 e\u0301 n\u0303 a\u0300x \u2122 \ufdfa \u00bd",
    "\u0001a\u007fb \u0001",
    "a\u0301\u0302e\u0301 \ufb01\u0301 \u2167\u0301 \r\n x\r",
    "\u6c34\u706b \u6c34 \u706b\u6c34 \U0001f600\U0001f600 \U00020000x",
    "<sep>harbour: harbour:boats <sep> \u2620 a\u2620b",
    "<mask>  <mask> a<mask>b </s><s> <unk> <pad> [MASK][SEP] <extra_id_3>quiet <extra>",
    "a\u2581b \u2581c\u2581",
    "\u00c5\u00c9 \u0130I\u0307 \uac00\uac01 \u1112\u1161\u11ab \u0344 q\u0323\u0307 \u03d3\u0301 ``a'' ''b``",
    "x = foo_bar(1234567)  -  y[0]",
    "harbour" * 12 + "\u706b" * 5,
]
PAIRS = [("The old harbour was quiet", "and the boats weren't moving at all, nobody's there"), ("", "a b"), ("a b", "")]
MARIAN_TEXTS = [text for text in TEXTS if "\u2581" not in text] + [
    ">>fra<< The harbour",
    ">>fra<<>>es<< The harbour",
    ">>xyz<< a </s>>>es<< b",
    " >>fra<< a",
    ">> a",
]


def digest(*fields) -> str:
    """Of lists of 32-bit numbers and of text."""
    made = hashlib.sha256()
    for field in fields:
        made.update(field.encode() if isinstance(field, str) else array.array("i", field).tobytes())
    return made.hexdigest()[:16]


def digest_of(row: dict) -> str:
    return digest(*(row[field] for field in ("offsets", "words", "special")))


def case(tokenizer: Tokenizer, text: str, pair) -> dict:
    encoding = tokenizer.encode(text, pair)
    row = row_of(encoding, text, pair)
    decoded = tokenizer.decode(encoding.ids, skip_special_tokens=False)
    return {"ids": row["ids"], "rest": digest_of(row), "text": digest(row["types"], decoded)}


def window_case(name: str, tokenizer: Tokenizer, side: str) -> dict:
    options = {"maxLength": 9, "stride": 2, "truncation": "only_first", "truncationSide": side}
    rows = windows(name, tokenizer, SENTENCES[1], None, options)["rows"]
    return {"options": options, "rows": [{"ids": row["ids"], "rest": digest_of(row)} for row in rows]}


def utf16_of_bytes(text: str, place: int) -> int:
    return utf16(text, len(text.encode()[:place].decode()))


def marian_cases(folder: Path) -> list:
    """Ids and texts of both sides, and places by SentencePiece itself."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = sentencepiece.SentencePieceProcessor(model_file=str(folder / "source.spm"))
    cases = []
    for text in MARIAN_TEXTS:
        ids, target = tokenizer(text)["input_ids"], tokenizer(text_target=text)["input_ids"]
        made = {"text": text, "ids": ids, "target": target, "decoded": tokenizer.decode(ids, skip_special_tokens=True)}
        made["marked"] = tokenizer.decode(ids)
        if "<" not in text:
            pieces = model.encode(text, return_type="proto").pieces
            made["starts"] = [utf16_of_bytes(text, piece.begin) for piece in pieces]
        cases.append(made)
    return cases


# Unigram, BPE and WordLevel as tokenizer.json may have them, where no family does.
def unigram(**options) -> models.Unigram:
    model = sentencepiece.SentencePieceProcessor(model_file=str(MODELS / "fairseq.model"))
    vocab = [(model.id_to_piece(i), model.get_score(i)) for i in range(model.get_piece_size())]
    return models.Unigram(vocab, unk_id=0, **options)


def byte_unigram() -> models.Unigram:
    vocab = [("<unk>", 0.0), ("\u2581", -3.0), ("a", -2.0), ("\u2581a", -2.5), ("xy", -9.0), ("b", -2.25)]
    return models.Unigram(vocab + [(f"<0x{i:02X}>", -20.0) for i in range(256)], unk_id=0, byte_fallback=True)


def charsmap() -> bytes:
    from transformers.convert_slow_tokenizer import import_protobuf

    proto = import_protobuf().ModelProto()
    proto.ParseFromString((MODELS / "fairseq.model").read_bytes())
    return proto.normalizer_spec.precompiled_charsmap


def plain(model, normalizer=None, pre_tokenizer=None, decoder=None, added=()) -> Tokenizer:
    tokenizer = Tokenizer(model)
    if normalizer:
        tokenizer.normalizer = normalizers.Sequence(normalizer) if isinstance(normalizer, list) else normalizer
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    if decoder:
        tokenizer.decoder = decoder
    tokenizer.add_tokens(list(added))
    return tokenizer


def part_tokenizers() -> dict:
    words = {token: i for i, token in enumerate(["[UNK]", "harbour", "quiet", ",", "?!", "boats", "a", "x", "-"])}
    marks = pre_tokenizers.Metaspace()
    cleaned = [normalizers.Precompiled(charsmap()), normalizers.Strip(left=False), normalizers.Replace(Regex(" {2,}"), "\u2581")]
    fancy = [AddedToken("<mask>", lstrip=True, normalized=True), AddedToken("cafe", single_word=True, normalized=True)]
    return {
        "words": plain(models.WordLevel(words, "[UNK]"), None, pre_tokenizers.Whitespace()),
        "spaces": plain(models.WordLevel(words, "[UNK]"), normalizers.Lowercase(), pre_tokenizers.WhitespaceSplit()),
        "nfkc": plain(unigram(), [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")], marks, decoders.Metaspace()),
        "nfd": plain(unigram(), [normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase()], marks, decoders.Metaspace(), fancy),
        "nfc": plain(unigram(), [normalizers.Strip(), normalizers.NFC()], pre_tokenizers.Metaspace(prepend_scheme="first"), decoders.Metaspace(prepend_scheme="first"), fancy),
        "nfkd": plain(unigram(), [normalizers.NFKD(), normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")], None, decoders.Metaspace(prepend_scheme="never")),
        "spm": plain(unigram(), cleaned, marks, decoders.Metaspace()),
        "never": plain(unigram(), cleaned, pre_tokenizers.Metaspace(prepend_scheme="never", split=False), decoders.Metaspace(prepend_scheme="never")),
        "first-words": plain(unigram(), None, pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="first", split=False)]), decoders.Metaspace()),
        "bytes": plain(byte_unigram(), None, marks, decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()])),
    }


def gemma(folder: Path) -> Tokenizer:
    """LLaMA's pieces in Gemma's parts, and the normaliser of LLaMA's first files."""
    made = {}
    base = AutoTokenizer.from_pretrained(folder).backend_tokenizer
    state = json.loads(base.to_str())
    model = {**state["model"], "unk_token": "<unk>"}
    replaced = {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}
    split = {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False}
    made["gemma"] = {**state, "model": model, "normalizer": replaced, "pre_tokenizer": split}
    first = {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "\u2581"}, replaced]}
    made["llama-first"] = {**state, "normalizer": first, "pre_tokenizer": None}
    return {name: Tokenizer.from_str(json.dumps(state)) for name, state in made.items()}


# Folders of real files, by name: where SHARED's models and this project's own stand in them.
REAL = ["models/bert-ticket-classifier-tiny", "models/bart-g2p-en-us", "models/llama2c-stories260K"]
MARIAN = "tokenizers/marian-opus-mt-en-mul"


def big_folder(name: str, root: Path, shared: Path) -> Path:
    """A family's layout around Marian's real model; LLaMA's around the tiny one."""
    folder = folder_of(name, root)
    if not name.startswith("llama"):
        shutil.copyfile(shared / MARIAN / "source.spm", folder / FOLDERS[name][1])
    return folder


def marian_hash(folder: Path, texts: list) -> dict:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    made = hashlib.sha256()
    for text in texts:
        made.update(array.array("i", tokenizer(text)["input_ids"]).tobytes())
    return {"texts": len(texts), "sha256": made.hexdigest()}


def real_hashes(shared: Path) -> dict:
    texts = list(texts_below(shared / "data"))
    hashes = {name: real_hash(shared / name / "tokenizer.json", texts) for name in REAL}
    hashes[MARIAN] = marian_hash(shared / MARIAN, texts)
    with tempfile.TemporaryDirectory() as name:
        for family in ("t5", "xlm-roberta", "mbart50", "albert", "deberta", "llama", "llama-legacy"):
            folder = big_folder(family, Path(name), shared)
            AutoTokenizer.from_pretrained(folder).backend_tokenizer.save(str(folder / "tokenizer.json"))
            hashes[family] = real_hash(folder / "tokenizer.json", texts)
    return hashes


def share(part: dict, known: dict) -> dict:
    """A place in the list of shared parts, for those that are large."""
    text = json.dumps(part)
    if len(text) < 1000 or "version" in part:
        return part
    known.setdefault(text, part)
    return {"shared": list(known).index(text)}


def main() -> None:
    logging.disable(logging.WARNING)
    shared = next((Path(given) for given in sys.argv[1:] if not given.startswith("-")), None)
    if "--train" in sys.argv:
        for name in TRAININGS:
            train(name)
    with tempfile.TemporaryDirectory() as root:
        made = {name: folder_of(name, Path(root)) for name in FOLDERS}
        tokenizers = {name: AutoTokenizer.from_pretrained(folder).backend_tokenizer for name, folder in made.items()}
        marian = marian_cases(marian_folder(Path(root)))
        parts = {**part_tokenizers(), **gemma(made["llama"])}
    texts = [(text, None) for text in TEXTS] + PAIRS
    cases = [
        {"tokenizer": name, "rows": [case(tokenizer, *text) for text in texts]}
        for name, tokenizer in {**tokenizers, **parts}.items()
    ]
    cut = [
        {"tokenizer": name, **window_case(name, tokenizer, side)}
        for name, tokenizer in {**tokenizers, **parts}.items()
        for side in ("left", "right")
    ]
    # Models and character maps stand there once, whatever number of tokenizers has them.
    shared_parts, files = {}, []
    for name, tokenizer in parts.items():
        state = json.loads(tokenizer.to_str(), object_hook=lambda part: share(part, shared_parts))
        files.append({"name": name, "json": {key: value for key, value in state.items() if value is not None}})
    added = {
        name: [[token["id"], token["content"], token["special"]] for token in json.loads(tokenizer.to_str())["added_tokens"]]
        for name, tokenizer in tokenizers.items()
    }
    old = json.loads(OUT.read_text())["real"] if OUT.exists() else {}
    real = real_hashes(shared) if shared else old
    folders = {name: {"model": model, "file": file, "config": config} for name, (model, file, config) in FOLDERS.items()}
    out = {"folders": folders, "added": added, "vocabulary": list(marian_vocabulary()), "real": real}
    lists = {"texts": texts, "shared": list(shared_parts.values()), "files": files, "marian": marian, "cases": cases, "windows": cut}
    body = [json.dumps(out, separators=(",", ":"))[1:-1]]
    for key, items in lists.items():
        body.append(f'"{key}":[\n' + ",\n".join(json.dumps(item, separators=(",", ":")) for item in items) + "\n]")
    OUT.write_text("{" + ",\n".join(body) + "}\n")


if __name__ == "__main__":
    main()
