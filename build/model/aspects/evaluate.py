"""Measure the aspect model of a folder on the dev sentences, as the product runs it.

    DATA=folder build/model/.venv/bin/python build/model/aspects/evaluate.py [FOLDER ...]

Prints tables for MODEL_CARD.md. By set, in percent: F1 of spans with their polarity / F1 of spans /
polarity of right spans; "mixed" are sentences that hold a positive and a negative aspect; "shown"
are the spans that the product keeps, of the least probability and more. The taggers beside it are
fp32: WORK/aspects/tagger, that the folder's was made of, WORK/aspects/trial (trial.py) and folders
that are named. Then how right mentions of each probability are, the size, and the processor time
with aspects against that of sentiment alone. The worst mistakes are left in
WORK/aspects/mistakes.txt.
"""

import argparse
import itertools
import json
import pathlib
import sys
import time

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import export as sentiment
from aspects import data
from aspects.export import NAME, calibration_error, joined, judged, run, run_all, session
from aspects.tagger import HERE, decode, load
from aspects.train import CHOSEN_BY, by_set, logits, mean
from tokens import Tokens, model_folder
from train import WORK, rows

BINS = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01)
TIMED_WINDOWS = 300  # windows
SENTENCES = 6  # in each of them, about 110 tokens


class Folder:
    """A model folder with an aspect model, run as in the product."""

    def __init__(self, path: pathlib.Path):
        self.manifest = json.loads((path / "manifest.json").read_text())
        if "aspects" not in self.manifest:
            raise SystemExit(f"{path} has no aspect model; run aspects/export.py first")
        self.aspects, self.tokens = self.manifest["aspects"], Tokens(path)
        self.dtype = self.manifest["inputs"]["dtype"]
        names = [f["name"] for f in self.manifest["files"] if f["name"] != NAME]
        self.graph = path / next(name for name in names if name.endswith(".onnx"))
        part = (path / NAME).read_bytes()
        self.megabytes = len(part) / 1e6
        shared = self.aspects.get("shared", [])
        self.session = session(joined(part, shared, self.graph.read_bytes()))


def cell(figures: dict) -> str:
    return f"{figures['exact_f1']:.1f} / {figures['span_f1']:.1f} / {figures['polarity']:.1f}"


def table(dev: list[data.Sentence], found: dict[str, list]) -> str:
    """Return a table of the figures by set of the spans that each tagger found."""
    figures = {name: by_set(dev, spans) for name, spans in found.items()}
    sets = sorted(next(iter(figures.values())), key=lambda s: (s == "mixed", s))
    sentences = {s: sum(data.kind(x) == s for x in dev) for s in sets}
    sentences["mixed"] = sum(x.mixed for x in dev)
    lines = [
        "| set | sentences | aspects | " + " | ".join(figures) + " |",
        "|---|---|---|" + "---|" * len(figures),
    ]
    for s in sets:
        first = next(iter(figures.values()))[s]
        cells = " | ".join(cell(f[s]) for f in figures.values())
        lines.append(f"| {s} | {sentences[s]} | {first['spans']} | {cells} |")
    means = " | ".join(
        " / ".join(f"{mean(f, name):.1f}" for name in ("exact_f1", "span_f1", "polarity"))
        for f in figures.values()
    )
    return "\n".join([*lines, f"| mean of {', '.join(CHOSEN_BY)} | | | {means} |"])


def probabilities(p: np.ndarray, right: np.ndarray, certain: float) -> str:
    lines = ["| probability | mentions | right % |", "|---|---|---|"]
    for low, high in zip(BINS, BINS[1:]):
        at = (p >= low) & (p < high)
        if at.any():
            share = 100 * right[at].mean()
            lines.append(f"| {low:.1f} to {min(high, 1):.1f} | {at.sum()} | {share:.0f} |")
    kept = p >= certain
    return "\n".join(lines) + (
        f"\n\nOf probability {certain} and more: {100 * kept.mean():.0f}% of mentions, "
        f"{100 * right[kept].mean():.1f}% of them right, and "
        f"{100 * right[kept].sum() / max(right.sum(), 1):.0f}% of all that are right; "
        f"calibration error {100 * calibration_error(p, right):.1f}"
    )


