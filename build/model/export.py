"""Turn WORK/model (torch) into the folder that the product serves: ONNX, fused, int8, calibrated,
with its manifest.

    build/model/.venv/bin/python build/model/export.py
    build/model/.venv/bin/python build/model/export.py --again   # new exits and calibration for the
                                                                 # weights of the target

Stages, each kept in WORK/onnx for check.py: fp32.onnx (opset 17; the full model's logits and those
of each exit), fused.onnx (ONNX Runtime's transformer fusions: 1 EmbedLayerNorm, 12 Attention, 12
BiasGelu, 24 SkipLayerNorm), int8.onnx (dynamic int8, per channel, 7-bit weights), model.onnx (the
same, leaving at an exit where that is sure: exits.cascade). Rows of the validation split, and half
of the reviews of balanced stars in DATA, run as the product runs them, choose how sure an exit must
be and the calibration; the golden texts get their scores; and the folder api/model/default is
written file by file, the manifest last.

Calibration, in the order of a text's way: an exit's logits are scaled to the full model's; where a
window sounds like three stars its sentiment is moderated (exits.Moderation); windows are combined
as Stouffer combines tests, by the sum of their logits over the root of their number, for two
windows that agree are surer than one and less sure than two independent ones would be; all is
divided by one temperature.
"""

import argparse
import concurrent.futures
import hashlib
import itertools
import json
import math
import pathlib
import warnings

import numpy as np
import onnx
import onnxruntime as ort
import torch
from scipy.optimize import minimize

from exits import (
    BAND,
    LONG,
    STARS,
    UNDECIDED,
    Margins,
    Moderation,
    attention_layers,
    cascade,
    flatten,
)
from golden import TEXTS
from prepare import HALF, data_folder, digest, labelled_csv
from tokens import Tokens
from train import ROOT, WORK, Judge, load, rows, stars

OPSET = 17
DTYPE = (
    "int32"  # of input_ids and attention_mask: the fused EmbedLayerNorm takes it without a cast
)
WINDOW = {"size": 256, "max": 32, "combine": "stouffer"}
JOIN = "{title}. {text}"
UNSURE = [0.4, 0.6]
# Sets of layers after which a text may leave; the cheapest one is used.
EXITS = ((), (4,), (3, 5), (4, 6), (3, 5, 8), (4, 5, 6))
EXIT_COST = 0.15  # cost of an exit, in layers
MAX_ACCURACY_DROP = 0.0  # points of validation accuracy that leaving early may lose
MANY_WORDS = 260  # a review of this many has at least two windows: exits err more often there
EXIT_THRESHOLDS = [x / 100 for x in range(70, 100)]  # probabilities tried as a threshold
POWERS = np.arange(0, 2.01, 0.25)  # of the moderation, tried
TEMPERATURES = np.arange(0.3, 2.0, 0.02)
SLACK = 0.001  # of the calibration error, which the largest power may cost
LABELS = ["negative", "positive"]
PARTIAL = ("sst2", "cut", "title", "pros_cons", "emoji")  # sets that are not whole reviews
PRODUCT_SETS = ("dsc24", "hatn5")  # the product reviews on which every model of ours was measured


class Graph(torch.nn.Module):
    """int32 in; out are two sentiment logits and five of the stars, by the full model, then by the
    exits.
    """

    def __init__(self, model: Judge):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask):  # (B, T), (B, T) -> (B, 7) each
        out, hidden = self.model(input_ids.long(), attention_mask.long())
        return out, *(
            head(hidden[int(name)], attention_mask) for name, head in self.model.exits.heads.items()
        )


