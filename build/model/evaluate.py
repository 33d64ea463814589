"""Say how good the exported model is, and where not.

    build/model/.venv/bin/python build/model/evaluate.py   # the tables
    ... --windows        # window sizes compared on long reviews
    ... --before         # what the encoder knew before it was trained
    ... --beside FOLDER  # paired with another model

Runs api/model/default as the product does on the validation split. Writes reliability.png and
worst.txt (the 50 surest mistakes, for reading) to WORK; neither is committed: they show review
text.
"""

import argparse
import json
import pathlib

import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import f1_score, roc_auc_score
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

import emoji_reviews
import negated_reviews
from compress import TIMED_REVIEWS, speeds
from export import (
    PRODUCT_SETS,
    PARTIAL,
    ROOT,
    WORK,
    balanced,
    calibration_error,
    positive,
    score_all,
    session,
    star_shares,
)
from prepare import HALF
from tokens import Tokens, model_folder
from train import load, rows

LENGTHS = ((0, 5), (5, 26), (26, 60), (60, 130), (130, 260), (260, 10**6))  # words


def line(name, p, labels, vader=None):
    if not len(labels):
        return
    named = p >= 0.5
    auc = roc_auc_score(labels, p) if 0 < labels.mean() < 1 else float("nan")
    print(
        f"| {name} | {len(labels):,} | {100 * np.mean(named == (labels == 1)):.2f} | "
        f"{100 * f1_score(labels, named, average='macro'):.2f} | {100 * auc:.2f} | "
        f"{100 * calibration_error(p, labels):.2f} | "
        + (f"{100 * np.mean(vader == (labels == 1)):.1f} |" if vader is not None else "|")
    )


def tables(manifest, tokens, s, items):
    items = [r for r in items if r["label"] != HALF]
    labels = np.array([r["label"] for r in items])
    p = positive(
        score_all(s, tokens, [r["text"] for r in items], manifest["window"]),
        manifest["temperature"],
    )
    analyser = SentimentIntensityAnalyzer()
    vader = np.array([analyser.polarity_scores(r["text"])["compound"] >= 0 for r in items])
    words = np.array([len(r["text"].split()) for r in items])
    sets = np.array([r["set"] for r in items])
    product = np.isin(sets, PRODUCT_SETS)
    print(
        "| texts | n | accuracy % | macro F1 % | AUC % | ECE % | VADER % "
        "|\n|---|---|---|---|---|---|---|"
    )

    def part(name, where):
        line(name, p[where], labels[where], vader[where])

    part("product reviews, all lengths", product)
    for low, high in LENGTHS:
        part(
            f"... of {low} to {high - 1} words" if high < 10**6 else f"... of {low} words and more",
            product & (words >= low) & (words < high),
        )
    part("titles alone (labelled by the review)", sets == "title")
    part("sentences VADER agrees with", sets == "cut")
    part("film phrases (SST-2)", sets == "sst2")
    part("advantages and disadvantages, phrases", sets == "pros_cons")
    part("... of 1 to 5 words", (sets == "pros_cons") & (words <= 5))
    for name in sorted(set(sets) - set(PARTIAL)):
        part(f"set {name}", sets == name)
    for label, name in ((0, "negative"), (1, "positive")):
        part(f"label {name}", product & (labels == label))
    for category in sorted({r["category"] for r in items if r["set"] == "dsc24"}):
        part(category.replace("_", " "), np.array([r["category"] == category for r in items]))
    low, high = manifest["unsure"]
    unsure = (p >= low) & (p < high)
    sure = product & ~unsure
    print(
        f"unsure ({low} to {high}): {100 * unsure[product].mean():.1f}% of product reviews; the "
        f"others are right {100 * np.mean((p[sure] >= 0.5) == (labels[sure] == 1)):.2f}%"
    )

    wrong = np.where(((p >= 0.5) != (labels == 1)) & product)[0]
    wrong = wrong[np.argsort(-np.abs(p[wrong] - 0.5))][:50]
    with (WORK / "worst.txt").open("w", encoding="utf-8") as f:
        for i in wrong:
            f.write(f"{p[i]:.4f} label {labels[i]} {items[i]['category']}: {items[i]['text']}\n\n")
    reliability(p[product], labels[product])


