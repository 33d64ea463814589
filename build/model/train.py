r"""Fine-tune the base (or any DistilBERT folder) on what prepare.py left.

    build/model/.venv/bin/python build/model/train.py --minutes 80

Writes WORK/model/ (weights, config, vocabulary) and curves.png; WORK is build/model/work unless the
environment says otherwise. The learning rate rises, stays ("trunk"), and falls to zero over the
last quarter (--fall), measured in minutes and not in steps: a run on a busy machine ends annealed
all the same. WORK/trunk.pt is the state before the fall; with --resume the next run goes on from
it, over rows not seen yet, so that each session adds to the model and ends with one that can be
shipped. Where trunk.pt is gone, restore.py makes a folder to start from of the served model:

    build/model/.venv/bin/python build/model/restore.py
    build/model/.venv/bin/python build/model/train.py --base build/model/work/served --epoch 1 \
        --fall 0.8
"""

import argparse
import json
import os
import pathlib
import random
import re
import time

import numpy as np
import torch
from transformers import DistilBertModel
from transformers.utils import logging

from exits import EXIT_LR, STARS, Exits, Top, label_loss
from tokens import ROOT, Tokens

WORK = pathlib.Path(os.environ.get("WORK", ROOT / "build/model/work"))

BACKBONE_LR = 6e-5  # learning rate of the body's last layer
LAYER_DECAY = 0.92  # factor of the rate from a layer to the one below
HEAD_LR = 3e-4  # of the new layers
WARMUP_STEPS = 200  # steps; a resumed run has its optimiser's state and needs none
DECAY_FRACTION = 0.25  # share of the minutes in which the rate falls to zero
LENGTH = 256  # tokens of a window, [CLS] and [SEP] counted: texts are cut as they are served
MAX_WINDOWS = 32  # windows of a text
FIRST_SHARE = 0.6  # how often the first window of several is learned, rather than any
TOKENS_PER_BATCH = (
    4096  # per step: batches of equal length, so that no step pads and all cost the same
)
MAX_TEXTS = 96  # per step: short phrases would make steps of hundreds
DROPOUT = 0.1  # of the head; the body, which sees a row once or twice, has none: 1.1x faster
SMOOTHING = 0.05  # of labels: stars are noisy
FROZEN = (
    "word_embeddings",
)  # parts of names of weights that are not trained: half of them, and training them gains nothing
SHARES = {
    "sst2": 0.25,
    "cut": 0.5,
    "title": 0.5,
    "pros_cons": 0.4,
    "android": 0.5,
    "iphone_se": 0.5,
}  # share of a set's rows in an epoch
STRIPPED_SHARE = 0.05  # share of texts that lose their punctuation, as people type

logging.disable_progress_bar()
logging.set_verbosity_error()  # else it reports that the unused pooler was left out


class Judge(torch.nn.Module):
    """The DistilBERT with its head and its exits."""

    def __init__(self, body: DistilBertModel):
        super().__init__()
        c = body.config
        self.body, self.top, self.exits = body, Top(c.dim, DROPOUT), Exits(c.dim, c.n_layers)

    def forward(self, ids, mask):  # (B, T), (B, T) -> (B, 7), the states after each layer (B, T, D)
        hidden = self.body(
            input_ids=ids, attention_mask=mask, output_hidden_states=True
        ).hidden_states
        return self.top(hidden[-1]), hidden


def load(folder: str | pathlib.Path, attention: str = "sdpa") -> Judge:
    """Load the output of train.py, or a DistilBERT's folder with new heads. attention: how
    transformers computes it.
    """
    folder = pathlib.Path(folder)
    if not (folder / "config.json").exists():
        raise SystemExit(
            f"{folder} holds no config.json; want the folder of a DistilBERT (make base)"
        )
    kind = json.loads((folder / "config.json").read_text()).get("model_type")
    if kind != "distilbert":
        raise SystemExit(f"{folder} holds a {kind} model; want distilbert")
    model = Judge(
        DistilBertModel.from_pretrained(
            folder, attn_implementation=attention, attention_dropout=0.0, dropout=0.0
        )
    )
    if (folder / "heads.pt").exists():
        model.load_state_dict(torch.load(folder / "heads.pt", map_location="cpu"), strict=False)
    return model


