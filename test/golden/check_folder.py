"""Checks by hand that model folders go both ways between Python transformers and this library.

    python check_folder.py DIR [--inputs '{"inputIds": [[1, 5, 2]]}']   loads a folder that this library saved
    python check_folder.py DIR --write bert_masked_lm "tied decoder"    saves the model of a golden, from Python
    python check_folder.py DIR --write mpnet MPNetForMaskedLM           the first of a class in a family's golden

Loading fails on missing, unexpected or mismatched keys and prints one JSON object: class, parameters, and the outputs
for the inputs (default: a few ids). Writing takes --shard-size ("20KB") for an index with several files.
"""

import argparse
import json
import sys
from pathlib import Path

import torch
import transformers

from golden_files import FOLDER
from golden_models import build_model

INPUT_NAMES = {"inputIds": "input_ids", "attentionMask": "attention_mask", "tokenTypeIds": "token_type_ids"}


def load_model(folder):
    """The model of config.json's first architecture; exits naming the keys that do not fit."""
    config = transformers.AutoConfig.from_pretrained(folder)
    model_class = getattr(transformers, config.architectures[0])
    model, info = model_class.from_pretrained(folder, output_loading_info=True, attn_implementation="eager")
    problems = {key: sorted(map(str, keys)) for key, keys in info.items() if keys}
    if problems:
        sys.exit(f"check_folder: keys must fit {config.architectures[0]}, got {json.dumps(problems)}")
    return model.eval()


def outputs_of(model, inputs):
    """{name: nested lists} of every tensor the model returns."""
    tensors = {INPUT_NAMES[key]: torch.tensor(value) for key, value in inputs.items()}
    with torch.no_grad():
        result = model(**tensors, return_dict=True)
    return {key: value.tolist() for key, value in result.items() if torch.is_tensor(value)}


def tokenizer_report(folder):
    """Size and one encoding of the folder's tokenizer, why it does not load, or None where there is none."""
    if not any((Path(folder) / name).exists() for name in ("tokenizer.json", "vocab.txt")):
        return None
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
    return {"class": type(tokenizer).__name__, "size": len(tokenizer), "hello": tokenizer("Hello world!")["input_ids"]}


def check(folder, inputs):
    model = load_model(folder)
    ids = inputs or {"inputIds": [[1, 5, 3, 2]]}
    report = {"class": type(model).__name__, "parameters": sum(p.numel() for p in model.parameters()),
              "tokenizer": tokenizer_report(folder), "inputs": ids, "outputs": outputs_of(model, ids)}
    print(json.dumps(report))


def write(folder, golden, model_name, shard_size):
    """Saves the model of a golden file by its name in there."""
    data = json.loads((FOLDER / "models" / f"{golden}.json").read_text())
    models = [(each["class"], model) for each in data.get("goldens", [data]) for model in each["models"]]
    class_name, config = next((c, model["config"]) for c, model in models if model_name in (c, model["name"]))
    model = build_model(class_name, config, torch.float32)
    model.save_pretrained(folder, **({"max_shard_size": shard_size} if shard_size else {}))
    print(f"{class_name} saved")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--inputs", type=json.loads)
    parser.add_argument("--write", nargs=2, metavar=("GOLDEN", "MODEL"))
    parser.add_argument("--shard-size")
    args = parser.parse_args()
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    if args.write:
        write(args.folder, *args.write, args.shard_size)
    else:
        check(args.folder, args.inputs)


if __name__ == "__main__":
    main()
