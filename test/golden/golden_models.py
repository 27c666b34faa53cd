"""transformers models with the weights of golden_weights.py, and what their checkpoints hold."""

import tempfile

import torch
import transformers
from safetensors import safe_open

from golden_weights import fill_model, saved_names


_softmax = torch.nn.functional.softmax


def _exact_softmax(scores, *args, dtype=None, **options):
    """Some models compute it in f32 whatever they run in: in f64 a row whose keys are all hidden would become NaN."""
    return _softmax(scores, *args, dtype=None if scores.dtype == torch.float64 else dtype, **options)


torch.nn.functional.softmax = _exact_softmax


def build_model(class_name, config, dtype):
    """A model in training mode, with plain attention, from config.json's fields."""
    hf_config = transformers.CONFIG_MAPPING[config["model_type"]].from_dict(dict(config))
    hf_config._attn_implementation = "eager"
    model = getattr(transformers, class_name)(hf_config)
    if config["model_type"] == "t5" and config.get("tie_word_embeddings") is False and hasattr(model, "lm_head"):
        # As checkpoints of T5 1.1 make it: they hold both, while the class itself always ties them.
        model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach().clone())
        model.all_tied_weights_keys = {k: v for k, v in model.all_tied_weights_keys.items() if k != "lm_head.weight"}
    return fill_model(model).to(dtype).train()


def ignored_endings(model):
    """Marian's positions are saved by some of its models, though they are computed."""
    return ("embed_positions.weight",) if model.config.model_type == "marian" else ()


def saved_parameters(model):
    """[{name, shape}] as model.safetensors holds them; they must be the trained parameters, tied ones once."""
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        with safe_open(f"{folder}/model.safetensors", "pt") as file:
            saved = {name: list(file.get_slice(name).get_shape()) for name in file.keys()}
    trained = {name: list(parameter.shape) for name, parameter in saved_names(model)}
    saved = {name: shape for name, shape in saved.items() if not name.endswith(ignored_endings(model))}
    assert saved == trained, set(saved) ^ set(trained)
    return [{"name": name, "shape": shape} for name, shape in trained.items()]
