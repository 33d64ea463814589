"""Train the taggers of aspects: a large one, the teacher; a deep one; and the served one, by what
the teacher says of reviews that nobody has marked (Hinton et al. 2015).

    DATA=folder build/model/.venv/bin/python build/model/aspects/train.py teacher
    DATA=folder build/model/.venv/bin/python build/model/aspects/train.py deep
    DATA=folder build/model/.venv/bin/python build/model/aspects/train.py served

The teacher is MPNet-base (WORK/mpnet) under a new head, trained on the marked sentences (data.py).
The deep tagger is the lowest DEEP_LAYERS of the sentiment model of WORK/model, trained on them,
too. The served one begins as LAYERS of the deep one; it learns from the marked sentences and from
windows of the sentiment model's training reviews (WORK/train.jsonl), of which it is taught the
teacher's probabilities of each word's tag. Word embeddings stay those of the base in all of them,
so that export.py stores them once.

Writes WORK/aspects/teacher/, deep/ or tagger/ (weights, config, vocabulary, settings) when it is
done, and its state after each epoch beside it (.state.pt), from which --resume goes on.
"""

import argparse
import json
import os
import pathlib
import random
import re
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "2")
# waiting threads must sleep: on a busy machine spinning ones made a step 8 times slower
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from aspects import data
from aspects.tagger import (
    HERE, LABELS, Tagger, decode, load, padded, round_inputs, save, word_starts,
)  # fmt: skip
from tokens import Tokens
from train import FROZEN, WORK, fast_bf16

# Layers of the deep tagger with which the served one begins, from its whole depth: of three layers,
# exact F1 was 51 after 140 steps with 0, 3 and 7, and 46 with the lowest.
LAYERS = [0, 1, 2, 3, 5, 7]
WIDTH = 1024  # of their feed-forward networks, of 1536: six layers cost less than five whole ones
DEEP_LAYERS = list(range(8))  # of 12: all would cost half as much again
EPOCHS, DEEP_EPOCHS, TEACHER_EPOCHS = 4, 4, 3
LR, DEEP_LR, TEACHER_LR = 1.2e-4, 1e-4, 5e-5  # learning rate of the highest layer
LAYER_DECAY = 0.9  # factor of the rate from a layer to the one below
ROUNDED_EPOCHS = 2  # the last ones of the served tagger, with values rounded as in int8
DISTILLED_WINDOWS = 10_000  # number of windows of unmarked reviews
# Every second of them has one of these words, if its review has: they join praise to complaint.
CONTRASTS = ("but", "however", "although", "though", "except", "while", "only", "otherwise")
HEAD_LR = 5e-4
WARMUP = 0.06  # share of the steps in which the rate rises; it falls linearly after
TOKENS_PER_BATCH = 1024
LENGTH = 160  # tokens of a text at most
SMOOTHING = 0.03  # of tags: annotators differ
REVIEWS = (  # sets of WORK/train.jsonl that are whole reviews
    "dsc24", "hatn5", "kindle", "zomato", "iphone_se", "memory_card", "fine_foods", "beauty",
    "laptops", "vfl", "fashion",
)  # fmt: skip
EXCLUDED = -1e4  # added to a logit
WINDOWS = (24, 32, 48, 48, 64, 96, LENGTH)  # tokens of a window of one of these


def alternatives() -> torch.Tensor:
    """Return the tags among which a tag is the right one, 1 or 0, (13, 7): for t all of them, and
    for -t (data.epoch) those of t's kind, B or I. Row -t counts from the end, as Python's indices.
    """
    out = torch.ones(2 * len(LABELS) - 1, len(LABELS))
    for tag in range(1, len(LABELS)):
        out[-tag] = 0
        out[-tag, 2 - tag % 2 :: 2] = 1
    return out


def batches(texts, seed: int):
    """Yield (ids (B, T), mask (B, T), targets (B, T, 7), excluded (B, T, 7)) of texts of similar
    length. A text is its IDs and the tag of each (data.epoch), or its IDs and the probabilities
    (T, 7) of a teacher; a token without a target is ignored by the loss. excluded is added to
    the logits: 0, and EXCLUDED for tags of which a text says nothing.
    """
    rng = random.Random(seed)
    others = alternatives()
    texts = sorted(texts, key=lambda t: len(t[0]))
    steps, at = [], 0
    while at < len(texts):
        n = 1
        while at + n < len(texts) and (n + 1) * len(texts[at + n][0]) <= TOKENS_PER_BATCH:
            n += 1
        steps.append(texts[at : at + n])
        at += n
    rng.shuffle(steps)
    for step in steps:
        ids, mask = padded([window for window, _ in step])
        targets = torch.zeros(*ids.shape, len(LABELS))
        excluded = torch.zeros_like(targets)
        for i, (_, of) in enumerate(step):
            if isinstance(of, np.ndarray):
                targets[i, : len(of)] = torch.from_numpy(of.astype(np.float32))
                continue
            tags = torch.tensor(of)
            known = (tags != data.IGNORED).nonzero()[:, 0]
            of_kind = others[tags[known]]  # (N, 7)
            targets[i, known] = SMOOTHING * of_kind / of_kind.sum(1, keepdim=True)
            targets[i, known, tags[known].abs()] += 1 - SMOOTHING
            excluded[i, known] = EXCLUDED * (1 - of_kind)
        yield ids, mask, targets, excluded


