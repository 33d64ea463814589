"""Prove that the exported model is the trained one, stage by stage, and that a text has one score.

    build/model/.venv/bin/python build/model/check.py            # 2,000 validation texts, about 4 minutes on 2 cores

Fails (exit status 1) when a bound below is broken.
"""

import argparse
import concurrent.futures
import json
import pathlib
import random
import sys

import numpy as np
import onnx
import torch

from export import (
    ROOT,
    WORK,
    Graph,
    combined,
    early_exit,
    identify,
    moderated,
    positive,
    run,
    run_all,
    score_all,
    session,
    star_shares,
    window_lengths,
)
from exits import Margins, Moderation
from prepare import HALF
from tokens import Tokens, model_folder
from train import load, rows

MAX_DIFFERENCE = 1e-3  # probability: torch, ONNX and fused ONNX compute the same in another order
INT8_POINTS = 0.2  # points of accuracy that int8 may lose
EARLY_POINTS = 0.2  # points of accuracy that leaving at an exit may lose
MAX_BATCH_DIFFERENCE = 1e-5  # probability: a text alone, in any batch, in any order
# Two products of a weight and an activation (<= 255) must fit 16 bits where a CPU adds them so
# (AVX2).
MAX_WEIGHT = 64
MAX_GOLDEN_DIFFERENCE = 1e-5  # probability: the manifest's golden texts on this machine


def weights(path: pathlib.Path):
    """Return the int8 matrices of a graph."""
    for tensor in onnx.load(path).graph.initializer:
        if tensor.data_type == onnx.TensorProto.INT8:
            yield onnx.numpy_helper.to_array(tensor)


def check(target: pathlib.Path, count: int) -> list[str]:
    failures = []

    def hold(what: str, value: float, bound: float):
        ok = value <= bound
        print(f"{'ok  ' if ok else 'FAIL'} {what}: {value:.2g} (bound {bound:g})")
        if not ok:
            failures.append(what)

    manifest = json.loads((target / "manifest.json").read_text())
    if identify(manifest) != manifest["id"]:
        failures.append("the manifest's id is not its hash")
    if (target / "model.onnx").read_bytes() != (WORK / "onnx/model.onnx").read_bytes():
        raise SystemExit(f"{target} is not what export.py wrote last; run export.py")
    largest = max(
        np.abs(w.astype(int)).max() for w in weights(target / "model.onnx") if w.ndim == 2
    )
    hold("largest 8-bit weight", largest, MAX_WEIGHT)
    t, window, of_stars = (
        manifest["temperature"],
        manifest["window"],
        manifest["stars"],
    )
    tokens = Tokens(WORK / "model")
    items = [r for r in rows("valid") if r["label"] != HALF]
    items = random.Random(7).sample(items, min(count, len(items)))
    texts, labels = [r["text"] for r in items], np.array([r["label"] for r in items])

    graph = Graph(load(WORK / "model", attention="eager").eval())

    @torch.no_grad()
    def source(text):
        cut = [torch.tensor([w]) for w in tokens.windows(text, window["size"], window["max"])]
        return np.array(
            [torch.cat(graph(w, torch.ones_like(w))).numpy() for w in cut]
        )  # (windows, outputs, 7)

    every = {"torch": [source(x) for x in texts]}
    for name in ("fp32", "fused", "int8", "model"):
        every[name] = run_all(session(WORK / f"onnx/{name}.onnx"), tokens, texts, window)
    for name in ("fp32", "fused"):
        for i in range(every["torch"][0].shape[1]):
            p, q = (
                positive(np.array([combined(x[:, i]) for x in every[n]]), t)
                for n in (name, "torch")
            )
            hold(
                f"largest difference of {name}.onnx from torch, output {i}",
                np.abs(p - q).max(),
                MAX_DIFFERENCE,
            )
            p, q = (
                star_shares(
                    np.array([combined(x[:, i]) for x in every[n]]),
                    of_stars["temperature"],
                    of_stars["bias"],
                )
                for n in (name, "torch")
            )
            hold(f"... of the shares of the stars, output {i}", np.abs(p - q).max(), MAX_DIFFERENCE)
    scores = {
        name: positive(np.array([combined(x[:, 0]) for x in values]), t)
        for name, values in every.items()
    }
    right = {k: 100 * np.mean((p >= 0.5) == (labels == 1)) for k, p in scores.items()}
    print(
        f"accuracy on {len(texts)} texts: " + ", ".join(f"{k} {v:.2f}%" for k, v in right.items())
    )
    moved = np.abs(scores["int8"] - scores["torch"])
    print(f"int8 moves a probability by {moved.mean():.4f} on average, {moved.max():.3f} at most")
    hold("points of accuracy that int8 costs", right["torch"] - right["int8"], INT8_POINTS)
    hold(
        "points of accuracy that leaving early costs", right["int8"] - right["model"], EARLY_POINTS
    )
    if fast := manifest.get("fast"):
        s = session(WORK / "onnx/int8.onnx")
        outputs = [o.name for o in s.get_outputs()]
        graph = onnx.load(target / "model.onnx").graph
        factors = {
            x.name: onnx.numpy_helper.to_array(x)
            for x in graph.initializer
            if x.name.endswith(("_scale", "_power")) and x.name.startswith(("exit", "three"))
        }
        scales = {
            n: (float(factors[f"exit{n}_scale"][0]), float(factors[f"exit{n}_scale"][-1]))
            for n in fast["layers"]
        }
        rule = Moderation(
            of_stars["temperature"], of_stars["bias"], float(factors.get("three_power", 0.0))
        )
        chosen, layers = early_exit(
            every["int8"],
            [window_lengths(tokens, text, window) for text in texts],
            outputs,
            scales,
            Margins(fast["margins"]["short"], fast["margins"]["long"]),
        )
        logits = np.array([combined(moderated(x, rule)) for x in chosen])
        hold(
            "the graph leaves where its exits are sure",
            np.abs(positive(logits, t) - scores["model"]).max(),
            MAX_BATCH_DIFFERENCE,
        )
        print(f"{100 * np.mean(np.concatenate(layers) > 0):.1f}% of windows leave early")

    s = session(WORK / "onnx/model.onnx")
    backwards = positive(score_all(s, tokens, texts[::-1], window), t)[::-1]
    hold(
        "a text's score moves with its company",
        np.abs(backwards - scores["model"]).max(),
        MAX_BATCH_DIFFERENCE,
    )
    rng = random.Random(3)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        every = [
            tokens.window([rng.randrange(tokens.size) for _ in range(n)]) for n in range(0, 511)
        ]
        finite = all(np.isfinite(x).all() for x in pool.map(lambda w: run(s, w), every))
    hold("lengths from 2 to 512 without a finite score", 0 if finite else 1, 0)
    golden = positive(score_all(s, tokens, [g["text"] for g in manifest["golden"]], window), t)
    stated = np.array([g["positive"] for g in manifest["golden"]])
    hold(
        "golden texts differ from the manifest",
        np.abs(golden - stated).max(),
        MAX_GOLDEN_DIFFERENCE,
    )
    return failures


if __name__ == "__main__":
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument(
        "--model", type=model_folder, default=ROOT / "api/model/default", help="the exported folder"
    )
    p.add_argument("--texts", type=int, default=2000)
    a = p.parse_args()
    sys.exit(1 if check(a.model, a.texts) else 0)
