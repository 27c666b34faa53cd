"""Writes what Python transformers generates with tiny models of each family, a file per family.

    python generation/make_generation_goldens.py

Every prompt is run alone, so that padding takes no part; plain greedy search is also run as a padded batch, which must
give the same rows. The end token of the cases is one that greedy search writes, so that rows end at different places.
"""

import re
import sys
from pathlib import Path

import torch
import transformers

sys.path.append(str(Path(__file__).resolve().parent.parent))
sys.path.append(str(Path(__file__).resolve().parent.parent / "decoders"))

from bert_golden_cases import VOCAB, pick
from decoder_golden_cases import decoder_config
from golden_files import library_versions, write_golden
from golden_models import build_model, saved_parameters
from golden_weights import rounded
from seq2seq_golden_cases import seq2seq_config

FAMILIES = {
    "gpt2": ("GPT2LMHeadModel", decoder_config),
    "llama": ("LlamaForCausalLM", decoder_config),
    "bart": ("BartForConditionalGeneration", seq2seq_config),
    "mbart": ("MBartForConditionalGeneration", seq2seq_config),
    "marian": ("MarianMTModel", seq2seq_config),
    "t5": ("T5ForConditionalGeneration", seq2seq_config),
}
SIZES = {"gpt2": ["wide", "other"], "llama": ["grouped", "other"]}
LENGTHS = [3, 8, 1, 5]
NEW = 12
# Every option anew: nothing of the model's config is to take part.
NEUTRAL = {"eos_token_id": None, "forced_eos_token_id": None, "forced_bos_token_id": None, "pad_token_id": 0}


def snake(name):
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


def run(model, prompt, options, **extra):
    """The rows that Python writes of one prompt, without what stands behind their end."""
    fields = {snake(name): value for name, value in options.items()}
    config = transformers.GenerationConfig(**(NEUTRAL | {"decoder_start_token_id": model.config.decoder_start_token_id
                                              if model.config.is_encoder_decoder else None} | fields | extra))
    model.generation_config = config
    ids = torch.tensor([prompt])
    with torch.no_grad():
        return model.generate(ids, attention_mask=torch.ones_like(ids), return_dict_in_generate=True)


def cut(row, begin, end):
    """Up to and with the first end token behind the prompt."""
    at = next((i for i, token in enumerate(row) if i >= begin and token == end), len(row) - 1)
    return row[:at + 1]


def rows_of(model, prompts, options):
    rows = []
    for prompt in prompts:
        begin = 1 if model.config.is_encoder_decoder else len(prompt)
        for row in run(model, prompt, options).sequences.tolist():
            rows.append(cut(row, begin, options.get("eosTokenId")))
    return rows


def padded_greedy(model, prompts):
    """Greedy search over all prompts at once: padded on the left, or of encoders on the right."""
    width = max(map(len, prompts))
    encodes = model.config.is_encoder_decoder
    pad = (lambda row, fill: row + fill) if encodes else (lambda row, fill: fill + row)
    ids = torch.tensor([pad(row, [0] * (width - len(row))) for row in prompts])
    mask = torch.tensor([pad([1] * len(row), [0] * (width - len(row))) for row in prompts])
    with torch.no_grad():
        rows = model.generate(ids, attention_mask=mask, max_new_tokens=NEW).tolist()
    return rows if encodes else [row[width - len(prompt):] for row, prompt in zip(rows, prompts)]