def to_onnx(folder: pathlib.Path, out: pathlib.Path):
    model = load(folder, attention="eager").eval()
    ids = torch.ones((2, 8), dtype=torch.int32)
    outputs = ["all", *(f"exit{name}" for name in model.exits.heads)]
    axes = {name: {0: "batch", 1: "length"} for name in ("input_ids", "attention_mask")} | {
        name: {0: "batch"} for name in outputs
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Graph(model),
            (ids, torch.ones_like(ids)),
            str(out),
            input_names=["input_ids", "attention_mask"],
            output_names=outputs,
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
    return model.body.config


def fuse(source: pathlib.Path, out: pathlib.Path, config):
    from onnxruntime.transformers import optimizer
    from onnxruntime.transformers.fusion_options import FusionOptions

    options = FusionOptions("bert")
    fused = optimizer.optimize_model(
        str(source),
        model_type="bert",
        num_heads=config.n_heads,
        hidden_size=config.dim,
        optimization_options=options,
    )
    fused.save_model_to_file(str(out))
    counts = fused.get_fused_operator_statistics()
    print("fused:", {k: v for k, v in counts.items() if v})


def quantize(source: pathlib.Path, out: pathlib.Path):
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        str(source),
        str(out),
        per_channel=True,  # per tensor lost 0.5 points
        reduce_range=True,  # 7-bit weights: no CPU without VNNI saturates, so every CPU gives the same score
        weight_type=QuantType.QInt8,
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )


def session(path: pathlib.Path, threads: int = 1) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def run(s: ort.InferenceSession, window: list[int]) -> np.ndarray:
    """Run one window, unpadded, alone: return (outputs, 7) or, for a served graph, (1, 7) logits.
    Dynamic int8 uses one scale for all of a Run.
    """
    ids = np.array([window], dtype=DTYPE)
    out = s.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
    return np.concatenate(out, axis=1 if len(out) == 2 and out[1].shape[1] == STARS else 0)


def run_all(s, tokens: Tokens, texts, window=WINDOW) -> list[np.ndarray]:
    """Return logits of each text, (windows, outputs, 7), computed on two streams."""

    def one(text):
        return np.array(
            [run(s, w) for w in tokens.windows(text, window["size"], window["max"])], np.float64
        )

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, texts))


def window_lengths(tokens: Tokens, text: str, window=WINDOW) -> np.ndarray:
    """Return the number of tokens of each window of a text."""
    return np.array([len(w) for w in tokens.windows(text, window["size"], window["max"])])


def combined(windows: np.ndarray, how: str = WINDOW["combine"]) -> np.ndarray:
    """Return the logits (7,) of a text from those of its windows, (W, 7)."""
    out = windows.mean(axis=0)
    if how == "stouffer":
        out[:2] *= math.sqrt(len(windows))
    return out


def score_all(s, tokens: Tokens, texts, window=WINDOW) -> np.ndarray:
    """Return logits of each text by the first output, (N, 7)."""
    every = run_all(s, tokens, texts, window)
    return np.array([combined(text[:, 0], window["combine"]) for text in every])


