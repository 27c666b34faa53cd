"""PyTorch's side of the GPU benches: takes one request a line on standard input, answers one line each.

    python peer.py [--device cuda|cpu]

First line written: {"peer": "PyTorch", "version": ..., "device": ...}, or {"skipped": reason} when PyTorch or the device
is missing. A request names what to time, its sizes and the number of runs: {"op": "layer_norm", "rows": 4096, ...,
"runs": 10}. The answer is {"samples": [milliseconds], ...}, or {"skipped": reason}. The same work asked for again keeps
its tensors.
"""

import argparse
import json
import sys


def answer(message):
    print(json.dumps(message), flush=True)


def load(device):
    try:
        import torch
    except ImportError as error:
        return None, f"Python at {sys.executable} has no PyTorch: {error}"
    if device == "cuda" and not torch.cuda.is_available():
        return None, f"PyTorch {torch.__version__} sees no CUDA device"
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    return torch, None


def work_of(request, device):
    from models import MODELS
    from ops import OPS
    sizes = {name: value for name, value in request.items() if name not in ("op", "runs")}
    return {**OPS, **MODELS}[request["op"]](device=device, **sizes)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    device = parser.parse_args().device
    torch, missing = load(device)
    if missing:
        answer({"skipped": missing})
        return
    name = torch.cuda.get_device_name() if device == "cuda" else "cpu"
    answer({"peer": "PyTorch", "version": torch.__version__, "device": name})
    kept, work = None, None
    for line in sys.stdin:
        request = json.loads(line)
        key = {**request, "runs": 0}
        try:
            if key != kept:
                kept, work = None, None
                if device == "cuda":
                    torch.cuda.empty_cache()
                work = work_of(request, device)
                kept = key
            answer(work.time(request["runs"]))
        except Exception as error:  # one row that PyTorch cannot do must not cost the others their rival
            kept, work = None, None
            answer({"skipped": f"{type(error).__name__}: {str(error)[:300]}"})


if __name__ == "__main__":
    main()