def cases_of(model, prompts):
    """[(name, options)]: what is written depends on words that greedy search writes."""
    plain = rows_of(model, prompts, {"maxNewTokens": NEW})
    assert padded_greedy(model, prompts) == plain
    written = plain[1][-NEW:]
    eos, word, pair = written[5], written[2], plain[0][-NEW:][3:5]
    encodes = model.config.is_encoder_decoder
    ends = {"maxNewTokens": NEW, "eosTokenId": eos}
    beams = ends | {"numBeams": 3}
    cases = [
        ("greedy", {"maxNewTokens": NEW}),
        ("an end token", ends),
        ("fewest new tokens", ends | {"minNewTokens": 9}),
        ("fewest and most tokens", {"maxLength": 14, "minLength": 11, "eosTokenId": eos}),
        ("penalty of repetition", ends | {"repetitionPenalty": 1.9}),
        ("no pair twice", ends | {"noRepeatNgramSize": 2}),
        ("no word twice", ends | {"noRepeatNgramSize": 1}),
        ("bad words", ends | {"badWordsIds": [[word], pair, [eos]]}),
        ("suppressed tokens", ends | {"suppressTokens": [word], "beginSuppressTokens": [written[0]]}),
        ("forced last token", {"maxNewTokens": NEW, "forcedEosTokenId": 3}),
        ("beams", beams),
        ("beams that stop early", beams | {"numBeams": 4, "earlyStopping": True, "numReturnSequences": 3}),
        ("beams that never stop early", beams | {"earlyStopping": "never", "lengthPenalty": 2.0}),
        ("beams with a penalty of length", beams | {"lengthPenalty": -1.5, "numReturnSequences": 2}),
        ("beams with processors", beams | {"repetitionPenalty": 1.4, "noRepeatNgramSize": 2, "minNewTokens": 4}),
        ("beams without an end", {"maxNewTokens": NEW, "numBeams": 2, "numReturnSequences": 2}),
        ("all at once", ends | {"repetitionPenalty": 1.3, "noRepeatNgramSize": 3, "minNewTokens": 3,
                                "badWordsIds": [[word, word]], "suppressTokens": [4]}),
    ]
    if encodes:
        cases += [("forced first and last token", ends | {"forcedBosTokenId": 7, "forcedEosTokenId": eos}),
                  ("beams with forced tokens", beams | {"forcedBosTokenId": 7, "forcedEosTokenId": eos})]
    return cases


WARPERS = [
    ("temperature", {"temperature": 0.6, "topK": 0}),
    ("topK", {"topK": 5}),
    ("topP", {"topK": 0, "topP": 0.7}),
    ("minP", {"topK": 0, "minP": 0.2}),
    ("typicalP", {"topK": 0, "typicalP": 0.6}),
    ("all in order", {"temperature": 1.7, "topK": 12, "topP": 0.9, "minP": 0.05, "typicalP": 0.8,
                      "repetitionPenalty": 1.5}),
]


def scores_of(model, prompt, options):
    """{token: score} of what the first token is drawn from."""
    torch.manual_seed(0)
    outputs = run(model, prompt, options, do_sample=True, max_new_tokens=1, output_scores=True)
    scores = outputs.scores[0][0].tolist()
    return {str(i): rounded(score, 6) for i, score in enumerate(scores) if score > float("-inf")}


def entry(family, class_name, size, config):
    # Rows end by the options of each case.
    config = config | {"eos_token_id": None, "forced_eos_token_id": None} if family != "t5" else config
    model = build_model(class_name, {k: v for k, v in config.items() if v is not None}, torch.float32).eval()
    model.generation_config = transformers.GenerationConfig(
        **NEUTRAL, decoder_start_token_id=config.get("decoder_start_token_id"))
    parameters = saved_parameters(model)
    prompts = [pick(f"generation.{family}.{i}", length, VOCAB, 3) for i, length in enumerate(LENGTHS)]
    cases = [{"name": name, "options": options, "sequences": rows_of(model, prompts, options)}
             for name, options in cases_of(model, prompts)]
    warped = [{"name": name, "options": options, "scores": scores_of(model, prompts[1], options)}
              for name, options in WARPERS]
    return {"name": size, "class": class_name, "config": config, "parameters": parameters, "prompts": prompts,
            "cases": cases, "scores": warped}


for family, (class_name, config_of) in FAMILIES.items():
    # Python's cache has as many layers as T5's encoder.
    extra = {"num_layers": 2, "num_decoder_layers": 2} if family == "t5" else {}
    models = [entry(family, class_name, size, config_of(family, size, **extra))
              for size in SIZES.get(family, ["wide", "other"])]
    write_golden(f"generation/{family}", library_versions(torch, transformers), {"models": models})
