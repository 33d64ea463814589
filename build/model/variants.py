"""Train variants on the same 9,000 rows for one epoch each, and say which help.

    build/model/.venv/bin/python build/model/variants.py [names]

Each variant is train.py with one thing changed, annealed over its epoch, in WORK/variants/.
Accuracy is that of the full model on the first 160 tokens of 2,000 whole reviews and of 600 film
phrases and 600 titles and sentences of the validation split: differences below a point are chance.
A variant with a result is not run again.
"""

import json
import random
import sys

import torch

import train
from export import PRODUCT_SETS
from tokens import Tokens

ROWS = 9000


def whole(row):
    return row["set"] in PRODUCT_SETS


# name: the changed constants of train.py, and the rows that it may read
VARIANTS = {
    "as train.py": ({}, None),
    "whole reviews only": ({}, whole),
    "first windows only": ({"FIRST_SHARE": 1.0}, None),
    "128 tokens": ({"LENGTH": 128}, None),
    "word embeddings trained too": ({"FROZEN": ()}, None),
    "lower four layers frozen": (
        {"FROZEN": ("embeddings", "layer.0.", "layer.1.", "layer.2.", "layer.3.")},
        None,
    ),
    "rate 3e-5": ({"BACKBONE_LR": 3e-5}, None),
    "rate 1e-4": ({"BACKBONE_LR": 1e-4}, None),
    "one rate for all layers": ({"LAYER_DECAY": 1.0}, None),
    "no label smoothing": ({"SMOOTHING": 0.0}, None),
    "punctuation never stripped": ({"STRIPPED_SHARE": 0.0}, None),
}


def run(name, work):
    changes, wanted = VARIANTS[name]
    folder = work / "variants" / "".join(c if c.isalnum() else "-" for c in name)
    done = folder / "result.json"
    if done.exists():
        return json.loads(done.read_text())
    folder.mkdir(parents=True, exist_ok=True)
    train.WORK = work
    picked, every = [], train.Rows("train")
    order = list(range(len(every)))
    random.Random(9).shuffle(order)
    for i in order:
        row = every[i]
        if len(picked) < ROWS and (not wanted or wanted(row)):
            picked.append(row)
    (folder / "train.jsonl").write_text("".join(json.dumps(r) + "\n" for r in picked))
    valid = train.rows("valid")
    random.Random(9).shuffle(valid)
    groups = {
        "whole reviews": [r for r in valid if whole(r)][:2000],
        "film phrases": [r for r in valid if r["set"] == "sst2"][:600],
        "titles and sentences": [r for r in valid if r["set"] in ("title", "cut")][:600],
    }
    (folder / "valid.jsonl").write_text(
        "".join(json.dumps(r) + "\n" for r in groups["whole reviews"][:100])
    )
    train.WORK, train.WARMUP_STEPS = folder, 40
    before = {key: getattr(train, key) for key in changes}
    for key, value in changes.items():
        setattr(train, key, value)
    own = train.Rows("train")
    steps = sum(1 for _ in train.batches(own, own.order(0), Tokens(), seed=0))
    train.train(train.settings(base=work / "base", minutes=0, steps=steps))
    for key, value in before.items():
        setattr(train, key, value)
    model = train.load(str(folder / "model"))
    result = {
        group: 100 * train.accuracy(model, items, Tokens(), torch.device("cpu"), train.fast_bf16())
        for group, items in groups.items()
    }
    done.write_text(json.dumps(result))
    (folder / "trunk.pt").unlink()
    return result


if __name__ == "__main__":
    results = {}
    work = train.WORK
    for name in sys.argv[1:] or VARIANTS:
        if name not in VARIANTS:
            raise SystemExit(f"no variant {name}; there are {', '.join(VARIANTS)}")
        results[name] = run(name, work)
    print(
        "\n| variant | whole reviews % | film phrases % | titles and sentences % "
        "|\n|---|---|---|---|"
    )
    for name, result in results.items():
        print(f"| {name} | " + " | ".join(f"{share:.1f}" for share in result.values()) + " |")
