"""What each way of making the model smaller or quicker costs.

    build/model/.venv/bin/python build/model/compress.py      # minutes, on an idle machine; after export.py

Two tables from one run: schemes of int8 beside fp32, and exits after lower layers. Reviews/s is of
one single-threaded stream, one unpadded window a Run, as the product runs a model; rounds of the
files compared are interleaved and the median is given. Accuracy is of the whole product reviews of
the validation split, the first COUNT of them.
"""

import argparse
import pathlib
import tempfile
import time

import numpy as np
import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic

from exits import attention_layers, cascade
from export import (
    PRODUCT_SETS,
    WINDOW,
    WORK,
    calibrate,
    combined,
    early_exit,
    margins,
    positive,
    run,
    run_all,
    session,
    thresholds,
    window_lengths,
)
from tokens import Tokens
from train import rows

COUNT = 2000
TIMED_REVIEWS, ROUNDS = 150, 5


def speeds(files: dict[str, pathlib.Path], windows) -> dict[str, float]:
    """Return reviews per second of each, the median of ROUNDS rounds over the same texts."""
    sessions = {name: session(path) for name, path in files.items()}
    taken = {name: [] for name in files}
    for _ in range(ROUNDS + 1):
        for name, s in sessions.items():
            start = time.perf_counter()
            for text in windows:
                for window in text:
                    run(s, window)
            taken[name].append(time.perf_counter() - start)
    return {name: len(windows) / np.median(seconds[1:]) for name, seconds in taken.items()}


def schemes(folder: pathlib.Path, scratch: pathlib.Path):
    fused = folder / "fused.onnx"
    yield "fp32", folder / "fp32.onnx"
    yield "fp32, fused", fused
    for name, settings in (
        ("int8 per tensor", {"per_channel": False, "reduce_range": True}),
        ("int8 per channel, 8 bits", {"per_channel": True, "reduce_range": False}),
        (
            "int8 per channel, 7 bits, embeddings fp32",
            {
                "per_channel": True,
                "reduce_range": True,
                "op_types_to_quantize": ["MatMul", "Attention"],
            },
        ),
    ):
        path = scratch / (name.replace(" ", "-") + ".onnx")
        quantize_dynamic(
            str(fused),
            str(path),
            weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
            **settings,
        )
        yield name, path
    yield "int8 per channel, 7 bits", folder / "int8.onnx"
    yield "... leaving early (served)", folder / "model.onnx"


def exits(folder: pathlib.Path, scratch: pathlib.Path, every, lengths, outputs, labels):
    """Return (name, file, accuracy, share of windows that leave) of each set of exits at its
    threshold."""
    temperatures = [
        calibrate(np.array([combined(t[:, i]) for t in every]), labels)
        for i in range(len(outputs))
    ]
    t = temperatures[0]
    graph = onnx.load(folder / "int8.onnx")
    layers = [int(name.removeprefix("exit")) for name in outputs[1:]]
    for chosen in [(n,) for n in layers] + [(a, b) for a in layers for b in layers if a < b]:
        scales = {
            n: (t / temperatures[outputs.index(f"exit{n}")], 1.0) for n in chosen
        }  # stars are not measured here
        best = thresholds(
            every, lengths, outputs, scales, t, labels, [labels >= 0], attention_layers(graph)
        )[:2]
        for sure in sorted({best, (0.9, 0.9), (0.95, 0.95)} if len(chosen) == 1 else {best}):
            bounds = margins(t, *sure)
            logits_of, left = early_exit(every, lengths, outputs, scales, bounds)
            logits = np.array([combined(x) for x in logits_of])
            name = " and ".join(map(str, chosen)) + f" where {sure[0]:g} and {sure[1]:g} sure"
            path = scratch / (name.replace(" ", "-") + ".onnx")
            model = onnx.ModelProto()
            model.CopyFrom(graph)
            onnx.save(cascade(model, scales, bounds), path)
            depths = np.concatenate(left)
            share = ", ".join(f"{100 * np.mean(depths == n):.0f}% at {n}" for n in chosen)
            yield name, path, 100 * np.mean((logits[:, 1] >= logits[:, 0]) == (labels == 1)), share


def main(count: int):
    folder, tokens = WORK / "onnx", Tokens(WORK / "model")
    items = [r for r in rows("valid") if r["set"] in PRODUCT_SETS][:count]
    texts, labels = [r["text"] for r in items], np.array([r["label"] for r in items])
    windows = [tokens.windows(x, WINDOW["size"], WINDOW["max"]) for x in texts[:TIMED_REVIEWS]]
    with tempfile.TemporaryDirectory() as scratch:
        files = dict(schemes(folder, pathlib.Path(scratch)))
        fast = speeds(files, windows)
        print(
            f"| scheme | MB | accuracy % of {len(texts):,} reviews | points | reviews/s | against "
            "fp32 |\n|---|---|---|---|---|---|"
        )
        first = None
        for name, path in files.items():
            logits = np.array([combined(t[:, 0]) for t in run_all(session(path), tokens, texts)])
            right = 100 * np.mean((positive(logits, 1) >= 0.5) == (labels == 1))
            first = first if first is not None else right
            print(
                f"| {name} | {path.stat().st_size / 1e6:.1f} | {right:.2f} | {right - first:+.2f} "
                f"| {fast[name]:.1f} | {fast[name] / fast['fp32']:.2f} |",
                flush=True,
            )
        s = session(folder / "int8.onnx")
        outputs = [o.name for o in s.get_outputs()]
        if len(outputs) == 1:
            return
        every = run_all(s, tokens, texts)
        lengths = [window_lengths(tokens, text) for text in texts]
        full = 100 * np.mean(np.array([combined(t[:, 0])[:2] for t in every]).argmax(1) == labels)
        found = list(exits(folder, pathlib.Path(scratch), every, lengths, outputs, labels))
        only = onnx.load(folder / "int8.onnx")
        onnx.save(cascade(only, {}), pathlib.Path(scratch) / "all.onnx")
        fast = speeds(
            {
                "all": pathlib.Path(scratch) / "all.onnx",
                **{name: path for name, path, _, _ in found},
            },
            windows,
        )
        print(
            f"\n| exit after layer | leave | accuracy % (all layers: {full:.2f}) | points | "
            "reviews/s | against all layers |\n|---|---|---|---|---|---|"
        )
        for name, _, right, share in found:
            print(
                f"| {name} | {share} | {right:.2f} | {right - full:+.2f} | {fast[name]:.1f} | "
                f"{fast[name] / fast['all']:.2f} |"
            )


if __name__ == "__main__":
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--texts", type=int, default=COUNT)
    main(p.parse_args().texts)
