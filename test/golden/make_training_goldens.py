"""Writes the training goldens: twenty AdamW steps of four tiny models, as PyTorch takes them.

    python make_training_goldens.py

Weights come from golden_weights.py, batches are in the file. Each step: loss.backward(), clip_grad_norm_(1.0), AdamW,
then the linear warm-up schedule, so the first step's learning rate is 0. Two parameter groups, as Hugging Face makes
them: biases and layer norms take no weight decay. Runs in f64; `f32Deviation` is that of the same run in f32.
"""

import torch
import transformers

from bert_golden_cases import FIRST_WORD, batch_of, model_config, pick, without
from decoders.decoder_golden_cases import decoder_config, text_batch
from golden_files import library_versions, write_golden
from golden_models import build_model, saved_parameters
from golden_weights import rounded, summary_of

STEPS = 20
INPUTS = {"inputIds": "input_ids", "attentionMask": "attention_mask", "labels": "labels",
          "startPositions": "start_positions", "endPositions": "end_positions"}
OPTIMIZER = {"learningRate": 5e-3, "betas": [0.9, 0.999], "epsilon": 1e-8, "weightDecay": 0.01, "maxGradNorm": 1.0,
             "warmupSteps": 4, "totalSteps": STEPS}


def decays(name):
    return not (name.endswith("bias") or any(norm in name for norm in ("LayerNorm", "layer_norm", ".ln_")))


def make_optimizer(model):
    """(AdamW with two groups, its linear schedule)."""
    named = list(model.named_parameters())
    groups = [{"params": [p for n, p in named if decays(n)], "weight_decay": OPTIMIZER["weightDecay"]},
              {"params": [p for n, p in named if not decays(n)], "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=OPTIMIZER["learningRate"], betas=tuple(OPTIMIZER["betas"]),
                                  eps=OPTIMIZER["epsilon"])
    return optimizer, transformers.get_linear_schedule_with_warmup(optimizer, OPTIMIZER["warmupSteps"], STEPS)


def train(class_name, config, batches, dtype):
    """(losses, gradient norms before clipping, learning rates, trained model)."""
    model = build_model(class_name, config, dtype)
    optimizer, schedule = make_optimizer(model)
    losses, norms, rates = [], [], []
    for batch in batches:
        rates.append(schedule.get_last_lr()[0])
        loss = model(**{INPUTS[name]: torch.tensor(values) for name, values in batch.items()}).loss
        loss.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_(model.parameters(), OPTIMIZER["maxGradNorm"])))
        losses.append(loss.item())
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    return losses, norms, rates, model


def golden_of(class_name, config, batches):
    """The body of one file. Key biases are left out: their gradient is rounding, and AdamW makes whole steps of it."""
    config = config | {"architectures": [class_name]}
    losses, norms, rates, model = train(class_name, config, batches, torch.float64)
    single = train(class_name, config, batches, torch.float32)
    deviation = max(abs(a - b) for a, b in zip(losses, single[0]))
    final = {n: {"shape": list(p.shape), "summary": summary_of(p.detach().numpy())}
             for n, p in model.named_parameters() if not n.endswith(("key.bias", "k_lin.bias", "c_attn.bias"))}
    return {
        "class": class_name, "config": config, "optimizer": OPTIMIZER, "f32Deviation": rounded(deviation, 2),
        "parameters": saved_parameters(model),
        "withoutDecay": [n for n, _ in model.named_parameters() if not decays(n)],
        "batches": batches, "losses": [rounded(v) for v in losses], "gradientNorms": [rounded(v) for v in norms],
        "learningRates": [rounded(v) for v in rates], "finalParameters": final,
    }


def sequence_batches():
    """Four texts a step; the label says whether the words' ids are mostly large."""
    batches = []
    for step in range(STEPS):
        batch = without(batch_of(f"train.{step}", pick(f"train.{step}.lengths", 4, 11, 4)), "tokenTypeIds")
        words = [[i for i in row if i >= FIRST_WORD] for row in batch["inputIds"]]
        batches.append(batch | {"labels": [int(sum(row) > 32 * len(row)) for row in words]})
    return batches


def token_batches():
    """Three texts a step; a word's label is the third of the vocabulary it stands in, -100 elsewhere."""
    batches = []
    for step in range(STEPS):
        batch = without(batch_of(f"tokens.{step}", pick(f"tokens.{step}.lengths", 3, 10, 4)), "tokenTypeIds")
        labels = [[(i - FIRST_WORD) // 20 if i >= FIRST_WORD else -100 for i in row] for row in batch["inputIds"]]
        batches.append(batch | {"labels": labels})
    return batches


def answer_batches():
    """Three texts of one length a step, as padding takes part in Python's softmax; the answer is the largest word."""
    batches = []
    for step in range(STEPS):
        length = pick(f"answers.{step}.length", 1, 11, 5)[0]
        batch = without(batch_of(f"answers.{step}", [length] * 3), "tokenTypeIds", "attentionMask")
        starts = [row.index(max(row)) for row in batch["inputIds"]]
        ends = [min(start + 1, length - 1) for start in starts]
        batches.append(batch | {"startPositions": starts, "endPositions": ends})
    return batches


def word_batches():
    """Two blocks of text a step, whose labels are the tokens themselves."""
    blocks = [text_batch(f"words.{step}", [9, 9])["inputIds"] for step in range(STEPS)]
    return [{"inputIds": rows, "labels": rows} for rows in blocks]


def main():
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    versions = library_versions(torch, transformers)
    runs = [("bert_training", "BertForSequenceClassification", model_config("bert", "wide", 2), sequence_batches()),
            ("distilbert_training", "DistilBertForTokenClassification", model_config("distilbert", "wide", 3),
             token_batches()),
            ("bert_answers_training", "BertForQuestionAnswering", model_config("bert", "wide", 2), answer_batches()),
            ("gpt2_training", "GPT2LMHeadModel", decoder_config("gpt2", "wide"), word_batches())]
    for name, class_name, config, batches in runs:
        body = golden_of(class_name, config, batches)
        print(class_name, "f32 deviation", body["f32Deviation"], "losses", body["losses"])
        write_golden(f"models/{name}", versions, body)


if __name__ == "__main__":
    main()
