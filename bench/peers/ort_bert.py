"""Times onnxruntime on the graphs of export_onnx.py.

    python ort_bert.py --cache CACHE [--variant raw|optimized] [--batch 8] [--seq 128] [--threads 2] [--runs 7]

Prints one JSON object: samples in milliseconds, and a summary of the output, so that both sides are checked before
they are compared. With --interactive it prints that object without samples, then takes one run for each line on
standard input and answers {"ms": ...}: a bench interleaves its own runs so.
"""

import argparse
import json
import resource
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime

from peer_inputs import bench_inputs, output_summary


def make_session(args):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = args.threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    path = Path(args.cache) / f"{args.variant}.onnx"
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def feeds_of(session, args):
    """The bench's inputs in the integer type that this graph takes."""
    export = json.loads((Path(args.cache) / "export.json").read_text())
    arrays = bench_inputs(export["vocabSize"], args.batch, args.seq)
    return {entry.name: arrays[entry.name].astype(np.int32 if "int32" in entry.type else np.int64)
            for entry in session.get_inputs()}


def timed(session, feeds):
    start = time.perf_counter()
    session.run(None, feeds)
    return (time.perf_counter() - start) * 1e3


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", required=True)
    parser.add_argument("--variant", choices=["raw", "optimized"], default="optimized")
    for name, default in (("batch", 8), ("seq", 128), ("threads", 2), ("runs", 7), ("warmup", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--interactive", action="store_true")
    args = parser.parse_args()

    session = make_session(args)
    feeds = feeds_of(session, args)
    report = {"peer": "onnxruntime", "version": onnxruntime.__version__, "language": "python", "variant": args.variant,
              "batch": args.batch, "seq": args.seq, "threads": args.threads, "device": "cpu", "dtype": "f32",
              "outputSummary": output_summary(session.run(None, feeds)[0])}
    for _ in range(args.warmup):
        timed(session, feeds)
    if args.interactive:
        print(json.dumps(report), flush=True)
        for _ in sys.stdin:
            print(json.dumps({"ms": timed(session, feeds)}), flush=True)
        return
    samples = sorted(timed(session, feeds) for _ in range(args.runs))
    median = statistics.median(samples)
    quartiles = np.percentile(samples, [25, 75])
    report |= {"samples": samples, "medianMs": median, "minMs": samples[0], "iqrMs": float(quartiles[1] - quartiles[0]),
               "tokensPerSecond": args.batch * args.seq / median * 1e3,
               "peakMemoryBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}
    print(json.dumps(report))


if __name__ == "__main__":
    main()