def stars(manifest, tokens, s):
    """Evaluate reviews of balanced stars that neither training nor calibration saw, and emoji
    alone."""
    found = balanced(1)
    texts, given = [row["text"] for row in found], np.array([row["stars"] for row in found])
    logits = score_all(s, tokens, texts, manifest["window"])
    p = positive(logits, manifest["temperature"])
    of, sure = given != 3, (p < 0.1) | (p > 0.9)
    right = (p >= 0.5) == (given > 3)
    each = ", ".join(f"{n}: {100 * right[given == n].mean():.1f}" for n in (1, 2, 4, 5))
    print(f"\n{len(texts):,} reviews of balanced stars: right % by stars {each}; all four {100 * right[of].mean():.2f}, "
          f"ECE {100 * calibration_error(p[of], (given[of] > 3).astype(int)):.2f}; three stars under .1 or over .9: {100 * sure[given == 3].mean():.1f}%")  # fmt: skip
    if "stars" in manifest:
        shares = star_shares(
            logits, manifest["stars"]["temperature"], manifest["stars"]["bias"]
        )
        mean = shares @ np.arange(1, 6)
        print(f"stars: mean absolute error {np.abs(mean - given).mean():.3f}, of the median {np.abs(1 + (shares.cumsum(1) < 0.5).sum(1) - given).mean():.3f}, "
              f"exact {100 * np.mean(shares.argmax(1) + 1 == given):.1f}%; mean by stars " + ", ".join(f"{mean[given == n].mean():.2f}" for n in range(1, 6)))  # fmt: skip
    for name, of in (("emoji alone", emoji_reviews), ("negations", negated_reviews)):
        texts = of.POSITIVE + of.NEGATIVE
        p = positive(
            score_all(s, tokens, texts, manifest["window"]), manifest["temperature"]
        )
        right = (p >= 0.5) == np.repeat([True, False], [len(of.POSITIVE), len(of.NEGATIVE)])
        wrong = [text for text, ok in zip(texts, right) if not ok]
        print(f"{name}: {right.sum()} of {len(right)} right; wrong: {' '.join(wrong)}")


def reliability(p, labels):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    at = np.minimum((p * 15).astype(int), 14)
    bins = [b for b in range(15) if (at == b).any()]
    figure, axis = plt.subplots(figsize=(5, 5))
    axis.plot([0, 1], [0, 1], color="grey")
    axis.plot([p[at == b].mean() for b in bins], [labels[at == b].mean() for b in bins], "o-")
    axis.set_xlabel("probability given")
    axis.set_ylabel("share that was positive")
    figure.savefig(WORK / "reliability.png", dpi=120)


class Overlapping(Tokens):
    """Windows that start every stride pieces, until one reaches the text's end: the alternative to
    even windows.
    """

    stride = 0

    def windows(self, text: str, size: int, most: int) -> list[list[int]]:
        pieces, out = self.pieces(text), []
        for at in range(0, max(len(pieces), 1), self.stride):
            out.append(self.window(pieces[at : at + size - 2]))
            if at + size - 2 >= len(pieces) or len(out) == most:
                break
        return out


def windows(manifest, folder, s, items):
    """Measure accuracy and cost of window settings on texts longer than 254 pieces, and on those
    that one window of 512 would cut.
    """
    tokens, overlapping = Tokens(folder), Overlapping(folder)
    long = [r for r in items if r["label"] != HALF and len(tokens.pieces(r["text"])) > 254]
    labels = np.array([r["label"] for r in long])
    cut = np.array([len(tokens.pieces(r["text"])) > 510 for r in long])
    print(
        f"| windows of at most | cut | % of {len(long)} beyond 254 | % of {cut.sum()} beyond 510 "
        "| tokens a text |\n|---|---|---|---|---|"
    )
    even = [(size, 0, 32) for size in (128, 192, 256, 320, 384, 512)]
    for size, stride, most in (
        *even,
        (256, 192, 32),
        (256, 254, 32),
        (512, 384, 32),
        (512, 510, 32),
        (256, 254, 1),
        (512, 510, 1),
    ):
        cutter, how = (overlapping, f"every {stride}") if stride else (tokens, "evenly")
        how, overlapping.stride = "the first only" if most == 1 else how, stride
        window = {"size": size, "max": most, "combine": manifest["window"]["combine"]}
        cost = np.mean([sum(len(w) for w in cutter.windows(r["text"], size, most)) for r in long])
        right = (
            positive(
                score_all(s, cutter, [r["text"] for r in long], window), manifest["temperature"]
            )
            >= 0.5
        ) == (labels == 1)
        print(
            f"| {size} | {how} | {100 * np.mean(right):.2f} | {100 * np.mean(right[cut]):.2f} | "
            f"{cost:.0f} |",
            flush=True,
        )


