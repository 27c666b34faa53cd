"""The ops that bench/gpu times, as PyTorch has them."""

import torch
import torch.nn.functional as F

from timed import TimedOp

DTYPES = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}


def randn(device, dtype, *shape, grad=False):
    return torch.randn(*shape, device=device, dtype=DTYPES[dtype]).requires_grad_(grad)


def attention(device, batch, heads, seq, size, causal, training, dtype):
    """scaled_dot_product_attention with the backend PyTorch chooses by itself, named in the answer."""
    from torch.nn.attention import SDPBackend

    q, k, v = (randn(device, dtype, batch, heads, seq, size, grad=training) for _ in range(3))
    dy = randn(device, dtype, batch, heads, seq, size)

    def run():
        y = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        if training:
            torch.autograd.grad(y, (q, k, v), dy)

    choice = torch._fused_sdp_choice(q, k, v, is_causal=causal)
    return TimedOp(device, run, SDPBackend(choice).name.lower())


def layer_norm(device, rows, channels, dtype):
    """Forward and backward."""
    x = randn(device, dtype, rows, channels, grad=True)
    gamma, beta = (randn(device, dtype, channels, grad=True) for _ in range(2))
    dy = randn(device, dtype, rows, channels)

    def run():
        torch.autograd.grad(F.layer_norm(x, (channels,), gamma, beta), (x, gamma, beta), dy)

    return TimedOp(device, run)


def adamw(device, sizes):
    """One fused step over tensors of so many f32 elements."""
    weights = [torch.nn.Parameter(torch.randn(n, device=device)) for n in sizes]
    for weight in weights:
        weight.grad = torch.randn_like(weight)
    optimizer = torch.optim.AdamW(weights, lr=1e-4, weight_decay=0.01, fused=True, capturable=device == "cuda")
    return TimedOp(device, optimizer.step, "fused")


def matmul(device, m, n, k, dtype):
    """(m, k) by the transpose of (n, k), as a linear layer holds its weight."""
    x, weight = randn(device, dtype, m, k), randn(device, dtype, n, k)
    return TimedOp(device, lambda: torch.matmul(x, weight.T), "cublas")


def copy(device, bytes):
    x = torch.empty(bytes // 4, device=device)
    y = torch.empty_like(x)
    return TimedOp(device, lambda: y.copy_(x))


OPS = {"attention": attention, "layer_norm": layer_norm, "adamw": adamw, "matmul": matmul, "copy": copy}
