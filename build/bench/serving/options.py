"""Measure the effect of ONNX Runtime's session options on the served file: processor time of the
same windows, in one process, in interleaved rounds. The server uses three of the variants
(api/infer, newSession): extended optimizations only, one arena for all sessions, and word
embeddings passed to each Run.

    make bench-options

One thread, one window per Run; medians of three rounds. Processor time rather than elapsed time, so
that a busy machine does not matter. The windows are of the reviews that `make prepare` left for
validation.
"""

import json
import pathlib
import random
import sys
import time

import numpy as np
import onnx
import onnxruntime as ort

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "build/model"))
from tokens import Tokens

REVIEWS, ROUNDS = 120, 3
LEVEL = ort.GraphOptimizationLevel
WORDS = "word_embeddings.weight_quantized"
VARIANTS = {
    "defaults": {},
    "defaults, once more": {},  # the difference is noise
    "no memory pattern": {"enable_mem_pattern": False},
    "no arena": {"enable_cpu_mem_arena": False},
    "neither": {"enable_mem_pattern": False, "enable_cpu_mem_arena": False},
    "extended optimizations only": {"graph_optimization_level": LEVEL.ORT_ENABLE_EXTENDED},
    "basic optimizations only": {"graph_optimization_level": LEVEL.ORT_ENABLE_BASIC},
    "denormals are zero": {"session.set_denormal_as_zero": "1"},
    "weights not packed beforehand": {"session.disable_prepacking": "1"},
    "approximate Gelu": {"session.enable_gelu_approximation": "1"},
    "one arena for all sessions": {"session.use_env_allocators": "1"},
    "word embeddings given to each Run": {WORDS: True},
}


def without_words(path):
    """Return the graph with its word embeddings as an input, and {input: embeddings}."""
    model = onnx.load(path)
    (words,) = (i for i in model.graph.initializer if i.name.endswith(WORDS))
    given = {words.name: onnx.numpy_helper.to_array(words)}
    port = onnx.helper.make_tensor_value_info(words.name, words.data_type, words.dims)
    model.graph.input.append(port)
    model.graph.initializer.remove(words)
    return model.SerializeToString(), given


def session(options):
    """Return a session of the served file, and the inputs of each Run in addition to a window."""
    o = ort.SessionOptions()
    o.intra_op_num_threads = o.inter_op_num_threads = 1
    o.log_severity_level = 3
    graph, given = str(ROOT / "api/model/default/model.onnx"), {}
    for name, value in options.items():
        if name == WORDS:
            graph, given = without_words(graph)
        elif "." in name:
            o.add_session_config_entry(name, value)
        else:
            setattr(o, name, value)
    return ort.InferenceSession(graph, o, providers=["CPUExecutionProvider"]), given


def main():
    manifest = json.loads((ROOT / "api/model/default/manifest.json").read_text())["window"]
    tokens = Tokens(ROOT / "api/model/default")
    reviews = [json.loads(line) for line in (ROOT / "build/model/work/valid.jsonl").open(encoding="utf-8")]
    texts = [r["text"] for r in reviews if r["set"] not in ("sst2", "cut", "title")]
    texts = random.Random(1).sample(texts, REVIEWS)
    windows = [w for text in texts for w in tokens.windows(text, manifest["size"], manifest["max"])]
    cpu = ort.OrtMemoryInfo(
        "Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT
    )
    ort.create_and_register_allocator(cpu, None)
    sessions = {name: session(options) for name, options in VARIANTS.items()}
    taken = {name: [] for name in sessions}
    for _ in range(ROUNDS + 1):  # the first warms up
        total = dict.fromkeys(sessions, 0.0)
        for window in windows:
            ids = np.array([window], np.int32)
            given = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
            for name in random.sample(list(sessions), len(sessions)):
                run, beside = sessions[name][0].run, sessions[name][1] | given
                start = time.thread_time()
                run(None, beside)
                total[name] += time.thread_time() - start
        for name, seconds in total.items():
            taken[name].append(seconds)
    first = np.median(taken["defaults"][1:])
    print(f"{len(windows)} windows of {REVIEWS} reviews\n\n| options | ms a window | speed |\n|---|---|---|")
    for name, seconds in taken.items():
        print(f"| {name} | {1000 * np.median(seconds[1:]) / len(windows):.2f} | {first / np.median(seconds[1:]):.3f} |")


main()
