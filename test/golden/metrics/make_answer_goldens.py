"""Writes answer_goldens.json: SQuAD's scores, as transformers has its script. Run by hand: python make_answer_goldens.py"""

import random
from types import SimpleNamespace

import transformers
from transformers.data.metrics.squad_metrics import compute_exact, compute_f1, squad_evaluate

from golden_cases import Goldens, camel

goldens = Goldens(21)
rng = random.Random(21)
WORDS = "the a an The AN. cat, cat's U.S. 1,990 $5 é thé über-cool “quoted” 日本 _ The\u00a0End an\u3000era a1 x--y ! ΣΑΣ İx".split(" ")


def phrase(least=0):
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(least, 5)))


def near(text):
    words = [word for word in text.split(" ") if rng.random() < 0.8]
    return rng.choice([text, text.upper(), " ".join(words), f"the {text}!", phrase()])


def add(name, count, unanswerable):
    questions = []
    for number in range(count):
        texts = [] if rng.random() < unanswerable else [phrase(1) for _ in range(rng.randint(1, 3))]
        questions.append({"id": f"q{number}", "answers": {"text": texts}})
    answers = [rng.choice(q["answers"]["text"] or [""]) for q in questions]
    answers = [rng.choice(["", near(answer)]) if rng.random() < 0.2 else near(answer) for answer in answers]
    predictions = [
        {"id": q["id"], "predictionText": answer, "noAnswerProbability": round(rng.random(), 3)}
        for q, answer in zip(questions, answers)
    ]
    goldens.inputs[f"{name}, predictions"], goldens.inputs[f"{name}, references"] = predictions, questions
    names = [f"{name}, predictions", f"{name}, references"]
    examples = [SimpleNamespace(qas_id=q["id"], answers=[{"text": t} for t in q["answers"]["text"]]) for q in questions]
    texts = {p["id"]: p["predictionText"] for p in predictions}
    for threshold in [None, 0.5, 0.0]:
        given = {} if threshold is None else {"no_answer_threshold": threshold}
        chances = {p["id"]: p["noAnswerProbability"] for p in predictions}
        result = squad_evaluate(examples, texts, chances, 1.0 if threshold is None else threshold)
        expected = {camel(key.replace("HasAns", "hasAns").replace("NoAns", "noAns")): value for key, value in result.items()}
        goldens.add("squad_v2_scores", names, given, expected)
    # Version 1.1 knows no empty answers: two without words share none.
    first = lambda score, q: max((score(t, texts[q["id"]]) for t in q["answers"]["text"]), default=0)
    shared = lambda truth, answer: compute_f1(truth, answer) * (compute_f1(truth, "") == 0)
    expected = {
        "exactMatch": 100 * sum(first(compute_exact, q) for q in questions) / count,
        "f1": 100 * sum(first(shared, q) for q in questions) / count,
    }
    goldens.add("squad_scores", names, {}, expected)


add("answered", 30, 0)
add("some", 40, 0.4)
add("none", 6, 1)
add("one", 1, 0)
goldens.inputs["madeWithAnswers"] = f"transformers {transformers.__version__}"
goldens.write("answer_goldens.json")
