"""Writes pipeline_goldens.json: what Python's pipelines give on tiny models, in f64.

    python pipelines/make_pipeline_goldens.py

Needs transformers 4.57, the last with a pipeline for question answering, with tokenizers 0.22: 0.23.2 loses windows. Spans
are UTF-16 indices, scores have 8 digits. Tokenizers are trained on the cases' texts; their files stand in the golden. Options
have the names of TypeScript.
"""

import json
import re
import sys
from pathlib import Path

import tokenizers as tokenizers_package
import torch
import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

sys.path.append(str(Path(__file__).resolve().parent.parent))

from golden_files import library_versions, write_golden
from golden_models import build_model, saved_parameters
from golden_weights import rounded
from pipeline_golden_cases import (ANSWER_OPTIONS, CANDIDATES, ENTAILMENT_OPTIONS, ENTITY_OPTIONS, LENGTH, LONG,
                                   LONG_ANSWER_OPTIONS, MASK_OPTIONS, MASKED, MODELS, QUESTIONS, TEXTS, WINDOW_OPTIONS)

NAMES = {"doc_stride": "stride", "max_seq_len": "maxLength"}
BERT_SPECIAL = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]",
                "mask_token": "[MASK]"}
ROBERTA_SPECIAL = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>",
                   "cls_token": "<s>", "sep_token": "</s>", "mask_token": "<mask>"}


def train_bert():
    """Lower case, without accents; the cases' last text keeps characters that the vocabulary lacks."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    special = list(BERT_SPECIAL.values())
    trainer = trainers.WordPieceTrainer(vocab_size=330, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator([text for text in TEXTS if "\u2603" not in text], trainer)
    cls, sep = (tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]"))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", cls), ("[SEP]", sep)])
    return tokenizer


def train_roberta():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<s>", "<pad>", "</s>", "<unk>", AddedToken("<mask>", lstrip=True, special=True)]
    trainer = trainers.BpeTrainer(vocab_size=420, special_tokens=special, show_progress=False,
                                  initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.train_from_iterator(TEXTS, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), True, False)
    return tokenizer


def with_config(tokenizer, special, names, cleans_up):
    """A tokenizer of transformers, and the two files that TypeScript reads."""
    config = special | {"model_max_length": LENGTH, "model_input_names": names,
                        "clean_up_tokenization_spaces": cleans_up}
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **config)
    files = {"tokenizer.json": json.loads(tokenizer.to_str()),
             "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast"} | config}
    return fast, files


def tokenizers():
    bert, roberta = train_bert(), train_roberta()
    masked = ["input_ids", "attention_mask"]
    return {
        "bert": with_config(bert, BERT_SPECIAL, [*masked, "token_type_ids"], True),
        "distilbert": with_config(bert, BERT_SPECIAL, masked, True),
        "roberta": with_config(roberta, ROBERTA_SPECIAL, masked, False),
    }


def utf16(text, index):
    return len(text[:index].encode("utf-16-le")) // 2


def plain(value, text):
    """Results as JSON: spans in UTF-16, scores rounded."""
    if isinstance(value, dict):
        return {key: utf16(text, item) if key in ("start", "end") else plain(item, text) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, text) for item in value]
    if isinstance(value, (str, int)):
        return value
    return rounded(float(value))


def camel(options):
    names = {name: NAMES.get(name, re.sub(r"_(\w)", lambda match: match[1].upper(), name)) for name in options}
    return {names[name]: value for name, value in options.items()}


def entity_cases(name, pipe):
    for options in ENTITY_OPTIONS:
        for text in TEXTS if name.startswith("bert") or not options else TEXTS[1:4]:
            yield {"input": text}, options, pipe(text, **options), text
    for options in WINDOW_OPTIONS:
        yield {"input": LONG}, options, pipe(LONG, **options), LONG


def answer_cases(name, pipe):
    for options in ANSWER_OPTIONS:
        for question, text in zip(QUESTIONS, TEXTS):
            yield {"question": question, "context": text}, options, answers(pipe, question, text, options), text
    for options in LONG_ANSWER_OPTIONS:
        yield {"question": QUESTIONS[0], "context": LONG}, options, answers(pipe, QUESTIONS[0], LONG, options), LONG


def answers(pipe, question, context, options):
    found = pipe(question=question, context=context, **options)
    return [found] if isinstance(found, dict) and options.get("top_k", 1) > 1 else found


def mask_cases(name, pipe):
    for options in MASK_OPTIONS:
        for text in MASKED:
            masked = text.replace("_", pipe.tokenizer.mask_token)
            yield {"input": masked}, options, pipe(masked, **options), masked


def entailment_cases(name, pipe):
    for options in ENTAILMENT_OPTIONS:
        for labels in CANDIDATES:
            for text in (TEXTS[0], TEXTS[3], LONG):
                yield {"input": text, "candidateLabels": labels}, options, pipe(text, labels, **options), text


TASKS = {
    "TokenClassification": ("token-classification", transformers.TokenClassificationPipeline, entity_cases),
    "QuestionAnswering": ("question-answering", transformers.QuestionAnsweringPipeline, answer_cases),
    "MaskedLM": ("fill-mask", transformers.FillMaskPipeline, mask_cases),
    "SequenceClassification": ("zero-shot-classification", transformers.ZeroShotClassificationPipeline,
                               entailment_cases),
}


def run(name, entry, tokenizer):
    task, pipeline, cases = TASKS[entry["class"].split("For")[1]]
    config = entry["config"] | {"vocab_size": len(tokenizer)}
    model = build_model(entry["class"], config, torch.float64).eval()
    pipe = pipeline(model=model, tokenizer=tokenizer, device="cpu")
    found = [{**inputs, "options": camel(options), "output": plain(output, text)}
             for inputs, options, output, text in cases(name, pipe)]
    print(f"{name}: {len(found)} cases")
    return {"name": name, "task": task, "class": entry["class"], "tokenizer": entry["family"], "config": config,
            "parameters": saved_parameters(model), "cases": found}


if __name__ == "__main__":
    made = tokenizers()
    write_golden("pipelines/pipeline_goldens", library_versions(torch, transformers, tokenizers_package), {
        "tokenizers": {name: files for name, (_, files) in made.items()},
        "models": [run(name, entry, made[entry["family"]][0]) for name, entry in MODELS.items()],
    })
