"""What ONNX Runtime's session options do to the served file: processor time of the same windows, in one process, taking turns.

    make bench-options

One thread, one window a Run; medians of three rounds. Time of the processor and not of the clock, so that a busy machine
does not decide. The windows are of the reviews that `make prepare` left for validation.
"""

import json
import pathlib
import random
import sys
import time

import numpy as np
import onnxruntime as ort

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "build/model"))
from tokens import Tokens

REVIEWS, ROUNDS = 120, 3
LEVEL = ort.GraphOptimizationLevel
VARIANTS = {
    "as served": {},
    "no memory pattern": {"enable_mem_pattern": False},
    "no arena": {"enable_cpu_mem_arena": False},
    "neither": {"enable_mem_pattern": False, "enable_cpu_mem_arena": False},
    "extended optimizations only": {"graph_optimization_level": LEVEL.ORT_ENABLE_EXTENDED},
    "basic optimizations only": {"graph_optimization_level": LEVEL.ORT_ENABLE_BASIC},
    "denormals are zero": {"session.set_denormal_as_zero": "1"},
    "weights not packed beforehand": {"session.disable_prepacking": "1"},
    "approximate Gelu": {"session.enable_gelu_approximation": "1"},
}


def session(options):
    o = ort.SessionOptions()
    o.intra_op_num_threads = o.inter_op_num_threads = 1
    o.log_severity_level = 3
    for name, value in options.items():
        if "." in name:
            o.add_session_config_entry(name, value)
        else:
            setattr(o, name, value)
    return ort.InferenceSession(str(ROOT / "api/model/default/model.onnx"), o, providers=["CPUExecutionProvider"])


def main():
    manifest = json.loads((ROOT / "api/model/default/manifest.json").read_text())["window"]
    tokens = Tokens(ROOT / "api/model/default")
    reviews = [json.loads(line) for line in (ROOT / "build/model/work/valid.jsonl").open(encoding="utf-8")]
    texts = [r["text"] for r in reviews if r["set"] not in ("sst2", "cut", "title")]
    texts = random.Random(1).sample(texts, REVIEWS)
    windows = [w for text in texts for w in tokens.windows(text, manifest["size"], manifest["max"])]
    sessions = {name: session(options) for name, options in VARIANTS.items()}
    taken = {name: [] for name in sessions}
    for _ in range(ROUNDS + 1):  # the first warms up
        total = dict.fromkeys(sessions, 0.0)
        for window in windows:
            ids = np.array([window], np.int32)
            given = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
            for name in random.sample(list(sessions), len(sessions)):
                begun = time.thread_time()
                sessions[name].run(None, given)
                total[name] += time.thread_time() - begun
        for name, seconds in total.items():
            taken[name].append(seconds)
    first = np.median(taken["as served"][1:])
    print(f"{len(windows)} windows of {REVIEWS} reviews\n\n| options | ms a window | speed |\n|---|---|---|")
    for name, seconds in taken.items():
        print(f"| {name} | {1000 * np.median(seconds[1:]) / len(windows):.2f} | {first / np.median(seconds[1:]):.3f} |")


main()