def windows(tokens: Tokens, count: int) -> list[list[int]]:
    """Return random windows of unmarked reviews, of at most LENGTH tokens, most of them shorter."""
    path = WORK / "train.jsonl"
    if not path.exists():
        raise SystemExit(f"{path} is not there; run prepare.py first")
    rng = random.Random(7)
    stops = {tokens.reference.token_to_id(c) for c in ".!?"}
    contrasts = {tokens.reference.token_to_id(word) for word in CONTRASTS}
    with path.open() as lines:
        texts = [row["text"] for row in map(json.loads, lines) if row["set"] in REVIEWS]
    out = []
    for number, text in enumerate(rng.sample(texts, min(count, len(texts)))):
        pieces, n = tokens.pieces(text), rng.choice(WINDOWS) - 2
        ends = [i + 1 for i, piece in enumerate(pieces) if piece in stops]
        starts = [0] + [i for i in ends if i + n <= len(pieces)]
        mixed = [i for i in starts if not contrasts.isdisjoint(pieces[i : i + n])]
        at = rng.choice(mixed if mixed and number % 2 else starts)
        if pieces:
            out.append(tokens.window(pieces[at : at + n]))
    return out


@torch.no_grad()
def teacher_targets(teacher: Tagger, tokens: Tokens, every: list[list[int]], bf16: bool):
    """Return each window with the teacher's probabilities (T, 7), zeros where no word begins."""
    teacher.eval()
    out = []
    every = sorted(every, key=len)
    for at in range(0, len(every), 32):
        part = every[at : at + 32]
        ids, mask = padded(part)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
            found = teacher(ids, mask)
        found = F.softmax(found.float(), -1).numpy().astype(np.float16)
        for one, p in zip(part, found):
            starts = np.array(word_starts(tokens, one))
            out.append((one, p[: len(one)] * starts[:, None]))
    return out


def groups(model: Tagger, decay: float, rate: float) -> list[dict]:
    """Return parameters grouped by learning rate; those of FROZEN are not trained."""
    layers, by_rate = model.body.config.num_hidden_layers, {}
    for name, weights in model.named_parameters():
        weights.requires_grad = not any(part in name for part in FROZEN)
        if not weights.requires_grad:
            continue
        at = re.search(r"layer\.(\d+)\.", name)
        depth = layers - 1 - int(at[1]) if at else layers
        peak = HEAD_LR if name.startswith("out.") else rate * decay**depth
        by_rate.setdefault(peak, []).append(weights)
    return [{"params": weights, "peak": peak} for peak, weights in by_rate.items()]


@torch.no_grad()
def logits(model: Tagger, every: list[data.Sentence], bf16: bool) -> list[np.ndarray]:
    """Return the logits (T, 7) of each sentence, computed in batches."""
    model.eval()
    order = sorted(range(len(every)), key=lambda i: len(every[i].ids))
    out = [None] * len(every)
    for at in range(0, len(order), 32):
        part = order[at : at + 32]
        ids, mask = padded([every[i].ids for i in part])
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
            found = model(ids, mask).float().numpy()
        for row, i in zip(found, part):
            out[i] = row[: len(every[i].ids)]
    model.train()
    return out


def by_set(every: list[data.Sentence], found: list) -> dict[str, dict]:
    """Return the figures of predicted spans by set, and of mixed sentences."""
    totals = {}
    for s, spans in zip(every, found):
        for name in [data.kind(s)] + ["mixed"] * s.mixed:
            totals[name] = totals.get(name, 0) + data.counts(spans, s)
    return {name: data.figures(c) for name, c in totals.items()}


CHOSEN_BY = ("laptop14", "rest14", "television", "tshirt", "acos-laptop")


def mean(table: dict[str, dict], figure="exact_f1") -> float:
    return float(np.mean([table[name][figure] for name in CHOSEN_BY if name in table]))


def measure(model, dev, bf16) -> dict[str, dict]:
    out = logits(model, dev, bf16)
    return by_set(dev, [decode(x, s.starts, 1.0) for x, s in zip(out, dev)])


def summary(table: dict[str, dict]) -> str:
    return f"mean {mean(table):.2f} " + ", ".join(
        f"{n} {t['exact_f1']:.1f}/{t['span_f1']:.1f}/{t['polarity']:.1f}"
        for n, t in table.items()
    )