class Rows:
    """The rows of WORK/train.jsonl or valid.jsonl by index, read on demand: millions stay on disk.
    """

    def __init__(self, part: str):
        path = WORK / f"{part}.jsonl"
        if not path.exists():
            raise SystemExit(f"{path} is not there; run prepare.py first")
        self.file = path.open("rb")
        self.starts = np.cumsum(np.fromiter((len(line) for line in self.file), np.int64))

    def order(self, epoch: int) -> list[int]:
        """Return the rows of an epoch: all of most sets, a share of the others, a different one
        each time."""
        rng = random.Random(epoch)
        chosen = [i for i in range(len(self)) if rng.random() < SHARES.get(self[i]["set"], 1)]
        rng.shuffle(chosen)
        return chosen

    def __len__(self):
        return len(self.starts)

    def __getitem__(self, i: int) -> dict:
        self.file.seek(self.starts[i - 1] if i else 0)
        return json.loads(self.file.readline())


def rows(part: str) -> list[dict]:
    every = Rows(part)
    with every.file:
        return [every[i] for i in range(len(every))]


def vary(text: str, rng: random.Random) -> str:
    """Sometimes change a text to how people type it."""
    if rng.random() < STRIPPED_SHARE:
        text = "".join(c for c in text if c.isalnum() or c.isspace())
    return text


