"""Makes safetensors_goldens.json: small files written by Python's safetensors (in base64), and what they hold.

Run: python test/golden/make_safetensors_goldens.py (needs torch and safetensors)
"""

import base64
import json
import pathlib

import torch
from safetensors.torch import save

OUT = pathlib.Path(__file__).parent / "safetensors_goldens.json"

values = [0.0, 1.0, -2.5, 0.15625, 96.0, -0.0078125]
tensors = {
    "f32": torch.tensor(values, dtype=torch.float32).reshape(2, 3),
    "f64": torch.tensor(values, dtype=torch.float64),
    "f16": torch.tensor(values, dtype=torch.float16).reshape(1, 6),
    "bf16": torch.tensor(values, dtype=torch.bfloat16).reshape(3, 2, 1),
    "i64": torch.tensor([0, -1, 2**40], dtype=torch.int64),
    "i32": torch.tensor([[7], [-(2**31)]], dtype=torch.int32),
    "u8": torch.tensor([0, 127, 255], dtype=torch.uint8),
    "bool": torch.tensor([True, False, True], dtype=torch.bool),
    "scalar": torch.tensor(3.5),
    "empty": torch.zeros((0, 4)),
    "naïve \"name\"\n☃": torch.tensor([1.0]),
}

golden = {
    "dtypes": base64.b64encode(save(tensors, metadata={"format": "pt", "note": "tab\there"})).decode(),
    "int16": base64.b64encode(save({"small": torch.tensor([1, 2], dtype=torch.int16)})).decode(),
    "tensors": {
        name: {"dtype": str(t.dtype).replace("torch.", ""), "shape": list(t.shape), "values": t.flatten().tolist()}
        for name, t in tensors.items()
    },
}
OUT.write_text(json.dumps(golden, indent=1) + "\n")
