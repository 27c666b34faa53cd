"""Two ways to time PyTorch, as bench/gpu times gridstride: ops by CUDA events with wiped caches, models by the clock."""

import time

import torch

WIPED_BYTES = 256 << 20
WARM_UPS = 3


class TimedOp:
    """A few kernels: replayed as a CUDA graph where they can be captured, by events, each run after the caches were wiped."""

    def __init__(self, device, run, backend=None):
        self.device, self.run, self.backend = device, run, backend
        self.graph = None
        for _ in range(WARM_UPS):
            run()
        if device == "cuda":
            self.wiped = torch.empty(WIPED_BYTES // 4, device=device)
            self.graph = self.capture()

    def capture(self):
        try:
            stream = torch.cuda.Stream()
            stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(stream):
                self.run()
            torch.cuda.current_stream().wait_stream(stream)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                self.run()
            return graph
        except RuntimeError:
            torch.cuda.synchronize()
            return None

    def time(self, runs):
        samples = self.by_events(runs) if self.device == "cuda" else [by_clock(self.run, lambda: None) for _ in range(runs)]
        return {"samples": samples, "backend": self.backend, "isGraph": self.graph is not None}

    def by_events(self, runs):
        call = self.graph.replay if self.graph else self.run
        pairs = []
        for _ in range(runs):
            start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            self.wiped.zero_()
            start.record()
            call()
            end.record()
            pairs.append((start, end))
        torch.cuda.synchronize()
        return [start.elapsed_time(end) for start, end in pairs]


class TimedModel:
    """A stretch of work as a user runs it, JavaScript's or Python's time included."""

    def __init__(self, device, run, backend=None):
        self.device, self.run, self.backend = device, run, backend
        self.wait = torch.cuda.synchronize if device == "cuda" else lambda: None
        run()
        self.wait()

    def time(self, runs):
        if self.device == "cuda":
            torch.cuda.reset_peak_memory_stats()
        samples = [by_clock(self.run, self.wait) for _ in range(runs)]
        peak = torch.cuda.max_memory_allocated() if self.device == "cuda" else None
        return {"samples": samples, "backend": self.backend, "peakMemoryBytes": peak}


def by_clock(run, wait):
    start = time.perf_counter()
    run()
    wait()
    return (time.perf_counter() - start) * 1e3
