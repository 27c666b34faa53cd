"""Makes torch_goldens.json: small files written by torch.save (in base64), and what they hold.

Run: python test/golden/make_torch_goldens.py (needs torch and numpy)
"""

import base64
import collections
import io
import json
import pathlib

import numpy
import torch

OUT = pathlib.Path(__file__).parent / "torch_goldens.json"

VALUES = [0.0, 1.0, -2.5, 0.15625, 96.0, -0.0078125]


def saved(value, legacy=False, protocol=2):
    buffer = io.BytesIO()
    torch.save(value, buffer, pickle_protocol=protocol, _use_new_zipfile_serialization=not legacy)
    return base64.b64encode(buffer.getvalue()).decode()


def described(tensors):
    return {
        name: {"dtype": str(t.dtype).replace("torch.", ""), "shape": list(t.shape), "values": t.flatten().tolist()}
        for name, t in tensors.items()
    }


def dtypes():
    return {
        "f32": torch.tensor(VALUES).reshape(2, 3),
        "f64": torch.tensor(VALUES, dtype=torch.float64),
        "f16": torch.tensor(VALUES, dtype=torch.float16).reshape(1, 6),
        "bf16": torch.tensor(VALUES, dtype=torch.bfloat16).reshape(3, 2, 1),
        "i64": torch.tensor([0, -1, 2**40], dtype=torch.int64),
        "i32": torch.tensor([[7], [-(2**31)]], dtype=torch.int32),
        "u8": torch.tensor([0, 127, 255], dtype=torch.uint8),
        "bool": torch.tensor([True, False, True]),
        "scalar": torch.tensor(3.5),
        "empty": torch.zeros((0, 4)),
        'naïve "name"\n☃': torch.tensor([1.0]),
    }


def views():
    whole = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4)
    flags = torch.tensor([[True, False, True], [False, False, True]])
    return {
        "whole": whole,
        "same": whole,
        "transposed": whole.transpose(0, 2),
        "slice": whole[1, :, 1:3],
        "every_other": whole.flatten()[1::2],
        "column": whole[:, :, 3],
        "expanded": whole[0, 0, :1].expand(3, 2),
        "flags": flags.T,
        "halves": torch.arange(6, dtype=torch.float64).reshape(2, 3).T,
        "half": torch.arange(6, dtype=torch.float16).reshape(3, 2).T,
    }


def state_dict():
    """A module's, with its _metadata, a Parameter and tied weights."""
    module = torch.nn.Linear(2, 2)
    with torch.no_grad():
        module.weight.copy_(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
        module.bias.copy_(torch.tensor([5.0, 6.0]))
    state = module.state_dict()
    state["tied"] = state["weight"]
    state["parameter"] = torch.nn.Parameter(torch.tensor([7.0]))
    stateful = torch.nn.Parameter(torch.tensor([8.0]), requires_grad=False)
    stateful.note = "kept in __dict__"
    state["parameter_with_state"] = stateful
    return state


def optimizer_state(steps):
    torch.manual_seed(0)
    weights = [torch.nn.Parameter(torch.ones(2, 3)), torch.nn.Parameter(torch.ones(3)), torch.nn.Parameter(torch.ones(1))]
    groups = [{"params": weights[:1], "weight_decay": 0.01}, {"params": weights[1:], "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=0.5)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 / (step + 1))
    for _ in range(steps):
        for i, weight in enumerate(weights[:2]):  # the last one takes no gradient
            weight.grad = torch.full_like(weight, i + 1.0)
        optimizer.step()
        schedule.step()
    return optimizer.state_dict(), schedule.state_dict()


def plain():
    """Plain values, in the containers a Trainer's files use, as in JSON."""
    return {
        "none": None,
        "flags": [True, False],
        "numbers": (0, 255, 65535, -1, 2**31 - 1, -(2**31), 2**40, -(2**40), 1.5, -0.0, 1e300),
        "text": ["", "plain", "naïve ☃ \N{GRINNING FACE}", "line\nbreak\\"],
        "nested": {"a": [{}, [], ()], 7: {"b": [[1], [2]]}},
        "long": list(range(300)),
        "ordered": collections.OrderedDict(x=1, y=collections.OrderedDict()),
        "default": collections.defaultdict(dict, {0: {"z": 1}}),
        "size": torch.Size([2, 3]),
    }


def plain_json(value):
    """As JSON holds it: dicts as lists of pairs, so that keys keep their type."""
    if isinstance(value, dict):
        return {"dict": [[key, plain_json(item)] for key, item in value.items()]}
    return [plain_json(item) for item in value] if isinstance(value, (list, tuple)) else value


numpy_scalars = [
    numpy.float64(1.5), numpy.float32(-0.25), numpy.int64(-(2**40)), numpy.int32(7), numpy.uint8(200), numpy.bool_(True),
]
optimizer, schedule = optimizer_state(3)
small = {"a": torch.tensor([[1.0, 2.0], [3.0, 4.0]]).T, "b": torch.tensor([5], dtype=torch.int64)}
golden = {
    "madeWith": {"torch": torch.__version__, "numpy": numpy.__version__},
    "tensors": {
        "dtypes": {"zip": saved(dtypes()), "legacy": saved(dtypes(), legacy=True), "holds": described(dtypes())},
        "views": {"zip": saved(views()), "legacy": saved(views(), legacy=True), "holds": described(views())},
        "state_dict": {
            "zip": saved(state_dict()),
            "legacy": saved(state_dict(), legacy=True),
            "holds": described(state_dict()),
        },
        **{
            f"protocol_{protocol}": {
                "zip": saved(small, protocol=protocol),
                "legacy": saved(small, legacy=True, protocol=protocol),
                "holds": described(small),
            }
            for protocol in (3, 4, 5)
        },
    },
    "plain": {
        "files": {f"protocol {protocol}": saved(plain(), protocol=protocol) for protocol in (0, 1, 2, 3, 4, 5)},
        "legacy": saved(plain(), legacy=True),
        "holds": plain_json(plain()),
    },
    "optimizer": {
        "zip": saved(optimizer),
        "legacy": saved(optimizer, legacy=True),
        "holds": {
            "params": [group["params"] for group in optimizer["param_groups"]],
            "states": {
                str(i): {name: value.flatten().tolist() for name, value in state.items()}
                for i, state in optimizer["state"].items()
            },
        },
    },
    "scheduler": {"zip": saved(schedule), "holds": plain_json({k: v for k, v in schedule.items() if k != "lr_lambdas"})},
    "numpy": {"zip": saved(numpy_scalars), "holds": [value.item() for value in numpy_scalars]},
    "root": saved(torch.tensor([1.0, 2.0])),
    "unread": {
        "int16": saved({"x": torch.tensor([1, 2], dtype=torch.int16)}),
        "int8": saved({"x": torch.tensor([1, 2], dtype=torch.int8)}),
        "uint16": saved({"x": torch.tensor([1, 2], dtype=torch.uint16)}),
        "float8": saved({"x": torch.tensor([1.0, 2.0]).to(torch.float8_e4m3fn)}),
        "negated": saved({"x": torch.imag(torch.tensor([1 + 2j]).conj())}),
        "complex": saved({"x": torch.tensor([1 + 2j])}),
        "sparse": saved({"x": torch.eye(2).to_sparse()}),
        "module": saved(torch.nn.Linear(1, 1)),
    },
}
OUT.write_text(json.dumps(golden, indent=1) + "\n")
