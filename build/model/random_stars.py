"""Write a small model with a second output, "stars", and its results, for api/infer's tests.

    build/model/.venv/bin/python build/model/random_stars.py api/infer/testdata/stars

It is testdata/bert with its labels in our order and a head of five classes in addition to the
logits, as a folder of ours: manifest.json and all. scores.json has the output of Python's
onnxruntime and the results that numpy computes from it. The weights are the same each time.
"""

import hashlib
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper
from tokenizers import BertWordPieceTokenizer

BERT = pathlib.Path("api/infer/testdata/bert")
SIZE = 24  # of a window: short, so that the longest text has several
BIAS = [0.25, -0.5, 0.125, 0.0, -0.25]
TEMPERATURE = {"positive": 1.5, "stars": 0.75}
TEXTS = [
    "good",
    "bad",
    "a good lid",
    "The lid broke, twice!",
    "👍🏽",
    "it is not good at all and i would not buy it again " * 4,
    "good " * 22 + "bad " * 22,
]
EMOJI = {"👍": " thumbs up ", "🏽": " "}  # those of TEXTS


def graph():
    m = onnx.load(BERT / "model.onnx")
    last = m.graph.node[-1]
    assert last.op_type == "Gemm" and last.output == ["logits"]
    for w in m.graph.initializer:
        if w.name in last.input:  # positive was the first
            w.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(w)[::-1].copy(), w.name))
    random = np.random.default_rng(1)
    weight = random.normal(0, 2, (8, 5)).astype(np.float32)
    m.graph.initializer.append(numpy_helper.from_array(weight, "stars.weight"))
    m.graph.node.append(helper.make_node("MatMul", [last.input[0], "stars.weight"], ["stars"]))
    m.graph.output.append(helper.make_tensor_value_info("stars", TensorProto.FLOAT, ["batch", 5]))
    onnx.checker.check_model(m)
    return m


def scores(session, tokenizer, text):
    """Return positive, stars and the windows' probabilities of being positive."""
    for emoji, words in EMOJI.items():
        text = text.replace(emoji, words)
    pieces = tokenizer.encode(text, add_special_tokens=False).ids
    cls, sep = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    n = -(-len(pieces) // (SIZE - 2))
    logits, stars = [], []
    for i in range(n):
        part = pieces[i * len(pieces) // n : (i + 1) * len(pieces) // n]
        ids = np.array([[cls, *part, sep]], np.int64)
        out = session.run(
            ["logits", "stars"],
            {"input_ids": ids, "attention_mask": ids * 0 + 1, "token_type_ids": ids * 0},
        )
        logits.append(out[0][0].astype(float))
        stars.append(out[1][0].astype(float))
    of = [1 / (1 + np.exp((a - b) / TEMPERATURE["positive"])) for a, b in logits]
    a, b = np.mean(logits, axis=0)
    z = (np.mean(stars, axis=0) + BIAS) / TEMPERATURE["stars"]
    p = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
    positive = 1 / (1 + np.exp((a - b) / TEMPERATURE["positive"]))
    return float(positive), float(p @ [1, 2, 3, 4, 5]), of


def described(path):
    data = path.read_bytes()
    return {
        "name": path.name,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def main(out):
    out.mkdir(parents=True, exist_ok=True)
    onnx.save(graph(), out / "model.onnx")
    # the embeddings have as many rows as testdata/bert has pieces: two of them are renamed
    lines = (BERT / "vocab.txt").read_text().splitlines()
    lines[lines.index("##q")], lines[lines.index("##z")] = "thumbs", "up"
    (out / "vocab.txt").write_text("\n".join(lines) + "\n")
    tokenizer = BertWordPieceTokenizer(str(out / "vocab.txt"), lowercase=True)
    session = ort.InferenceSession(str(out / "model.onnx"), providers=["CPUExecutionProvider"])
    found = {text: scores(session, tokenizer, text) for text in TEXTS}
    manifest = {
        "schema": 2,
        "kind": "single",
        "files": [described(out / "model.onnx"), described(out / "vocab.txt")],
        "labels": ["negative", "positive"],
        "inputs": {"dtype": "int64"},
        "tokenizer": {
            "file": "vocab.txt",
            "sha256": described(out / "vocab.txt")["sha256"],
            "lowercase": True,
            "emoji": "names",
        },
        "join": "{title}. {text}",
        "window": {"size": SIZE, "max": 32, "combine": "mean"},
        "temperature": TEMPERATURE["positive"],
        "unsure": [0.4, 0.6],
        "stars": {"temperature": TEMPERATURE["stars"], "bias": BIAS},
        "golden": [{"text": t, "positive": round(p, 6)} for t, (p, _, _) in found.items()],
    }
    text = json.dumps(manifest, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    manifest["id"] = hashlib.sha256(text.encode()).hexdigest()[:12]
    (out / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n")
    rows = [
        {
            "text": t,
            "positive": round(p, 6),
            "stars": round(s, 6),
            "mixed": bool(min(of) < 0.4 and max(of) >= 0.6),
        }
        for t, (p, s, of) in found.items()
    ]
    (out / "scores.json").write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: random_stars.py FOLDER")
    main(pathlib.Path(sys.argv[1]))
