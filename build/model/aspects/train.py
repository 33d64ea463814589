"""Train the tagger of aspects on what data.py reads.

    DATA=folder build/model/.venv/bin/python build/model/aspects/train.py

Writes WORK/aspects/tagger/ (weights, config, vocabulary, settings) once it is done, and the state
after each epoch to WORK/aspects/state.pt, from which --resume goes on. Word embeddings stay those of
the base: the sentiment model has the same, so export.py stores them once.
"""

import argparse
import os
import pathlib
import random
import re
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "2")
# threads that wait must sleep: on a busy machine spinning ones made a step 8 times slower
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from aspects import data
from aspects.tagger import HERE, LABELS, Tagger, decode, load, save
from tokens import Tokens
from train import FROZEN, WORK, fast_bf16

LAYERS = [0, 1, 2]  # of the base
EPOCHS = 5
RATE = 1.2e-4  # of the highest layer
LAYER_DECAY = 0.9  # of the rate from a layer to the one below
HEAD_RATE = 5e-4
WARMUP = 0.06  # share of the steps in which the rate rises; it falls linearly after
TOKENS_PER_BATCH = 1024
LENGTH = 160  # tokens of a text at most
SMOOTHING = 0.03  # of tags: annotators differ


def batches(texts, seed: int):
    """Yield (ids, mask, tags), (B, T) each, of texts of like length."""
    rng = random.Random(seed)
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
        width = max(len(ids) for ids, _ in step)
        ids = torch.zeros(len(step), width, dtype=torch.long)
        mask = torch.zeros(len(step), width, dtype=torch.long)
        tags = torch.full((len(step), width), data.IGNORED)
        for i, (one, of) in enumerate(step):
            ids[i, : len(one)], mask[i, : len(one)] = torch.tensor(one), 1
            tags[i, : len(of)] = torch.tensor(of)
        yield ids, mask, tags


def groups(model: Tagger, decay: float, rate: float) -> list[dict]:
    """Parameters by learning rate; those of FROZEN stay as they are."""
    layers, by_rate = model.body.config.n_layers, {}
    for name, weights in model.named_parameters():
        weights.requires_grad = not any(part in name for part in FROZEN)
        if not weights.requires_grad:
            continue
        at = re.search(r"layer\.(\d+)\.", name)
        depth = layers - 1 - int(at[1]) if at else layers
        peak = HEAD_RATE if name.startswith("out.") else rate * decay**depth
        by_rate.setdefault(peak, []).append(weights)
    return [{"params": weights, "peak": peak} for peak, weights in by_rate.items()]


@torch.no_grad()
def logits(model: Tagger, every: list[data.Sentence], bf16: bool) -> list[np.ndarray]:
    """(T, 7) of each sentence, computed in batches."""
    model.eval()
    order = sorted(range(len(every)), key=lambda i: len(every[i].ids))
    out = [None] * len(every)
    for at in range(0, len(order), 32):
        part = order[at : at + 32]
        width = max(len(every[i].ids) for i in part)
        ids = torch.tensor([every[i].ids + [0] * (width - len(every[i].ids)) for i in part])
        mask = torch.tensor([[j < len(every[i].ids) for j in range(width)] for i in part]).long()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
            found = model(ids, mask).float().numpy()
        for row, i in zip(found, part):
            out[i] = row[: len(every[i].ids)]
    model.train()
    return out


def by_set(every: list[data.Sentence], found: list) -> dict[str, dict]:
    """figures of predicted spans by set, and of mixed sentences."""
    totals = {}
    for s, spans in zip(every, found):
        for name in [data.kind(s)] + ["mixed"] * s.mixed:
            totals[name] = totals.get(name, 0) + data.counts(spans, s)
    return {name: data.figures(c) for name, c in totals.items()}


CHOSEN_BY = ("laptop14", "rest14", "television", "tshirt", "acos-laptop")


def mean(table: dict[str, dict], figure="exact_f1") -> float:
    return float(np.mean([table[name][figure] for name in CHOSEN_BY if name in table]))


def measured(model, dev, bf16) -> dict[str, dict]:
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
    every = data.sentences(tokens, "train", a.without)
    dev = data.sentences(tokens, "dev")
    model = load(a.base, a.layers)
    optimiser = torch.optim.AdamW(
        groups(model, a.decay, a.rate), lr=a.rate, weight_decay=0.01, fused=True
    )
    trained = [p for group in optimiser.param_groups for p in group["params"]]
    first, step, state = 0, 0, a.out.with_suffix(".state.pt")
    plans = [
        list(batches(data.epoch(every, a.seed * 1000 + n, LENGTH), a.seed * 1000 + n))
        for n in range(a.epochs)
    ]
    if a.steps:
        plans = [plan[: a.steps] for plan in plans]
    steps = sum(len(plan) for plan in plans)
    print(f"{len(every)} sentences, {steps} steps, {len(dev)} dev, bf16 {bf16}", flush=True)
    if a.resume:
        if not state.exists():
            raise SystemExit(f"{state} is not there; train without --resume first")
        kept = torch.load(state)
        model.load_state_dict(kept["model"])
        optimiser.load_state_dict(kept["optimiser"])
        first, step = kept["epoch"], kept["step"]
    model.train()
    begun, loss_sum, loss_n = time.time(), 0.0, 0
    for number in range(first, a.epochs):
        for ids, mask, tags in plans[number]:
            rate = min((step + 1) / (WARMUP * steps), (steps - step) / ((1 - WARMUP) * steps))
            for group in optimiser.param_groups:
                group["lr"] = group["peak"] * min(1, rate)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
                out = model(ids, mask)
            loss = F.cross_entropy(
                out.float().view(-1, len(LABELS)),
                tags.view(-1),
                ignore_index=data.IGNORED,
                label_smoothing=SMOOTHING,
            )
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            step, loss_sum, loss_n = step + 1, loss_sum + loss.item(), loss_n + 1
            if step % 100 == 0:
                print(
                    f"step {step}/{steps} loss {loss_sum / loss_n:.4f} "
                    f"{(time.time() - begun) / 60:.1f} min",
                    flush=True,
                )
                loss_sum, loss_n = 0.0, 0
        table = measured(model, dev, bf16)
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
    print(f"{(time.time() - begun) / 60:.1f} minutes; {a.out} written")


if __name__ == "__main__":
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--base", type=pathlib.Path, default=WORK / "base", help="a DistilBERT folder")
    p.add_argument("--layers", type=int, nargs="+", default=LAYERS, help="of the base, from 0")
    p.add_argument("--epochs", type=int, default=EPOCHS)
    p.add_argument("--rate", type=float, default=RATE)
    p.add_argument("--decay", type=float, default=LAYER_DECAY)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--without", default="", metavar="SET", help="a set to leave out, as bing")
    p.add_argument("--steps", type=int, help="of an epoch at most, for a quick look")
    p.add_argument("--resume", action="store_true", help="go on after the last whole epoch")
    p.add_argument("--out", type=pathlib.Path, default=HERE / "tagger")
    train(p.parse_args())