def early_exit(
    texts: list[np.ndarray],
    lengths: list[np.ndarray],
    outputs: list[str],
    scales: dict[int, tuple[float, float]],
    margins: Margins,
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Compute what exits.cascade does without moderation, from the logits of all outputs and the
    tokens of each window (W,): logits (W, 7) and layers run (W,) of each text's windows; 0 layers
    are all of them.
    """
    out, depth = exit_windows(*map(np.concatenate, (texts, lengths)), outputs, scales, margins)
    ends = np.cumsum([len(text) for text in texts])[:-1]
    return np.split(out, ends), np.split(depth, ends)


def exit_windows(
    windows, tokens, outputs, scales, margins: Margins
) -> tuple[np.ndarray, np.ndarray]:
    """Apply early_exit to windows (W, outputs, 7) with tokens (W,)."""
    out, depth = windows[:, 0].copy(), np.zeros(len(windows), int)
    low = margins.low(tokens)
    for layer in sorted(scales, reverse=True):
        sentiment, of_stars = scales[layer]
        own = windows[:, outputs.index(f"exit{layer}")] * ([sentiment] * 2 + [of_stars] * STARS)
        weight = np.clip((np.abs(own[:, 1] - own[:, 0]) - low) / BAND, 0, 1)
        out = own * weight[:, None] + out * (1 - weight[:, None])
        depth[weight == 1] = layer
    return out, depth


def moderated(windows: np.ndarray, m: Moderation) -> np.ndarray:
    """Apply the last step of exits.cascade to logits (W, 7)."""
    three = star_shares(windows, m.temperature, m.bias)[:, 2]
    out = windows.copy()
    out[:, :2] *= ((1 - three) ** m.power)[:, None]
    return out


def logit(p: float) -> float:
    return math.log(p / (1 - p))


def thresholds(texts, lengths, outputs, scales, temperature, labels, groups, layers: int):
    """Return the confidence that an exit needs in a short window and in a long one, and the
    resulting layers per window: the fewest for which leaving early loses at most MAX_ACCURACY_DROP
    points on the first of the groups, (N,) bool each, and on all of them on average.
    """
    windows, tokens = np.concatenate(texts), np.concatenate(lengths)
    count = np.array([len(text) for text in texts])
    starts = np.cumsum(count) - count

    def accuracy(logits):
        sums = np.add.reduceat(logits[:, :2], starts)  # combined, up to a factor
        right = (sums[:, 1] >= sums[:, 0]) == (labels == 1)
        each = [100 * right[g].mean() for g in groups if g.any()]
        return np.array([each[0], np.mean(each)])

    best = None
    want = accuracy(windows[:, 0]) - MAX_ACCURACY_DROP
    for short, long in itertools.product(EXIT_THRESHOLDS, EXIT_THRESHOLDS):
        if long < short:
            continue
        logits, run = exit_windows(
            windows, tokens, outputs, scales, margins(temperature, short, long)
        )
        passed = sum(np.where((run == 0) | (run >= n), EXIT_COST, 0) for n in scales)
        cost = float(np.mean(np.where(run == 0, layers, run) + passed))
        if (best is None or cost < best[2]) and (accuracy(logits) >= want).all():
            best = short, long, cost
    return best or (EXIT_THRESHOLDS[-1], EXIT_THRESHOLDS[-1], float(layers))


def margins(temperature: float, short: float, long: float) -> Margins:
    """Return the margins of exits.cascade at which an exit with these confidences begins to
    decide."""
    return Margins(temperature * logit(short), temperature * logit(long))


def choose_exits(every, lengths, outputs, temperatures, of_stars, labels, known, layers: int):
    """Return (scales, margins) of the set of EXITS that costs least, in layers per window, at its
    own thresholds, in the form that exits.cascade takes.
    """
    best = None
    for chosen in EXITS:
        at = {n: outputs.index(f"exit{n}") for n in chosen if f"exit{n}" in outputs}
        if len(at) < len(chosen):
            continue
        scales = {
            n: (temperatures[0] / temperatures[i], of_stars[0] / of_stars[i]) for n, i in at.items()
        }
        bounds, cost, where = UNDECIDED, float(layers), ""
        if scales:
            short, long, cost = thresholds(
                every, lengths, outputs, scales, temperatures[0], labels, known, layers
            )
            bounds = margins(temperatures[0], short, long)
            where = f"where {short:g} sure, {long:g} from {LONG} tokens on, "
        print(f"exits {chosen}: {where}{cost:.2f} layers")
        if best is None or cost < best[0]:
            best = cost, (scales, bounds)
    return best[1]


def positive(logits: np.ndarray, temperature: float) -> np.ndarray:
    return 1 / (1 + np.exp(-(logits[:, 1] - logits[:, 0]) / temperature))


def calibrate(logits: np.ndarray, labels: np.ndarray) -> float:
    """Return the temperature of least negative log likelihood (Guo et al. 2017), to two
    decimals."""

    def nll(t):
        p = np.clip(positive(logits, t), 1e-9, 1 - 1e-9)
        return -np.mean(np.where(labels == 1, np.log(p), np.log(1 - p)))

    return round(float(min(np.arange(0.3, 4.0, 0.01), key=nll)), 2)


def star_shares(logits: np.ndarray, temperature: float, bias=(0.0,) * STARS) -> np.ndarray:
    """Return probabilities of one to five stars, (N, 5), from logits (N, 7)."""
    z = (logits[:, 2:] + bias) / temperature
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def calibrate_stars(logits: np.ndarray, wanted: np.ndarray) -> float:
    """Return the temperature of least negative log likelihood of wanted (N, 5), all stars weighted
    equally.
    """
    weight = (wanted / np.maximum(wanted.sum(0), 1)).sum(1)

    def nll(t):
        return -(weight * (wanted * np.log(np.clip(star_shares(logits, t), 1e-9, 1))).sum(1)).sum()

    return round(float(min(np.arange(0.3, 4.0, 0.01), key=nll)), 2)


def calibrate_all_stars(
    logits: np.ndarray, wanted: np.ndarray
) -> tuple[float, tuple[float, ...]]:
    """Return the temperature and the bias of each star, with 0 for three, of least negative log
    likelihood of wanted (N, 5), all stars weighted equally (Guo et al. 2017, vector scaling with
    one scale).
    """
    weight = (wanted / np.maximum(wanted.sum(0), 1)).sum(1)
    weight /= weight.sum()

    def nll(v):
        p = star_shares(logits, 1 / v[0], (np.insert(v[1:], 2, 0.0)) / v[0])
        return -(weight * (wanted * np.log(np.clip(p, 1e-9, 1))).sum(1)).sum()

    found = minimize(nll, np.array([0.7, *[0.0] * (STARS - 1)]), method="L-BFGS-B",
                     bounds=[(0.05, 5), *[(-10, 10)] * (STARS - 1)]).x  # fmt: skip
    t = round(1 / found[0], 2)
    return t, tuple(round(float(b * t), 2) for b in np.insert(found[1:], 2, 0.0))


def calibrate_sentiment(
    every: list[np.ndarray], labels: np.ndarray, kinds: list[np.ndarray], m: Moderation
) -> tuple[Moderation, float]:
    """Return the power of the moderation and its temperature of least calibration error, in the
    mean over kinds, (N,) bool each, so that long and short texts count alike. Of powers within
    SLACK of the least error, the largest is chosen.
    """
    found = []
    for power in POWERS:
        own = m._replace(power=float(power))
        logits = np.array([combined(moderated(text, own)) for text in every])

        def error(t):
            p = positive(logits, t)
            return np.mean([calibration_error(p[k], labels[k]) for k in kinds if k.any()])

        t = min(TEMPERATURES, key=error)
        found.append((error(t), own, round(float(t), 2)))
    least = min(e for e, _, _ in found)
    return next(x[1:] for x in reversed(found) if x[0] <= least + SLACK)


def balanced(half: int) -> list[dict]:
    """Return half 0 or 1 of the reviews of balanced stars in DATA as rows, or none if DATA lacks
    them. Calibration uses half 0, measurement half 1 (evaluate.py); neither is trained on.
    """
    path = data_folder() / "eval/marc_en.csv"
    found = labelled_csv(path) if path.exists() else ()
    return [
        {"text": text, "label": label, "stars": given, "set": "balanced"}
        for _, text, _, label, given, _ in found
        if digest(text) % 2 == half
    ]


def calibration_error(p: np.ndarray, labels: np.ndarray, bins: int = 15) -> float:
    """Return the expected calibration error of the confidence in the named label, equal-width
    bins."""
    sure, right = np.maximum(p, 1 - p), (p >= 0.5) == (labels == 1)
    at = np.minimum(((sure - 0.5) * 2 * bins).astype(int), bins - 1)
    return float(
        sum(abs(sure[at == b].mean() - right[at == b].mean()) * (at == b).mean() for b in set(at))
    )


def entry(path: pathlib.Path) -> dict:
    data = path.read_bytes()
    return {"name": path.name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def identify(manifest: dict) -> str:
    """Return the first 12 hex digits of the SHA-256 of the manifest without its id, as canonical
    JSON; api/model computes the same.
    """
    rest = {k: v for k, v in manifest.items() if k != "id"}
    canonical = json.dumps(rest, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def export(source: pathlib.Path, target: pathlib.Path, texts: int):
    if not (source / "config.json").exists():
        raise SystemExit(f"{source} holds no trained model; run train.py first")
    work = WORK / "onnx"
    work.mkdir(parents=True, exist_ok=True)
    config = to_onnx(source, work / "fp32.onnx")
    fuse(work / "fp32.onnx", work / "fused.onnx", config)
    quantize(work / "fused.onnx", work / "int8.onnx")
    (work / "vocab.txt").write_bytes((source / "vocab.txt").read_bytes())

    finish(work, Tokens(source), config.n_layers, target, texts)


def reexport(target: pathlib.Path, texts: int):
    """Export the weights of target again, with new exits, calibration and manifest."""
    work = WORK / "onnx"
    work.mkdir(parents=True, exist_ok=True)
    flat = flatten(onnx.load(target / "model.onnx"))
    onnx.save(flat, work / "int8.onnx")
    (work / "vocab.txt").write_bytes((target / "vocab.txt").read_bytes())
    finish(work, Tokens(target), attention_layers(flat), target, texts)


def finish(work: pathlib.Path, tokens: Tokens, layers: int, target: pathlib.Path, texts: int):
    """Choose exits and calibration of work/int8.onnx, and write the folder target."""
    valid, even = rows("valid"), balanced(0)
    if texts:
        valid, even = valid[:texts], even[:texts]
    s = session(work / "int8.onnx")
    outputs = [o.name for o in s.get_outputs()]
    items = valid + even
    every = run_all(s, tokens, [r["text"] for r in items])
    lengths = [window_lengths(tokens, r["text"]) for r in items]
    labels = np.array([r["label"] for r in items])
    first, film, short, mixed = groups(items)
    even = np.array([r["set"] == "balanced" for r in items])
    wordy = np.array([len(r["text"].split()) >= MANY_WORDS for r in items])
    wanted = np.array([stars(r.get("stars")) for r in items])
    starred = wanted.sum(1) > 0
    if (starred & even).any():
        starred &= even
    of = ~even  # exits are chosen on the validation split
    means = np.array([np.array([combined(o) for o in t.swapaxes(0, 1)]) for t in every])
    count = len(outputs)
    temperatures = [calibrate(means[mixed & of, i], labels[mixed & of]) for i in range(count)]
    of_stars = [calibrate_stars(means[starred, i], wanted[starred]) for i in range(count)]
    scales, bounds = choose_exits(
        [t for t, own in zip(every, of) if own], [n for n, own in zip(lengths, of) if own],
        outputs, temperatures, of_stars, labels[of],
        [group[of] for group in (first, film, short, first & wordy)], layers,
    )  # fmt: skip
    chosen, depths = early_exit(every, lengths, outputs, scales, bounds)
    t, bias = calibrate_all_stars(
        np.array([combined(x) for x in chosen])[starred], wanted[starred]
    )
    moderation, temperature = calibrate_sentiment(
        chosen, labels, [first, short, even & (labels != HALF)], Moderation(t, bias)
    )
    print(f"moderation by the power {moderation.power:g}")
    fast = None
    if scales:
        left = np.concatenate([d for d, whole in zip(depths, first) if whole]) > 0
        fast = {
            "layers": list(scales),
            "margins": {"short": round(bounds.short, 4), "long": round(bounds.long, 4),
                        "from": LONG, "band": BAND},
            "windows_percent": round(100 * float(left.mean()), 1),
        }
    onnx.save(
        cascade(onnx.load(work / "int8.onnx"), scales, bounds, moderation), work / "model.onnx"
    )
    p = positive(np.array([combined(moderated(x, moderation)) for x in chosen]), temperature)
    manifest = describe(
        work, tokens, temperature, moderation, fast, accuracy(p, labels, first, film)
    )
    target.mkdir(parents=True, exist_ok=True)
    old = [target / "manifest.json", target / "model.onnx"]
    if all(path.exists() for path in old):
        manifest = with_aspects(manifest, json.loads(old[0].read_text()), old[1].read_bytes(),
                                (work / "model.onnx").read_bytes())  # fmt: skip
    for name in ("model.onnx", "vocab.txt"):
        write(target / name, (work / name).read_bytes())
    write_manifest(target, manifest)


def with_aspects(manifest: dict, old: dict, before: bytes, after: bytes) -> dict:
    """Return the manifest with the aspect model of the old one, if the ranges of bytes that it
    shares with the graph are in the new graph, too.
    """
    aspects = old.get("aspects")
    if aspects is None:
        return manifest
    ranges = [[after.find(before[at : at + n]), n] for at, n in aspects.get("shared", [])]
    if any(at < 0 for at, _ in ranges):
        print("the aspect model is left out: its word embeddings are others; run aspects/export.py")
        return manifest
    files = [f for f in old["files"] if f["name"] == aspects["file"]]
    manifest = manifest | {
        "files": manifest["files"] + files,
        "aspects": aspects | ({"shared": ranges} if ranges else {}),
    }
    return manifest | {"id": identify(manifest)}


def groups(items: list[dict]):
    """Return which rows are whole product reviews, film phrases, other short texts, and rows for
    fitting temperatures, (N,) bool each.
    """
    sets, sure = np.array([r["set"] for r in items]), np.array([r["label"] != HALF for r in items])
    film = sets == "sst2"
    return (
        np.isin(sets, PRODUCT_SETS) & sure,
        film,
        np.isin(sets, ("title", "cut", "pros_cons")),
        ~film & sure,
    )


def accuracy(p, labels, product, film) -> dict:
    """Return the manifest's figures of probabilities p, (N,)."""
    right = (p >= 0.5) == (labels == 1)
    return {
        "reviews": int(product.sum()),
        "percent": round(100 * float(right[product].mean()), 2),
        "film_phrases_percent": round(100 * float(right[film].mean()), 2) if film.any() else None,
        "calibration_error": round(100 * calibration_error(p[product], labels[product]), 2),
    }


def describe(
    folder: pathlib.Path,
    tokens: Tokens,
    temperature: float,
    of_stars: Moderation,
    fast: dict | None,
    measured: dict,
) -> dict:
    """Return the manifest of model.onnx and vocab.txt in folder."""
    files = [entry(folder / "model.onnx"), entry(folder / "vocab.txt")]
    golden = positive(score_all(session(folder / "model.onnx"), tokens, TEXTS), temperature)
    manifest = {
        "schema": 2,
        "id": "",
        "kind": "cascade" if fast else "single",
        "files": files,
        "labels": LABELS,
        "inputs": {"dtype": DTYPE},
        "tokenizer": {
            "file": "vocab.txt",
            "sha256": files[1]["sha256"],
            "lowercase": True,
            "emoji": "names",
        },
        "join": JOIN,
        "window": WINDOW,
        "temperature": temperature,
        "unsure": UNSURE,
        "stars": {"temperature": of_stars.temperature, "bias": list(of_stars.bias)},
        **({"fast": fast} if fast else {}),
        "golden": [{"text": t, "positive": round(float(g), 6)} for t, g in zip(TEXTS, golden)],
        "accuracy": measured,
    }
    assert math.isfinite(temperature)
    return manifest | {"id": identify(manifest)}


def write(path: pathlib.Path, data: bytes):
    scratch = path.with_name(path.name + ".part")
    scratch.write_bytes(data)
    scratch.replace(path)


def write_manifest(target: pathlib.Path, m: dict):
    write(target / "manifest.json", (json.dumps(m, ensure_ascii=False, indent=1) + "\n").encode())
    print(
        f"model {m['id']}: {m['files'][0]['bytes'] / 1e6:.1f} MB, temperature {m['temperature']}, "
        f"{m['accuracy']}, early {m.get('fast')}"
    )


if __name__ == "__main__":
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--source", type=pathlib.Path, default=WORK / "model")
    p.add_argument("--target", type=pathlib.Path, default=ROOT / "api/model/default")
    p.add_argument(
        "--texts", type=int, default=0, help="validation texts to use (for a quick test); 0 is all"
    )
    p.add_argument("--again", action="store_true", help="keep the weights of the target")
    a = p.parse_args()
    if a.again:
        reexport(a.target, a.texts)
    else:
        export(a.source, a.target, a.texts)