def cost(folder: Folder, dev: list[data.Sentence]) -> str:
    """Report the processor time of both models over the same windows, interleaved: of joined
    sentences, and of whole reviews, which often leave the sentiment model early.
    """
    whole = sentiment.session(folder.graph)
    joined = [data.join(dev[i : i + SENTENCES])[0] for i in range(0, len(dev), SENTENCES)]
    kinds = {"windows of joined sentences": joined}
    if (WORK / "valid.jsonl").exists():
        settings = folder.manifest["window"]
        reviews = [r["text"] for r in rows("valid") if r["set"] in sentiment.PRODUCT_SETS]
        cut = (folder.tokens.windows(t, settings["size"], settings["max"]) for t in reviews)
        kinds["windows of reviews"] = list(itertools.chain.from_iterable(cut))
    lines = [f"{NAME}: {folder.megabytes:.2f} MB."]
    for kind, windows in kinds.items():
        windows, spent = windows[:TIMED_WINDOWS], {"sentiment": 0.0, "aspects": 0.0}
        for window in windows:
            for name, call in (
                ("sentiment", lambda: sentiment.run(whole, window)),
                ("aspects", lambda: run(folder.session, window, folder.dtype)),
            ):
                start = time.process_time()
                call()
                spent[name] += time.process_time() - start
        tokens = sum(map(len, windows))
        both = (spent["sentiment"] + spent["aspects"]) / spent["sentiment"]
        lines.append(
            f"{len(windows)} {kind} of {tokens // len(windows)} tokens: "
            f"sentiment {1e6 * spent['sentiment'] / tokens:.1f} us a token, aspects "
            f"{1e6 * spent['aspects'] / tokens:.1f}; with aspects {both:.2f} times the processor "
            "time"
        )
    return "\n".join(lines)


def mistakes(dev: list[data.Sentence], found: list, out: pathlib.Path):
    """Write the sentences with errors, the most confident error first."""

    def words(s: data.Sentence, span) -> str:
        first, n, polarity = span[:3]
        start, end = s.offsets[first][0], s.offsets[first + n - 1][1]
        return f"{s.text[start:end]} ({polarity})"

    lines = []
    for s, spans in zip(dev, found):
        wrong = [x for x in spans if x[:3] not in s.spans and x[:2] not in s.own]
        missed = [x for x in s.spans if x not in [y[:3] for y in spans]]
        if wrong or missed:
            lines.append(
                (
                    -max((x[3] for x in wrong), default=0),
                    f"[{s.set}] {s.text}\n  wrong: "
                    + ", ".join(f"{words(s, x)} {x[3]:.2f}" for x in wrong)
                    + "\n  missed: "
                    + ", ".join(words(s, x) for x in missed),
                )
            )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("\n".join(line for _, line in sorted(lines)) + "\n")


def main(path: pathlib.Path, others: list[pathlib.Path]):
    folder = Folder(path)
    dev = data.sentences(folder.tokens, "dev")
    served = run_all(folder.session, [s.ids for s in dev], folder.dtype)
    temperature = folder.aspects["temperature"]
    spans = [decode(x, s.starts, temperature) for x, s in zip(served, dev)]
    certain = folder.aspects["certain"]
    shown = [[span for span in of if span[3] >= certain] for of in spans]
    found = {"served": spans, "shown": shown}
    usual = [p for p in (HERE / "tagger", HERE / "trial") if (p / "config.json").exists()]
    for other in usual + others:
        read = Tokens(other)
        own = dev if read.emoji == folder.tokens.emoji else data.sentences(read, "dev")
        out = logits(load(other), own, bf16=False)
        found[other.name] = [decode(x, s.starts, temperature) for x, s in zip(out, own)]
    print(table(dev, found), "\n")
    print(probabilities(*judged(dev, served, temperature), certain), "\n")
    print(cost(folder, dev))
    mistakes(dev, spans, HERE / "mistakes.txt")


if __name__ == "__main__":
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--model", type=model_folder, default=sentiment.ROOT / "api/model/default")
    p.add_argument("others", type=pathlib.Path, nargs="*", help="folders of taggers")
    a = p.parse_args()
    main(a.model, a.others)