def train(a: argparse.Namespace):
    torch.manual_seed(a.seed)
    bf16 = fast_bf16()
    tokens = Tokens(a.base)
    every = data.sentences(tokens, "train", a.without, a.plain)
    dev = data.sentences(tokens, "dev")
    model = load(a.base, a.layers, a.width)
    optimiser = torch.optim.AdamW(
        groups(model, a.decay, a.rate), lr=a.rate, weight_decay=0.01, fused=True
    )
    trained = [p for group in optimiser.param_groups for p in group["params"]]
    soft, start = [], time.time()
    if a.teacher:
        soft = teacher_targets(load(a.teacher), tokens, windows(tokens, a.texts), bf16)
        print(f"{len(soft)} windows taught, {(time.time() - start) / 60:.1f} min", flush=True)

    def plan(number: int):
        seed = a.seed * 1000 + number
        steps = list(batches(data.epoch(every, seed, LENGTH, a.plain) + soft, seed))
        return steps[: a.steps] if a.steps else steps

    first, step, state = 0, 0, a.out.with_suffix(".state.pt")
    if a.resume:
        if not state.exists():
            raise SystemExit(f"{state} is not there; train without --resume first")
        kept = torch.load(state)
        model.load_state_dict(kept["model"])
        optimiser.load_state_dict(kept["optimiser"])
        first, step = kept["epoch"], kept["step"]
    model.train()
    loss_sum, loss_n = 0.0, 0
    for number in range(first, a.epochs):
        if number == max(first, a.epochs - a.rounded):
            round_inputs(model)
        of_epoch = plan(number)
        steps = step + len(of_epoch) * (a.epochs - number)  # epochs are of nearly equal length
        print(f"{len(every)} sentences, {len(of_epoch)} steps an epoch, bf16 {bf16}", flush=True)
        for ids, mask, targets, excluded in of_epoch:
            rate = min((step + 1) / (WARMUP * steps), (steps - step) / ((1 - WARMUP) * steps))
            for group in optimiser.param_groups:
                group["lr"] = group["peak"] * min(1, rate)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
                out = model(ids, mask).float() + excluded  # (B, T, 7)
            loss = -(targets * F.log_softmax(out, -1)).sum() / targets.sum()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            step, loss_sum, loss_n = step + 1, loss_sum + loss.item(), loss_n + 1
            if step % 100 == 0:
                print(
                    f"step {step}/{steps} loss {loss_sum / loss_n:.4f} "
                    f"{(time.time() - start) / 60:.1f} min",
                    flush=True,
                )
                loss_sum, loss_n = 0.0, 0
        table = measure(model, dev, bf16)
        print(f"epoch {number + 1}: {summary(table)}", flush=True)
        a.out.parent.mkdir(parents=True, exist_ok=True)
        torch.save(
            {
                "model": model.state_dict(),
                "optimiser": optimiser.state_dict(),
                "epoch": number + 1,
                "step": step,
            },
            state,
        )
    settings = {k: str(v) if isinstance(v, pathlib.Path) else v for k, v in vars(a).items()}
    save(model, tokens, settings | {"dev": table}, a.out)
    print(f"{(time.time() - start) / 60:.1f} minutes; {a.out} written")


STAGES = {  # the usual arguments of each
    "teacher": {
        "base": WORK / "mpnet", "layers": None, "width": None, "epochs": TEACHER_EPOCHS,
        "rate": TEACHER_LR, "rounded": 0, "teacher": "none", "out": HERE / "teacher",
    },
    "deep": {
        "base": WORK / "model", "layers": DEEP_LAYERS, "width": None, "epochs": DEEP_EPOCHS,
        "rate": DEEP_LR, "rounded": 0, "teacher": "none", "out": HERE / "deep",
    },
    "served": {
        "base": HERE / "deep", "layers": LAYERS, "width": WIDTH, "epochs": EPOCHS, "rate": LR,
        "rounded": ROUNDED_EPOCHS, "teacher": HERE / "teacher", "out": HERE / "tagger",
    },
}  # fmt: skip


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("which", choices=STAGES)
    p.add_argument("--base", type=pathlib.Path, help="another model's folder to begin with")
    p.add_argument("--layers", type=int, nargs="+", help="of the base, from 0")
    p.add_argument("--width", type=int, help="of the layers' feed-forward networks")
    p.add_argument("--epochs", type=int)
    p.add_argument("--rate", type=float)
    p.add_argument("--decay", type=float, default=LAYER_DECAY)
    p.add_argument("--teacher", help="the teacher's folder, or none")
    p.add_argument("--texts", type=int, default=DISTILLED_WINDOWS, help="windows that it teaches")
    p.add_argument("--rounded", type=int, help="last epochs with values rounded as in int8")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--without", default="", metavar="SET", help="a set to leave out, as bing")
    p.add_argument("--plain", action="store_true", help="marked sentences as they stand")
    p.add_argument("--steps", type=int, help="of an epoch at most, for a quick look")
    p.add_argument("--resume", action="store_true", help="go on after the last whole epoch")
    p.add_argument("--out", type=pathlib.Path)
    a = p.parse_args(given)
    for name, value in STAGES[a.which].items():
        if getattr(a, name) is None:
            setattr(a, name, value)
    a.teacher = None if a.teacher == "none" else pathlib.Path(a.teacher)
    return a


if __name__ == "__main__":
    train(arguments())
