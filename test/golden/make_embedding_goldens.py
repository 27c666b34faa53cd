"""Writes minilm_embeddings.json and ticket_labels.json: what Python gives on two real checkpoints.

    python make_embedding_goldens.py MODELS_FOLDER

MODELS_FOLDER holds all-minilm-l6-v2 and bert-ticket-classifier-tiny. One text at a time, f32, no padding. A text is
`text` repeated `repeat` times, then cut to maxLength tokens; embeddings are mean-pooled and normalised.
"""

import sys
from pathlib import Path

import torch
import transformers

from golden_files import library_versions, write_golden
from golden_weights import rounded, summary_of

EMBEDDING_LENGTH, LABEL_LENGTH = 256, 160
PAIRS = [("A man is eating food.", "A man is eating a piece of bread."),
         ("How do I reset my password?", "I forgot my login credentials.")]
SENTENCES = [
    ("This is an example sentence", 1), *[(text, 1) for pair in PAIRS for text in pair],
    ("", 1), ("Yes", 1), ("no!!!", 1), ("Is it raining in Oslo?", 1),
    ("The invoice of 14 March was paid twice; please refund one of the two payments.", 1),
    ("Crème brûlée, naïve façade, Ångström: accents are stripped before the vocabulary sees them.", 1),
    ("GPU kernels 101 -- sm_80, 3.14159 & 50% off (today only) #sale @home", 1),
    ("東京は雨です。 Tokyo is rainy.", 1), ("Smile \U0001f600 and carry on \u2014 it\u2019s fine\u2026", 1),
    ("tab\tand\nnewline\u00a0and  many   spaces", 1), ("[MASK] is a special token, and so is [SEP].", 1),
    ("Pneumonoultramicroscopicsilicovolcanoconiosis is a long word; so is hippopotomonstrosesquippedaliophobia.", 1),
    ("She sells sea shells by the sea shore. ", 6),
    ("An engine on the processor moves blocks of numbers through its caches and counts each of them. ", 4),
    ("Every evening the lighthouse keeper climbs ninety steps, trims the lamp, writes the weather down and waits. ", 8),
    ("One more line to overflow the window. ", 60),
]
TICKETS = [
    "I cannot log in, my password reset link has expired.",
    "Where can I find the rules for working from abroad?",
    "The printer on the second floor is smoking and people have left the room.",
    "Please sign me up for the spreadsheet course in May.",
    "Someone mailed a list of home addresses to the wrong department.",
    "I need to read the budget report of last year but access is refused.",
    "My account is locked after three wrong passwords",
    "Who may see my personal records, and for how long are they kept?",
    "URGENT: suspicious e-mail asked me for my PIN!",
    "Is there an online class about the new procurement policy?",
    "",
    "hello",
]


def encoder_of(folder, class_name):
    """(tokenizer without the padding and truncation its file carries, model in f32 with plain attention)."""
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))
    tokenizer.backend_tokenizer.no_padding()
    model = getattr(transformers, class_name).from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)
    return tokenizer, model.eval()


def ids_of(tokenizer, text, limit):
    """(1, S) ids with special tokens, cut to the limit."""
    tokenizer.backend_tokenizer.enable_truncation(limit)
    return torch.tensor([tokenizer.backend_tokenizer.encode(text).ids])


def embeddings(folder):
    tokenizer, model = encoder_of(folder, "BertModel")
    vectors, texts = {}, []
    for text, repeat in SENTENCES:
        ids = ids_of(tokenizer, text * repeat, EMBEDDING_LENGTH)
        hidden = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state[0]
        vector = torch.nn.functional.normalize(hidden.mean(0), dim=0).detach()
        vectors[text] = vector
        texts.append({"text": text, "repeat": repeat, "tokens": ids.shape[1],
                      "first": [rounded(float(v), 6) for v in vector[:8]], "summary": summary_of(vector.numpy())})
    order = [text for text, _ in SENTENCES]
    cosines = [{"first": order.index(a), "second": order.index(b),
                "cosine": rounded(float(vectors[a] @ vectors[b]), 6)} for a, b in PAIRS]
    return {"model": folder.name, "maxLength": EMBEDDING_LENGTH, "hiddenSize": model.config.hidden_size,
            "texts": texts, "cosines": cosines}


def label_probabilities(folder):
    tokenizer, model = encoder_of(folder, "BertForSequenceClassification")
    labels = [model.config.id2label[i] for i in range(model.config.num_labels)]
    texts = []
    for text in TICKETS:
        ids = ids_of(tokenizer, text, LABEL_LENGTH)
        probabilities = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0].softmax(-1).detach()
        texts.append({"text": text, "tokens": ids.shape[1], "label": labels[int(probabilities.argmax())],
                      "probabilities": [rounded(float(v), 6) for v in probabilities]})
    return {"model": folder.name, "maxLength": LABEL_LENGTH, "labels": labels, "texts": texts}


def main():
    models = Path(sys.argv[1])
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    versions = library_versions(torch, transformers)
    with torch.no_grad():
        write_golden("models/minilm_embeddings", versions, embeddings(models / "all-minilm-l6-v2"))
        write_golden("models/ticket_labels", versions, label_probabilities(models / "bert-ticket-classifier-tiny"))


if __name__ == "__main__":
    main()