def batches(items: Rows, order, tokens: Tokens, seed: int):
    """Yield (ids (B, T), mask (B, T), labels (B), stars (B, 5)) of about TOKENS_PER_BATCH tokens,
    with texts of similar length together.
    """
    rng = random.Random(seed)
    for start in range(0, len(order), 4096):
        pool = []
        for row in (items[i] for i in order[start : start + 4096]):
            windows = tokens.windows(vary(row["text"], rng), LENGTH, MAX_WINDOWS)
            window = windows[0] if rng.random() < FIRST_SHARE else rng.choice(windows)
            pool.append((window, row["label"], stars(row.get("stars"))))
        pool.sort(key=lambda p: len(p[0]))
        steps, at = [], 0
        while at < len(pool):
            longest = len(pool[min(at + MAX_TEXTS, len(pool)) - 1][0])
            n = min(MAX_TEXTS, max(8, TOKENS_PER_BATCH // longest))
            steps.append(pool[at : at + n])
            at += n
        rng.shuffle(steps)
        for step in steps:
            width = max(len(ids) for ids, *_ in step)
            ids = torch.zeros(len(step), width, dtype=torch.long)
            mask = torch.zeros(len(step), width, dtype=torch.long)
            for i, (one, *_) in enumerate(step):
                ids[i, : len(one)] = torch.tensor(one)
                mask[i, : len(one)] = 1
            yield (
                ids,
                mask,
                torch.tensor([float(s[1]) for s in step]),
                torch.tensor([s[2] for s in step]),
            )


def stars(n: float | None) -> list[float]:
    """Return a distribution over one to five: 3.5 is half 3 and half 4, unknown is all zeros."""
    out = [0.0] * STARS
    if n is not None:
        low = min(int(n), STARS - 1)
        out[low - 1], out[low] = low + 1 - n, n - low
    return out


def prior(items: "Rows") -> torch.Tensor:
    """Return logarithms of the shares of the stars among rows that have them, (5)."""
    counts = np.ones(STARS)
    for i in range(len(items)):
        counts += stars(items[i].get("stars"))
    return torch.tensor(np.log(counts / counts.sum()), dtype=torch.float32)


@torch.no_grad()
def accuracy(model, items, tokens, device, bf16) -> float:
    model.eval()
    right = n = 0
    ordered = sorted(
        (tokens.windows(r["text"], LENGTH, MAX_WINDOWS)[0], r["label"])
        for r in items
        if r["label"] != 0.5
    )
    ordered.sort(key=lambda p: len(p[0]))
    for at in range(0, len(ordered), 32):
        part = ordered[at : at + 32]
        width = max(len(ids) for ids, _ in part)
        ids = torch.tensor([o + [0] * (width - len(o)) for o, _ in part], device=device)
        labels = torch.tensor([label for _, label in part], device=device)
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=bf16):
            out, _ = model(ids, (ids != 0).long())  # (B, 7)
        right += int((out[:, :2].argmax(-1) == labels).sum())
        n += len(part)
    model.train()
    return right / max(n, 1)


def fast_bf16() -> bool:
    """Return whether this CPU multiplies bf16 in hardware (1.5x here); otherwise it is emulated and
    slower than fp32.
    """
    flags = pathlib.Path("/proc/cpuinfo")
    return torch.cuda.is_available() or (flags.exists() and "avx512_bf16" in flags.read_text())


def groups(model: Judge, frozen: int, rate: float = 1.0) -> list[dict]:
    """Return parameters grouped by learning rate, scaled by rate: lower layers learn slower, the
    lowest ones not at all.
    """
    layers, by_rate = model.body.config.n_layers, {}
    for name, weights in model.named_parameters():
        at = re.search(r"layer\.(\d+)\.", name)
        low = frozen > 0 and (name.startswith("body.embeddings.") or at and int(at[1]) < frozen)
        weights.requires_grad = not low and not any(part in name for part in FROZEN)
        if not weights.requires_grad or name.startswith("exits."):
            continue
        depth = layers - 1 - int(at[1]) if at else layers  # from the top
        peak = HEAD_LR if name.startswith("top.") else BACKBONE_LR * LAYER_DECAY**depth
        by_rate.setdefault(rate * peak, []).append(weights)
    return [{"params": weights, "peak": peak} for peak, weights in by_rate.items()]


def train(arguments):
    torch.manual_seed(1)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    bf16 = fast_bf16()
    tokens = Tokens(arguments.base)
    items, valid = Rows("train"), rows("valid")
    watch = [r for r in valid if r["set"] in ("dsc24", "hatn5")]
    watch = random.Random(1).sample(watch, min(1000, len(watch)))
    # eager: on a CPU sdpa's backward pass makes a step take 1.2x as long
    model = load(arguments.base or WORK / "base", "eager").to(device)
    of_stars = prior(items).to(device)
    optimiser = torch.optim.AdamW(
        groups(model, arguments.frozen, arguments.rate),
        lr=BACKBONE_LR,
        weight_decay=0.01,
        fused=True,
    )
    trained = [p for group in optimiser.param_groups for p in group["params"]]
    own = torch.optim.AdamW(
        [{"params": model.exits.parameters(), "peak": EXIT_LR}], lr=EXIT_LR, weight_decay=0.01
    )
    trunk = WORK / "trunk.pt"
    step, seen, epoch, curve = 0, 0, arguments.epoch, []
    if arguments.resume:
        if not trunk.exists():
            raise SystemExit(f"{trunk} is not there; train without --resume first")
        state = torch.load(trunk, map_location=device)
        try:
            model.load_state_dict(state["model"])
        except RuntimeError:
            raise SystemExit(
                f"{trunk} is of another architecture; give the --base it was trained from"
            ) from None
        optimiser.load_state_dict(state["optimiser"])
        own.load_state_dict(state["own"])
        step, seen, epoch, curve = state["step"], state["seen"], state["epoch"], state["curve"]
        if state.get("rows") != len(
            items
        ):  # other data: its order is independent of the rows seen
            seen, epoch = 0, epoch + 1
    first = step
    start, saved, falling = time.time(), time.time(), False
    budget = arguments.minutes * 60
    model.train()

    def save():
        scratch = trunk.with_suffix(".part")
        torch.save(
            {
                "model": model.state_dict(),
                "optimiser": optimiser.state_dict(),
                "own": own.state_dict(),
                "step": step,
                "seen": seen,
                "rows": len(items),
                "epoch": epoch,
                "curve": curve,
            },
            scratch,
        )
        scratch.replace(trunk)

    loss_sum, loss_n, texts = 0.0, 0, 0
    done = False
    while not done:
        order = items.order(epoch)
        for ids, mask, labels, of in batches(
            items, order[seen:], tokens, seed=epoch * 1_000_003 + seen
        ):
            spent = (
                (step - first) / arguments.steps
                if arguments.steps
                else (time.time() - start) / budget
            )
            if spent >= 1:
                done = True
                break
            if not falling and spent >= 1 - arguments.fall:
                falling = True
                save()
            rate = min(1.0, (step + 1) / WARMUP_STEPS) * min(1.0, (1 - spent) / arguments.fall)
            for group in optimiser.param_groups + own.param_groups:
                group["lr"] = group["peak"] * rate
            with torch.autocast(device.type, dtype=torch.bfloat16, enabled=bf16):
                mask, labels, of = mask.to(device), labels.to(device), of.to(device)
                out, hidden = model(ids.to(device), mask)
                exit_loss = model.exits.loss(hidden, mask, labels, of, of_stars, out, SMOOTHING)
            loss = label_loss(out, labels, of, of_stars, SMOOTHING)
            (loss + exit_loss).backward()  # exit_loss has no gradient in the body
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            for o in (optimiser, own):
                o.step()
                o.zero_grad(set_to_none=True)
            step, seen, texts = step + 1, seen + len(labels), texts + len(labels)
            loss_sum, loss_n = loss_sum + loss.item(), loss_n + 1
            if step % 50 == 0:
                minutes = (time.time() - start) / 60
                entry = {"step": step, "loss": loss_sum / loss_n, "minutes": minutes}
                if step % 500 == 0:
                    entry["valid"] = accuracy(model, watch, tokens, device, bf16)
                curve.append(entry)
                print(
                    f"step {step} epoch {epoch} {seen}/{len(items)} loss {entry['loss']:.4f}"
                    + (f" valid {100 * entry['valid']:.1f}%" if "valid" in entry else "")
                    + f" {texts / minutes / 60:.1f} reviews/s, {arguments.minutes - minutes:.0f} min left",
                    flush=True,
                )
                loss_sum, loss_n = 0.0, 0
            if not falling and time.time() - saved > 300:
                save()
                saved = time.time()
        else:
            epoch, seen = epoch + 1, 0
    model.eval()
    if not falling:
        save()
    write(model, tokens, WORK / "model")
    draw_curve(curve)
    print(
        f"{step - first} steps, {texts} texts, {(time.time() - start) / 60:.1f} minutes, bf16 "
        f"{bf16}"
    )
    print(
        "validation (first windows): "
        f"{100 * accuracy(model, valid, tokens, device, bf16):.2f}%"
    )


def write(model, tokens, final: pathlib.Path):
    """Write final via a temporary folder, so that none of its files is ever partial."""
    out = final.with_name(final.name + ".part")
    model.body.save_pretrained(out)
    tokens.save(out)
    torch.save(
        {n: v for n, v in model.state_dict().items() if not n.startswith("body.")}, out / "heads.pt"
    )
    final.mkdir(exist_ok=True)
    for path in out.iterdir():
        path.replace(final / path.name)
    out.rmdir()


def draw_curve(curve):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(7, 4))
    axis.plot([e["step"] for e in curve], [e["loss"] for e in curve], label="training loss")
    axis.set_xlabel("step")
    axis.set_ylabel("loss")
    other = axis.twinx()
    points = [e for e in curve if "valid" in e]
    other.plot(
        [e["step"] for e in points], [100 * e["valid"] for e in points], "o-", color="tab:orange"
    )
    other.set_ylabel("validation accuracy, % (600 texts)")
    figure.savefig(WORK / "curves.png", dpi=120)


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--base", help="a DistilBERT folder instead of WORK/base")
    p.add_argument(
        "--minutes", type=float, default=240, help="of training, the fall of the rate included"
    )
    p.add_argument("--steps", type=int, help="the same by steps instead of minutes")
    p.add_argument(
        "--frozen",
        type=int,
        default=0,
        metavar="N",
        help="the lowest N layers stay as they are: a step costs less",
    )
    p.add_argument(
        "--fall",
        type=float,
        default=DECAY_FRACTION,
        help="share of the minutes in which the rate falls",
    )
    p.add_argument(
        "--rate",
        type=float,
        default=1.0,
        help="share of the learning rates: less for a short run",
    )
    p.add_argument(
        "--epoch", type=int, default=0, help="the number that orders the rows of a new run"
    )
    p.add_argument("--resume", action="store_true", help="go on from WORK/trunk.pt")
    return p


def settings(**changes) -> argparse.Namespace:
    """Return the settings of train with the defaults of the command line, except changes."""
    return argparse.Namespace(**vars(parser().parse_args([])) | changes)


if __name__ == "__main__":
    train(parser().parse_args())