def untrained_baseline(tokens, items, count: int = 4000):
    """Fit a logistic regression on the mean hidden state of the untrained encoder: the baseline of
    training.
    """
    import random

    import torch
    from sklearn.linear_model import LogisticRegression

    encoder = load(WORK / "base").body.eval()

    @torch.no_grad()
    def features(some):
        return np.array(
            [
                encoder(torch.tensor([tokens.window(tokens.pieces(r["text"])[:254])]))
                .last_hidden_state[0]
                .mean(0)
                .numpy()
                for r in some
            ]
        )

    def whole(some):
        return [r for r in some if r["set"] not in PARTIAL and r["label"] != HALF]

    known, rest = (
        random.Random(1).sample(whole(rows("train")), count),
        random.Random(2).sample(whole(items), 2000),
    )
    regression = LogisticRegression(max_iter=2000).fit(features(known), [r["label"] for r in known])
    p, labels = (
        regression.predict_proba(features(rest))[:, 1],
        np.array([r["label"] for r in rest]),
    )
    print(
        "| texts | n | accuracy % | macro F1 % | AUC % | ECE % | |\n|---|---|---|---|---|---|---|"
    )
    line(f"product reviews, the encoder before training, regression on {count:,}", p, labels)


def compare_models(folder: pathlib.Path, other: pathlib.Path, items):
    """Compare both models on the product reviews of items: which reviews only one gets right, with
    the two-sided p of a sign test, and reviews per second of one stream, rounds interleaved.
    """
    items = [r for r in items if r["set"] in PRODUCT_SETS and r["label"] != HALF]
    labels = np.array([r["label"] for r in items])
    right, files, windows = {}, {}, []
    for model in (folder, other):
        m, tokens = json.loads((model / "manifest.json").read_text()), Tokens(model)
        files[model.name], s = model / "model.onnx", session(model / "model.onnx")
        logits = score_all(s, tokens, [r["text"] for r in items], m["window"])
        right[model.name] = (logits[:, 1] >= logits[:, 0]) == (labels == 1)
        cut = [tokens.windows(r["text"], m["window"]["size"], m["window"]["max"]) for r in items]
        windows.append(cut[:TIMED_REVIEWS])
    if len(right) < 2:
        raise SystemExit(f"{folder} and {other} have the same name; call one otherwise")
    a, b = right.values()
    only, theirs = int((a & ~b).sum()), int((b & ~a).sum())
    p = binomtest(only, only + theirs).pvalue if only + theirs else 1.0
    print(
        f"{len(items):,} product reviews: {folder.name} {100 * a.mean():.2f}%, {other.name} "
        f"{100 * b.mean():.2f}%; {only} only the first gets right, {theirs} only the second "
        f"(p = {p:.3f})"
    )
    if windows[0] != windows[1]:
        print("they cut texts into other windows: no speeds")
        return
    fast = speeds(files, windows[0])
    print(
        f"reviews a second of one stream, {TIMED_REVIEWS} reviews: "
        + ", ".join(f"{name} {n:.1f}" for name, n in fast.items())
        + f": {fast[folder.name] / fast[other.name]:.2f}"
    )


if __name__ == "__main__":
    a = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    a.add_argument("--windows", action="store_true")
    a.add_argument(
        "--model", type=model_folder, default=ROOT / "api/model/default", help="the exported folder"
    )
    a.add_argument("--before", action="store_true")
    a.add_argument("--beside", type=model_folder, help="the folder of another model")
    arguments = a.parse_args()
    folder = arguments.model
    m = json.loads((folder / "manifest.json").read_text())
    if arguments.beside:
        compare_models(folder, arguments.beside, rows("valid"))
    elif arguments.before:
        untrained_baseline(Tokens(folder), rows("valid"))
    elif arguments.windows:
        windows(m, folder, session(folder / "model.onnx"), rows("valid"))
    else:
        tables(m, Tokens(folder), session(folder / "model.onnx"), rows("valid"))
        stars(
            m,
            Tokens(folder),
            session(folder / "model.onnx"),
        )
