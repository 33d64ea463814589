"""How far a score moves between two CPUs that add the same numbers in another order.

    build/model/.venv/bin/python build/model/rounding.py         # 300 reviews of DATA, two minutes on 2 cores

CPUs sum the rows of a LayerNorm or a Softmax in vectors of different width and so differ in a last
bit. An activation that stands between two of the 8-bit steps then falls to the other side, the next
layer differs by a whole step, and a text that was unclear moves. Here every LayerNorm of the served
graph is nudged by a last bit or two, which needs no second CPU. Fails (exit status 1) when reviews
move further than api/infer lets golden texts move.
"""

import argparse
import json
import pathlib
import random
import sys

import numpy as np
import onnx

from export import ROOT, positive, score_all, session
from prepare import WORK, data_folder, dsc24
from tokens import Tokens, model_folder

NUDGE = 2e-7  # relative; the floats of 32 bits are 0.6e-7 to 1.2e-7 apart
MAX_GOLDEN_DIFFERENCE = 0.15  # probability: wire.GoldenTolerance, for any text
GOLDEN_TOLERANCE = 0.01  # goldenTolerance of api/infer, for three of four


def nudge(path: pathlib.Path) -> onnx.ModelProto:
    model, rng = onnx.load(path), np.random.default_rng(1)
    for tensor in model.graph.initializer:
        if "layer_norm" in tensor.name and tensor.data_type == onnx.TensorProto.FLOAT:
            values = onnx.numpy_helper.to_array(tensor)
            values = values * (1 + NUDGE * rng.standard_normal(values.shape))
            tensor.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float32), tensor.name))
    return model


def main(folder: pathlib.Path, data: pathlib.Path, count: int) -> bool:
    manifest, tokens = json.loads((folder / "manifest.json").read_text()), Tokens(folder)
    texts = [row[1] for path in sorted(data.glob("train/dsc24/*_train.tsv")) for row in dsc24(path)]
    if len(texts) < count:
        raise SystemExit(
            f"{data}/train/dsc24 has {len(texts)} reviews, want {count}; set DATA to the folder "
            "that holds train/"
        )
    texts = random.Random(5).sample(texts, count)
    WORK.mkdir(parents=True, exist_ok=True)
    other = WORK / "nudged.onnx"
    onnx.save(nudge(folder / "model.onnx"), other)
    here, there = (
        positive(
            score_all(session(path), tokens, texts, manifest["window"]), manifest["temperature"]
        )
        for path in (folder / "model.onnx", other)
    )
    other.unlink()
    moved, (low, high) = np.abs(here - there), manifest["unsure"]
    renamed = np.mean(np.digitize(here, [low, high]) != np.digitize(there, [low, high]))
    print(
        f"{count} reviews, LayerNorms nudged by {NUDGE:g}: half move by at most "
        f"{np.median(moved):.1e}, 9 of 10 by {np.quantile(moved, 0.9):.4f}, "
        f"99 of 100 by {np.quantile(moved, 0.99):.4f}, the furthest by {moved.max():.4f}; "
        f"{100 * renamed:.1f}% get another name"
    )
    return moved.max() <= MAX_GOLDEN_DIFFERENCE and np.quantile(moved, 0.75) <= GOLDEN_TOLERANCE


if __name__ == "__main__":
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--model", type=model_folder, default=ROOT / "api/model/default")
    p.add_argument("--data", type=pathlib.Path, default=data_folder())
    p.add_argument("--texts", type=int, default=300)
    a = p.parse_args()
    sys.exit(0 if main(a.model, a.data, a.texts) else 1)
