"""Writes task_goldens.json: rows as Python's examples prepare them for each task, and batches of its data collators.

    python test/golden/tasks/make_task_goldens.py

The two tokenizers, small ones, are in the file. Preparation follows transformers' examples: run_ner.py
(tokenize_and_align_labels), run_qa.py (prepare_train_features), run_clm.py (group_texts), run_translation.py.
"""

import sys
from itertools import chain
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import tokenizers  # noqa: E402
import transformers  # noqa: E402
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers  # noqa: E402

from golden_files import library_versions, write_golden  # noqa: E402

TEXTS = [
    "Ada Lovelace wrote the first program in London", "the analytical engine of Charles Babbage",
    "She lived in Marylebone, near Hyde Park.", "naïve cafés don't close", "who wrote the first program?",
]
SENTENCES = [
    (["Ada", "Lovelace", "lived", "in", "Marylebone", "."], ["B-PER", "I-PER", "O", "O", "B-LOC", "O"]),
    (["Programmatically"], ["O"]),
    (["U.S.A.", "naïve", "\U0001f600cafés", "don't"], ["B-LOC", "O", "B-PER", "O"]),
    (["", "Babbage", "\u200b", "London"], ["O", "B-PER", "O", "B-LOC"]),
    (["the", "first", "program", "of", "the", "analytical", "engine", "in", "Hyde", "Park", "London"],
     ["O", "O", "O", "O", "O", "O", "O", "O", "B-LOC", "I-LOC", "B-LOC"]),
]
NAMES = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
LONG = ("Ada Lovelace wrote the first program in London. She lived in Marylebone, near Hyde Park. "
        "The analytical engine of Charles Babbage was never built; the naïve cafés close late. ") * 2
QUESTIONS = [
    ("who wrote the first program?", LONG, [("Ada Lovelace", 0)]),
    ("  where did she live?", LONG, [("near Hyde Park", LONG.index("near Hyde Park")), ("Hyde Park", LONG.index("Hyde Park"))]),
    ("what close late?", LONG, [("naïve cafés", LONG.rindex("naïve cafés"))]),
    ("which engine?", "The analytical engine", [("analytic", 4)]),
    ("why?", "Ada lived in London", []),
    ("who?", "\U0001f600\U0001f600 Ada lived", [("Ada", 3)]),
]
PAIRS = [("who wrote it?", "Ada wrote it"), ("a long question of many words about the engine", "the analytical engine"),
         ("x", "")]


def word_pieces():
    """BERT's, with [CLS] and [SEP]."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(TEXTS, trainers.WordPieceTrainer(vocab_size=110, special_tokens=special))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    tokenizer.decoder = decoders.WordPiece()
    return transformers.BertTokenizerFast(tokenizer_object=tokenizer), "BertTokenizer"


def byte_pairs():
    """RoBERTa's, whose words begin with a space."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(TEXTS, trainers.BpeTrainer(vocab_size=310, special_tokens=special,
                                                             initial_alphabet=alphabet))
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    return transformers.RobertaTokenizerFast(tokenizer_object=tokenizer, add_prefix_space=True), "RobertaTokenizer"


def labelled_tokens(tokenizer, all_tokens):
    inner = [NAMES.index("I-" + name[2:]) if name.startswith("B-") else i for i, name in enumerate(NAMES)]
    encoded = tokenizer([words for words, _ in SENTENCES], is_split_into_words=True, truncation=True, max_length=16)
    rows = []
    for i, (_, tags) in enumerate(SENTENCES):
        labels, previous = [], None
        for word in encoded.word_ids(i):
            if word is None:
                labels.append(-100)
            elif word != previous:
                labels.append(NAMES.index(tags[word]))
            else:
                labels.append(inner[NAMES.index(tags[word])] if all_tokens else -100)
            previous = word
        rows.append({"inputIds": encoded["input_ids"][i], "labels": labels,
                     "wordIds": [-1 if word is None else word for word in encoded.word_ids(i)]})
    return rows


def windows_of(tokenizer, question, context, max_length, stride):
    """(ids, offsets, sequence ids) of each window; tokenizers 0.23 itself gives two of them at most."""
    encoded = tokenizer(question.lstrip(), context, return_offsets_mapping=True)
    whole = list(zip(encoded["input_ids"], encoded["offset_mapping"], encoded.sequence_ids(0)))
    begin = encoded.sequence_ids(0).index(1)
    end = len(whole) - encoded.sequence_ids(0)[::-1].index(1)
    room = max_length - (len(whole) - (end - begin))
    for start in range(begin, end, room - stride):
        stop = min(start + room, end)
        yield [list(column) for column in zip(*(whole[:begin] + whole[start:stop] + whole[end:]))]
        if stop == end:
            return


