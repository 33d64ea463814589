"""Write a small model folder with an aspect model, and the spans it finds, for Go's tests.

    build/model/.venv/bin/python build/model/random_aspects.py api/infer/testdata/aspects

It is testdata/stars with aspects.onnx: random weights over the word embeddings of model.onnx, which
it shares. Each tag depends on the token, its two neighbours and the mean of the window. spans.json
has what Python's onnxruntime and aspects/tagger.py find in each window, including spans below
"certain". The weights are the same each time.
"""

import json
import pathlib
import shutil
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from aspects.export import NAME, joined, run, session, split
from aspects.tagger import LABELS, decode, word_starts
from export import entry, identify
from tokens import Tokens

STARS = pathlib.Path("api/infer/testdata/stars")
WORDS = "model.bert.embeddings.word_embeddings.weight"
TEMPERATURE, CERTAIN = 1.25, 0.35
TEXTS = [
    "good",
    "the lid",
    "a good lid",
    "The lid broke, twice!",
    "the zipper is bad, not the buckle",
    "it should not work as a lid",
    "👍🏽",
    "buy all of it again and again",
    "it is not good at all and i would not buy it again " * 3,
    "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzz lid",
    "good lid " * 11 + "bad zipper " * 11,
]


def graph(words: np.ndarray) -> onnx.ModelProto:
    """words (pieces, D) -> a model with input_ids (1, T) and tags (1, T, 7)."""
    random = np.random.default_rng(4)
    count, dim = len(LABELS), words.shape[1]
    bias = np.zeros(count, np.float32)
    bias[0] = 3  # O: half of the words are outside of spans
    constants = {
        WORDS: words,
        "near.weight": random.normal(0, 1.8, (count, dim, 3)).astype(np.float32),
        "near.bias": bias,
        "mean.weight": random.normal(0, 2, (dim, count)).astype(np.float32),
    }
    nodes = [
        helper.make_node("Gather", [WORDS, "input_ids"], ["read"]),  # (1, T, D)
        helper.make_node("Transpose", ["read"], ["turned"], perm=[0, 2, 1]),
        helper.make_node("Conv", ["turned", "near.weight", "near.bias"], ["near"], pads=[1, 1]),
        helper.make_node("Transpose", ["near"], ["back"], perm=[0, 2, 1]),
        helper.make_node("ReduceMean", ["read"], ["mean"], axes=[1]),  # (1, 1, D)
        helper.make_node("MatMul", ["mean", "mean.weight"], ["window"]),
        helper.make_node("Add", ["back", "window"], ["tags"]),
    ]
    given = [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "length"])]
    made = [helper.make_tensor_value_info("tags", TensorProto.FLOAT, ["batch", "length", count])]
    whole = helper.make_graph(
        nodes, "aspects", given, made, [numpy_helper.from_array(v, k) for k, v in constants.items()]
    )
    model = helper.make_model(
        whole,
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
        producer_name="reviewlens",
    )
    onnx.checker.check_model(model)
    return model


def main(out: pathlib.Path):
    out.mkdir(parents=True, exist_ok=True)
    for name in ("model.onnx", "vocab.txt", "manifest.json"):
        shutil.copyfile(STARS / name, out / name)
    manifest = json.loads((out / "manifest.json").read_text())
    other = (out / "model.onnx").read_bytes()
    words = next(
        numpy_helper.to_array(t)
        for t in onnx.load_from_string(other).graph.initializer
        if t.name == WORDS
    )
    part, shared = split(graph(words), other, {WORDS: WORDS})
    (out / NAME).write_bytes(part)
    tokens, s = Tokens(out), session(joined(part, shared, other))
    size, dtype = manifest["window"], manifest["inputs"]["dtype"]
    found = []
    for text in TEXTS:
        spans = []
        for number, window in enumerate(tokens.windows(text, size["size"], size["max"])):
            logits = run(s, window, dtype)
            for first, n, polarity, p in decode(logits, word_starts(tokens, window), TEMPERATURE):
                spans.append(
                    {
                        "window": number,
                        "first": first,
                        "tokens": n,
                        "polarity": polarity,
                        "probability": round(p, 6),
                    }
                )
        found.append({"text": text, "spans": spans})
    clear = [
        f
        for f in found
        if all(span["window"] == 0 and span["probability"] > CERTAIN + 0.01 for span in f["spans"])
        and len(tokens.windows(f["text"], size["size"], size["max"])) == 1
    ]
    manifest["files"].append(entry(out / NAME))
    manifest["aspects"] = {
        "file": NAME,
        "shared": shared,
        "labels": LABELS,
        "temperature": TEMPERATURE,
        "certain": CERTAIN,
        "golden": [
            {
                "text": f["text"],
                "spans": [{k: v for k, v in s.items() if k != "window"} for s in f["spans"]],
            }
            for f in clear
        ],
    }
    manifest["id"] = identify(manifest)
    for name, value in (("manifest.json", manifest), ("spans.json", found)):
        (out / name).write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: random_aspects.py FOLDER")
    main(pathlib.Path(sys.argv[1]))
