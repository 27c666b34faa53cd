"""transformers models with the weights of golden_weights.py, and what their checkpoints hold."""

import tempfile

import transformers
from safetensors import safe_open

from golden_weights import fill_model, saved_names


def build_model(class_name, config, dtype):
    """A model in training mode, with plain attention, from config.json's fields."""
    hf_config = transformers.CONFIG_MAPPING[config["model_type"]].from_dict(dict(config))
    hf_config._attn_implementation = "eager"
    return fill_model(getattr(transformers, class_name)(hf_config)).to(dtype).train()


def saved_parameters(model):
    """[{name, shape}] as model.safetensors holds them; they must be the trained parameters, tied ones once."""
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        with safe_open(f"{folder}/model.safetensors", "pt") as file:
            saved = {name: list(file.get_slice(name).get_shape()) for name in file.keys()}
    trained = {name: list(parameter.shape) for name, parameter in saved_names(model)}
    assert saved == trained, set(saved) ^ set(trained)
    return [{"name": name, "shape": shape} for name, shape in trained.items()]