def question_windows(tokenizer, max_length, stride):
    rows = []
    for sample, (question, context, answers) in enumerate(QUESTIONS):
        for ids, offsets, sequence in windows_of(tokenizer, question, context, max_length, stride):
            start = end = ids.index(tokenizer.cls_token_id)
            if answers:
                text, first = answers[0]
                last = first + len(text)
                begin = sequence.index(1)
                stop = len(ids) - 1 - sequence[::-1].index(1)
                if offsets[begin][0] <= first and offsets[stop][1] >= last:
                    while begin < len(offsets) and offsets[begin][0] <= first and sequence[begin] == 1:
                        begin += 1
                    start = begin - 1
                    while offsets[stop][1] >= last and sequence[stop] == 1:
                        stop -= 1
                    end = stop + 1
            rows.append({"inputIds": ids, "startPositions": start, "endPositions": end, "sampleIndex": sample})
    return rows


def text_blocks(tokenizer, size):
    encoded = tokenizer(TEXTS)
    joined = {name: list(chain(*encoded[name])) for name in encoded.keys()}
    total = len(joined["input_ids"]) // size * size
    return [joined["input_ids"][i:i + size] for i in range(0, total, size)]


def pairs(tokenizer):
    encoded = tokenizer([a for a, _ in PAIRS], max_length=12, truncation=True)
    labels = tokenizer(text_target=[b for _, b in PAIRS], max_length=8, truncation=True)
    return [{"inputIds": ids, "labels": target} for ids, target in zip(encoded["input_ids"], labels["input_ids"])]


def lists(batch, names):
    return {name: batch[key].tolist() for name, key in names.items() if key in batch}


def batches(tokenizer, prepared):
    """What the collators make of the prepared rows; everything is masked where chance would decide."""
    base = {"inputIds": "input_ids", "attentionMask": "attention_mask", "labels": "labels"}
    python = [{"input_ids": row["inputIds"], "labels": row["labels"]} for row in prepared["tokens"]]
    tokens = transformers.DataCollatorForTokenClassification(tokenizer)(python)
    python = [{"input_ids": row["inputIds"], "labels": row["labels"]} for row in prepared["pairs"]]
    written = transformers.DataCollatorForSeq2Seq(tokenizer, pad_to_multiple_of=4)(python)
    texts = [tokenizer(text, return_offsets_mapping=True) for text in TEXTS[:2]]
    ids = [{"input_ids": text["input_ids"]} for text in texts]
    masked = transformers.DataCollatorForLanguageModeling(tokenizer, mlm_probability=1.0, mask_replace_prob=1.0,
                                                          random_replace_prob=0.0)(ids)
    causal = transformers.DataCollatorForLanguageModeling(tokenizer, mlm=False)(ids)
    choices = [{"input_ids": [row["inputIds"], other["inputIds"]], "label": i}
               for i, (row, other) in enumerate(zip(prepared["pairs"][:2], prepared["pairs"][1:]))]
    chosen = transformers.DataCollatorForMultipleChoice(tokenizer)([dict(choice) for choice in choices])
    return {
        "tokenClassification": lists(tokens, base), "seq2seq": lists(written, base),
        "maskedLanguageModeling": lists(masked, base), "causalLanguageModeling": lists(causal, base),
        "multipleChoice": lists(chosen, base),
    }


def golden_of(tokenizer, name):
    prepared = {
        "tokens": labelled_tokens(tokenizer, False), "allTokens": labelled_tokens(tokenizer, True),
        "windows": question_windows(tokenizer, 40, 10), "blocks": text_blocks(tokenizer, 16),
        "pairs": pairs(tokenizer),
    }
    config = {"tokenizer_class": name, "model_max_length": 64, **{role: str(token) for role, token in
                                                                  tokenizer.special_tokens_map.items()}}
    return {"name": name, "tokenizer": tokenizer.backend_tokenizer.to_str(), "config": config, "prepared": prepared,
            "batches": batches(tokenizer, prepared)}


def main():
    transformers.logging.set_verbosity_error()
    body = {
        "texts": TEXTS, "names": NAMES, "sentences": [{"tokens": words, "tags": tags} for words, tags in SENTENCES],
        "questions": [{"question": q, "context": c, "answers": {"text": [text for text, _ in answers],
                                                                "answer_start": [start for _, start in answers]}}
                      for q, c, answers in QUESTIONS],
        "pairs": [{"source": a, "target": b} for a, b in PAIRS],
        "tokenizers": [golden_of(*word_pieces()), golden_of(*byte_pairs())],
    }
    write_golden("tasks/task_goldens", library_versions(transformers, tokenizers), body)


if __name__ == "__main__":
    main()
