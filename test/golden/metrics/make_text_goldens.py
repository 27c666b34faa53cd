"""Writes text_goldens.json: NLTK's and sacreBLEU's scores of texts, and NLTK's stems. Run by hand: python make_text_goldens.py"""

import random
import warnings

import nltk
import sacrebleu
from nltk.stem.porter import PorterStemmer
from nltk.translate.bleu_score import SmoothingFunction, corpus_bleu, sentence_bleu
from sacrebleu.metrics import BLEU, CHRF

from golden_cases import Goldens, camel

warnings.simplefilter("ignore")
goldens = Goldens(12)
rng = random.Random(12)
WORDS = (
    "the cat sat on a mat . , ! it's 3.5 1,000 e.g. end-to-end (so) &quot;x&quot; &amp; naïve Straße I'M 😀 日本 "
    "A <b> 10-12 \"quoted\" … –dash ¿qué? x=1+2 $5 50% _u_ 'n' a/b ÀÉ ß\u00a0nb\u3000wide"
).split(" ")
STEMS = "rat operat relat connect hop hopp fall sky fly cry y ay die eas tie agree fee control triplic critic goodn elect al by"
SUFFIXES = (
    "|s|es|ies|ied|ed|eed|ing|y|ly|ational|tional|enci|anci|izer|bli|alli|entli|eli|ousli|ization|ation|ator|alism|iveness|"
    "fulness|ousness|aliti|iviti|biliti|fulli|logi|icate|ative|alize|iciti|ical|ful|ness|ance|ence|er|ic|able|ible|ant|"
    "ement|ment|ent|sion|tion|ion|ou|ism|ate|iti|ous|ive|ize|e|ll|sses|ss|ying|yed|ally|ingly|edly"
).split("|")


def sentence(least=0, most=12):
    return [rng.choice(WORDS[:24] if rng.random() < 0.7 else WORDS) for _ in range(rng.randint(least, most))]


def changed(words):
    """A sentence near another one."""
    kept = [w for w in words if rng.random() < 0.85]
    return [w if rng.random() < 0.85 else rng.choice(WORDS) for w in kept] + sentence(0, 2)


def add_texts(name, references, predictions=None):
    """Predictions and one list of references each; lists of one are given as texts."""
    predictions = predictions or [" ".join(changed(refs[0].split(" "))) for refs in references]
    goldens.inputs[f"{name}, predictions"] = predictions
    goldens.inputs[f"{name}, references"] = [refs[0] if len(refs) == 1 else refs for refs in references]
    names = [f"{name}, predictions", f"{name}, references"]
    # sacreBLEU wants the first references of all, the second ones of all, and None where there is none.
    most = max(len(refs) for refs in references)
    streams = [[refs[i] if i < len(refs) else None for refs in references] for i in range(most)]
    for tokenize in ["13a", "intl", "char", "none"]:
        for method, value in [("exp", None), ("floor", None), ("floor", 0.01), ("add-k", None), ("add-k", 2), ("none", None)]:
            options = {"tokenize": tokenize, "smooth_method": method, "smooth_value": value}
            options["max_ngram_order"] = rng.choice([None, 4, 2, 6])
            options["lowercase"] = rng.choice([None, True])
            options["effective_order"] = rng.choice([None, True])
            given = {key: option for key, option in options.items() if option is not None}
            result = BLEU(force=True, **given).corpus_score(predictions, streams)
            fields = ["score", "counts", "totals", "precisions", "bp", "sys_len", "ref_len"]
            expected = {camel(field): getattr(result, field) for field in fields}
            goldens.add("sacrebleu", names, {ours(key): option for key, option in given.items()}, expected)
    for options in [{}, {"word_order": 2}, {"beta": 3, "char_order": 3}, {"lowercase": True, "whitespace": True}]:
        for smoothing in [{}, {"eps_smoothing": True}]:
            given = {**options, **smoothing}
            score = CHRF(**given).corpus_score(predictions, streams).score
            goldens.add("chrf", names, {ours(key): option for key, option in given.items()}, score)


def ours(name):
    return {"effective_order": "use_effective_order"}.get(name, name)


def add_words(name, references, hypotheses):
    goldens.inputs[f"{name}, references"], goldens.inputs[f"{name}, hypotheses"] = references, hypotheses
    names = [f"{name}, references", f"{name}, hypotheses"]
    weights = [None, [0.5, 0.5], [0.2] * 5, [1.0], [0.1, 0.3, 0.6]]
    for method in range(8):
        for _ in range(2):
            given = {"weights": rng.choice(weights), "auto_reweigh": rng.choice([None, True])}
            given |= rng.choice([{}, {"epsilon": 0.3, "alpha": 2, "k": 3}])
            given = {key: option for key, option in given.items() if option is not None}
            smoothing = SmoothingFunction(*(given.get(key, usual) for key, usual in [("epsilon", 0.1), ("alpha", 5), ("k", 5)]))
            weighed = tuple(given.get("weights", (0.25,) * 4))
            function = getattr(smoothing, f"method{method}")
            try:
                score = corpus_bleu(references, hypotheses, weighed, function, given.get("auto_reweigh", False))
            except (AssertionError, IndexError):
                continue
            goldens.add("corpus_bleu", names, {"smoothing": f"method{method}", **given}, score)
    goldens.inputs[f"{name}, first"], goldens.inputs[f"{name}, hypothesis"] = references[0], hypotheses[0]
    score = sentence_bleu(references[0], hypotheses[0])
    goldens.add("sentence_bleu", [f"{name}, first", f"{name}, hypothesis"], {}, score)


def main():
    for number in range(4):
        count = [1, 5, 12, 3][number]
        several = [[" ".join(sentence(3)) for _ in range(rng.randint(1, 3) if number > 1 else 1)] for _ in range(count)]
        add_texts(f"texts {number}", several)
    add_texts("empty", [["the cat sat"], [""], ["  "], ["x"]], ["the cat", "", "a word", ""])
    add_texts("nothing", [[""], ["\u00a0"]], ["", " "])
    add_texts("no match", [["the cat sat"]], ["42 dogs"])
    for number in range(6):
        lists = [[sentence(1, 14) for _ in range(rng.randint(1, 3))] for _ in range([1, 1, 4, 8, 1, 3][number])]
        add_words(f"words {number}", lists, [changed(refs[0]) for refs in lists])
    add_words("short", [[["a", "b", "c"]]], [["a", "b"]])
    add_words("none", [[["a", "b", "c"]]], [["d", "e", "f"]])
    add_words("no words", [[["a", "b", "c"]]], [[]])
    words = sorted({stem + suffix for stem in STEMS.split() for suffix in SUFFIXES})
    words += ["skies", "dying", "news", "innings", "proceed", "howe", "a1s", "42s", "generalizations", "oscillators"]
    goldens.inputs["words"] = " ".join(words)
    goldens.inputs["stems"] = " ".join(PorterStemmer().stem(word) for word in words)
    goldens.inputs["madeWithTexts"] = f"nltk {nltk.__version__}, sacrebleu {sacrebleu.__version__}"
    goldens.write("text_goldens.json")


main()
