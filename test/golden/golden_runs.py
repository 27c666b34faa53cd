"""Runs a model of Python transformers on batches, in f64 and in f32, and makes a golden's entries of what it gives.

A golden holds the f64 run, so it is the exact answer; the f32 run of the same model is compared with it and its worst
deviation stands in each file as `f32Deviation` (gradients as |f32 - f64| / (|f64| + |all gradients| / 1000) per
parameter: a key bias has no effect, so its gradient is nothing but rounding). Tensors with a sequence axis hold zeros
where the mask is 0.
"""

import numpy as np
import torch

from golden_models import build_model, saved_parameters
from golden_weights import rounded, saved_names, summary_of, tensor_entry

FULL_OUTPUT, FULL_HIDDEN = 400, 40
INPUT_NAMES = {"inputIds": "input_ids", "attentionMask": "attention_mask", "tokenTypeIds": "token_type_ids",
               "positionIds": "position_ids", "labels": "labels", "startPositions": "start_positions",
               "endPositions": "end_positions", "decoderInputIds": "decoder_input_ids",
               "decoderAttentionMask": "decoder_attention_mask"}
OUTPUT_NAMES = {"logits": "logits", "startLogits": "start_logits", "endLogits": "end_logits",
                "lastHiddenState": "last_hidden_state", "poolerOutput": "pooler_output",
                "encoderLastHiddenState": "encoder_last_hidden_state"}
LAYER_NAMES = {"hiddenStates": "hidden_states", "attentions": "attentions", "encoderHiddenStates": "encoder_hidden_states",
               "encoderAttentions": "encoder_attentions", "decoderHiddenStates": "decoder_hidden_states",
               "decoderAttentions": "decoder_attentions", "crossAttentions": "cross_attentions"}


def run_case(model, inputs, dtype):
    """(outputs by name, loss or None, gradients by name) of one batch."""
    tensors = {}
    for key, value in inputs.items():
        tensor = torch.tensor(value)
        tensors[INPUT_NAMES[key]] = tensor.to(dtype) if tensor.is_floating_point() else tensor
    model.zero_grad()
    result = model(**tensors, output_hidden_states=True, output_attentions=True, return_dict=True)
    outputs = {name: result[key].detach().numpy() for name, key in OUTPUT_NAMES.items() if result.get(key) is not None}
    for name, key in LAYER_NAMES.items():
        if result.get(key) is not None:
            outputs[name] = [t.detach().numpy() for t in result[key]]
    loss = result.get("loss")
    if loss is None:
        return outputs, None, {}
    loss.backward()
    # Without tying, the head's own bias is saved and not used: no gradient counts as zeros.
    gradients = {n: p.grad if p.grad is not None else torch.zeros_like(p) for n, p in saved_names(model)}
    return outputs, loss.item(), {name: gradient.numpy() for name, gradient in gradients.items()}


def masked_entry(array, mask, axis, full_up_to):
    """tensor_entry with zeros where the mask of (B, S) is 0 along (0, axis); axis None leaves it as it is."""
    if axis is None:
        return tensor_entry(array, full_up_to)
    shape = [1] * array.ndim
    shape[0], shape[axis] = mask.shape
    return {"maskedAxis": axis} | tensor_entry(np.where(mask.reshape(shape) == 1, array, 0), full_up_to)


def output_entries(outputs, masks, with_layers, full_output):
    """Masks are those of the tokens that an output is of: the decoder's, or those of what has the encoder's name."""
    entries = {}
    mask_of = lambda name: masks[0 if name.startswith("encoder") else -1]
    for name, value in outputs.items():
        if name in OUTPUT_NAMES:
            mask = mask_of(name)
            per_position = value.ndim == 3 or name in ("startLogits", "endLogits") or value.shape == mask.shape
            entries[name] = masked_entry(value, mask, 1 if per_position else None, full_output)
    for name in LAYER_NAMES if with_layers else ():
        axis = 1 if name.lower().endswith("states") else 2
        if name in outputs:
            entries[name] = [masked_entry(t, mask_of(name), axis, FULL_HIDDEN) for t in outputs[name]]
    return entries


def masks_of(inputs):
    """[the mask of the tokens], or [the encoder's, the decoder's]; of multiple choice, of all sequences."""
    ids = inputs["inputIds"]
    encoder = np.array(inputs.get("attentionMask", np.ones_like(ids)))
    encoder = encoder.reshape(-1, encoder.shape[-1])
    if "decoderInputIds" in inputs:
        return [encoder, np.array(inputs.get("decoderAttentionMask", np.ones_like(inputs["decoderInputIds"])))]
    labels = np.array(inputs.get("labels", []))
    if labels.ndim != 2 or labels.dtype.kind != "i" or labels.shape == encoder.shape:
        return [encoder]
    # What the decoder reads is made of the labels, without what follows the last of them.
    ends = [max(row.nonzero()[0], default=0) for row in labels != -100]
    return [encoder, np.array([[int(c <= end) for c in range(labels.shape[1])] for end in ends])]


def deviation_of(exact, single):
    """Worst (absolute difference of outputs and loss, relative difference of a gradient) of the f32 run."""
    worst = 0.0 if exact[1] is None else abs(exact[1] - single[1])
    for name, value in exact[0].items():
        pairs = zip(value, single[0][name]) if isinstance(value, list) else [(value, single[0][name])]
        worst = max([worst] + [float(np.abs(a - b).max()) for a, b in pairs])
    norm = np.sqrt(sum(float((g**2).sum()) for g in exact[2].values()))
    relative = [np.linalg.norm(g - single[2][n]) / (np.linalg.norm(g) + 1e-3 * norm) for n, g in exact[2].items()]
    return worst, max(relative, default=0.0)


def case_entry(models, name, inputs, with_layers, full_output, worst):
    """One case: inputs, outputs and, with labels, loss and gradients. Updates `worst`, the f32 deviations."""
    exact = run_case(models[0], inputs, torch.float64)
    single = run_case(models[1], inputs, torch.float32)
    masks = masks_of(inputs)
    output, gradient = deviation_of(exact, single)
    worst["output"], worst["gradient"] = max(worst["output"], output), max(worst["gradient"], gradient)
    entry = {"name": name, "inputs": inputs, "outputs": output_entries(exact[0], masks, with_layers, full_output)}
    if exact[1] is None:
        return entry
    norm = np.sqrt(sum(float((g**2).sum()) for g in exact[2].values()))
    gradients = [summary_of(value, digits=6) for value in exact[2].values()]
    return entry | {"loss": rounded(exact[1], 10), "gradientNorm": rounded(norm), "gradients": gradients}


def model_entry(class_name, label, config, cases, with_layers=False, full_output=FULL_OUTPUT):
    config = config | {"architectures": [class_name]}
    worst = {"output": 0.0, "gradient": 0.0}
    parameters = saved_parameters(build_model(class_name, config, torch.float64))
    entries = []
    for name, inputs in cases:
        # A fresh model for each case: a sequence classifier keeps the problem type it inferred.
        models = [build_model(class_name, config, dtype) for dtype in (torch.float64, torch.float32)]
        entries.append(case_entry(models, name, inputs, with_layers, full_output, worst))
    deviation = {key: rounded(value, 2) for key, value in worst.items()}
    return {"name": label, "config": config, "f32Deviation": deviation, "parameters": parameters, "cases": entries}
