"""Turn WORK/model (torch) into the folder that the product serves: ONNX, fused, int8, calibrated,
with its manifest.

    build/model/.venv/bin/python build/model/export.py
    build/model/.venv/bin/python build/model/export.py --again   # the graph stays; windows, golden scores and accuracy are measured anew

Stages, each kept in WORK/onnx for check.py: fp32.onnx (opset 17; the full model's logits and those
of each exit), fused.onnx (ONNX Runtime's transformer fusions: 1 EmbedLayerNorm, 12 Attention, 12
BiasGelu, 24 SkipLayerNorm), int8.onnx (dynamic int8, per channel, 7-bit weights), model.onnx (the
same, leaving at an exit where that is sure: exits.cascade). Whole reviews of the validation split,
run as the product runs them, choose the temperatures and how sure an exit must be; the golden texts
get their scores; and the folder api/model/default is written file by file, the manifest last.
"""

import argparse
import concurrent.futures
import hashlib
import json
import math
import pathlib
import tempfile
import warnings

import numpy as np
import onnx
import onnxruntime as ort
import torch

from exits import STARS, cascade
from golden import TEXTS
from prepare import HALF
from tokens import Tokens
from train import ROOT, WORK, Judge, load, rows, stars

OPSET = 17
DTYPE = (
    "int32"  # of input_ids and attention_mask: what the fused EmbedLayerNorm takes without a cast
)
WINDOW = {"size": 256, "max": 32, "combine": "mean"}
JOIN = "{title}. {text}"
UNSURE = [0.4, 0.6]
# layers after which a text may leave: of these sets the one that costs least
EXITS = ((), (4,), (3, 5), (4, 6), (3, 5, 8), (4, 5, 6))
EXIT_COST = 0.15  # of an exit, in layers
MAX_ACCURACY_DROP = 0.2  # points of validation accuracy that leaving early may cost
EXIT_THRESHOLDS = [x / 1000 for x in range(700, 1000, 5)]  # probabilities tried as the threshold
LABELS = ["negative", "positive"]
PARTIAL = ("sst2", "cut", "title", "pros_cons", "emoji")  # sets that are no whole reviews
FIRST = ("dsc24", "hatn5")  # the product reviews that every model of ours was measured on


class Graph(torch.nn.Module):
    """int32 in; out come two logits of the sentiment and five of the stars, by the full model, then
    by the exits.
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
    """One window, unpadded, alone: (outputs, 7) or, of a served graph, (1, 7) logits. Dynamic int8
    takes one scale for all of a Run.
    """
    ids = np.array([window], dtype=DTYPE)
    out = s.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
    return np.concatenate(out, axis=1 if len(out) == 2 and out[1].shape[1] == STARS else 0)


def run_all(s, tokens: Tokens, texts, window=WINDOW) -> list[np.ndarray]:
    """Logits of each text, (windows, outputs, 7), on two streams."""

    def one(text):
        return np.array(
            [run(s, w) for w in tokens.windows(text, window["size"], window["max"])], np.float64
        )

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, texts))


def score_all(s, tokens: Tokens, texts, window=WINDOW) -> np.ndarray:
    """Mean logits of each text by the first output, (N, 7)."""
    return np.array([text[:, 0].mean(axis=0) for text in run_all(s, tokens, texts, window)])


def early_exit(
    texts: list[np.ndarray],
    outputs: list[str],
    scales: dict[int, tuple[float, float]],
    margin: float,
):
    """What exits.cascade does, from the logits of all outputs: mean logits (N, 7) and layers run of
    each window.
    """
    means, layers = [], []
    for text in texts:
        chosen, depth = text[:, 0].copy(), np.full(len(text), 0)
        for layer in sorted(scales):
            sentiment, of_stars = scales[layer]
            own = text[:, outputs.index(f"exit{layer}")] * ([sentiment] * 2 + [of_stars] * STARS)
            out = (depth == 0) & (np.abs(own[:, 1] - own[:, 0]) >= margin)
            chosen[out], depth[out] = own[out], layer
        means.append(chosen.mean(axis=0))
        layers.append(depth)
    return np.array(means), layers  # 0 layers: all of them


def logit(p: float) -> float:
    return math.log(p / (1 - p))


def threshold(texts, outputs, scales, temperature, labels, groups) -> float:
    """The least probability from which on leaving early costs no more than MAX_ACCURACY_DROP points:
    the first of the groups, (N,) bool each, and all of them on average.
    """
    full = np.array([text[:, 0].mean(axis=0) for text in texts])

    def accuracy(means):
        right = (means[:, 1] >= means[:, 0]) == (labels == 1)
        each = [100 * right[g].mean() for g in groups if g.any()]
        return np.array([each[0], np.mean(each)])

    best, want = EXIT_THRESHOLDS[-1], accuracy(full) - MAX_ACCURACY_DROP
    for sure in reversed(EXIT_THRESHOLDS):
        means, _ = early_exit(texts, outputs, scales, temperature * logit(sure))
        if (accuracy(means) < want).any():
            break
        best = sure
    return best


def choose_exits(every, outputs, temperatures, of_stars, labels, known, layers: int):
    """(scales, threshold, mean logits (N, 7), depths) of the set of EXITS that costs least, in
    layers a token, at its own threshold; scales are those of exits.cascade.
    """
    best = None
    for chosen in EXITS:
        at = {n: outputs.index(f"exit{n}") for n in chosen if f"exit{n}" in outputs}
        if len(at) < len(chosen):
            continue
        scales = {
            n: (temperatures[0] / temperatures[i], of_stars[0] / of_stars[i]) for n, i in at.items()
        }
        sure = threshold(every, outputs, scales, temperatures[0], labels, known) if scales else 1.0
        margin = temperatures[0] * logit(sure) if scales else math.inf
        means, depths = early_exit(every, outputs, scales, margin)
        run = np.concatenate(depths)
        passed = sum(np.where((run == 0) | (run >= n), EXIT_COST, 0) for n in chosen)
        cost = float(np.mean(np.where(run == 0, layers, run) + passed))
        print(f"exits {chosen}: where {sure:g} sure, {cost:.2f} layers")
        if best is None or cost < best[0]:
            best = cost, (scales, sure, means, depths)
    return best[1]


def positive(logits: np.ndarray, temperature: float) -> np.ndarray:
    return 1 / (1 + np.exp(-(logits[:, 1] - logits[:, 0]) / temperature))


def calibrate(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature of least negative log likelihood (Guo et al. 2017), to two decimals."""

    def nll(t):
        p = np.clip(positive(logits, t), 1e-9, 1 - 1e-9)
        return -np.mean(np.where(labels == 1, np.log(p), np.log(1 - p)))

    return round(float(min(np.arange(0.3, 4.0, 0.01), key=nll)), 2)


def star_shares(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities of one to five stars, (N, 5), from logits (N, 7)."""
    z = logits[:, 2:] / temperature
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def calibrate_stars(logits: np.ndarray, wanted: np.ndarray) -> float:
    """The temperature of least negative log likelihood of wanted (N, 5), every star weighing the
    same.
    """
    weight = (wanted / np.maximum(wanted.sum(0), 1)).sum(1)

    def nll(t):
        return -(weight * (wanted * np.log(np.clip(star_shares(logits, t), 1e-9, 1))).sum(1)).sum()

    return round(float(min(np.arange(0.3, 4.0, 0.01), key=nll)), 2)


def calibration_error(p: np.ndarray, labels: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error of the confidence in the named label, equal-width bins."""
    sure, right = np.maximum(p, 1 - p), (p >= 0.5) == (labels == 1)
    at = np.minimum(((sure - 0.5) * 2 * bins).astype(int), bins - 1)
    return float(
        sum(abs(sure[at == b].mean() - right[at == b].mean()) * (at == b).mean() for b in set(at))
    )


def entry(path: pathlib.Path) -> dict:
    data = path.read_bytes()
    return {"name": path.name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def identify(manifest: dict) -> str:
    """First 12 hex digits of the SHA-256 of the manifest without its id, as canonical JSON;
    api/model computes the same.
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

    tokens = Tokens(source)
    valid = rows("valid")[:texts] if texts else rows("valid")
    labels = np.array([r["label"] for r in valid])
    s = session(work / "int8.onnx")
    outputs = [o.name for o in s.get_outputs()]
    every = run_all(s, tokens, [r["text"] for r in valid])
    means = np.array([text.mean(axis=0) for text in every])  # (N, outputs, 7)
    np.savez(WORK / "valid-int8.npz", logits=means, labels=labels)
    first, film, short, mixed = groups(valid)
    wanted = np.array([stars(r.get("stars")) for r in valid])
    starred = wanted.sum(1) > 0
    temperatures = [calibrate(means[mixed, i], labels[mixed]) for i in range(len(outputs))]
    of_stars = [calibrate_stars(means[starred, i], wanted[starred]) for i in range(len(outputs))]
    temperature, fast = temperatures[0], None
    scales, sure, logits, layers = choose_exits(
        every, outputs, temperatures, of_stars, labels, (first, film, short), config.n_layers
    )
    graph = onnx.load(work / "int8.onnx")
    if scales:
        left = np.concatenate([d for d, whole in zip(layers, first) if whole]) > 0
        fast = {
            "layers": list(scales),
            "threshold": sure,
            "windows_percent": round(100 * float(left.mean()), 1),
        }
    onnx.save(
        cascade(graph, scales, temperature * logit(sure) if scales else 0.0), work / "model.onnx"
    )
    measured = accuracy(positive(logits, temperature), labels, first, film)
    manifest = describe(work, tokens, temperature, of_stars[0], fast, measured)
    target.mkdir(parents=True, exist_ok=True)
    for name in ("model.onnx", "vocab.txt"):
        write(target / name, (work / name).read_bytes())
    write_manifest(target, manifest)


def groups(valid: list[dict]):
    """Which rows are whole product reviews, film phrases, other short texts, and what temperatures
    are fit on, (N,) bool each.
    """
    sets, sure = np.array([r["set"] for r in valid]), np.array([r["label"] != HALF for r in valid])
    film = sets == "sst2"
    return (
        np.isin(sets, FIRST) & sure,
        film,
        np.isin(sets, ("title", "cut", "pros_cons")),
        ~film & sure,
    )


def redescribe(target: pathlib.Path, texts: int):
    """A new manifest for the graph in target, whose temperature and exits stay."""
    old, tokens = json.loads((target / "manifest.json").read_text()), Tokens(target)
    valid = rows("valid")[:texts] if texts else rows("valid")
    labels = np.array([r["label"] for r in valid])
    product, film, _, mixed = groups(valid)
    with tempfile.TemporaryDirectory() as scratch:
        path, fast = pathlib.Path(scratch) / "model.onnx", old.get("fast")
        model = onnx.load(target / "model.onnx")
        choices = [
            node.input[0] for node in model.graph.node if node.op_type == "If"
        ]  # whether to go on after the first exit
        model.graph.output.extend(
            onnx.helper.make_tensor_value_info(c, onnx.TensorProto.BOOL, None) for c in choices
        )
        onnx.save(model, path)
        s = session(path)

        def one(text):
            every = []
            for window in tokens.windows(text, WINDOW["size"], WINDOW["max"]):
                ids = np.array([window], dtype=DTYPE)
                every.append(s.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)}))
            return np.mean([x[0][0] for x in every], axis=0, dtype=np.float64), [
                not np.any(x[1]) for x in every if choices
            ]

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            found = list(pool.map(one, [r["text"] for r in valid]))
    logits = np.array([x for x, _ in found])
    print(
        f"temperature {old['temperature']} stays; of these windows it would be "
        f"{calibrate(logits[mixed], labels[mixed])}"
    )
    if fast:
        left = np.concatenate([d for (_, d), is_product in zip(found, product) if is_product])
        fast = fast | {"windows_percent": round(100 * float(left.mean()), 1)}
    write_manifest(
        target,
        describe(
            target,
            tokens,
            old["temperature"],
            old["stars"]["temperature"],
            fast,
            accuracy(positive(logits, old["temperature"]), labels, product, film),
        ),
    )


def accuracy(p, labels, product, film) -> dict:
    """What the manifest says of probabilities p, (N,)."""
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
    of_stars: float,
    fast: dict | None,
    measured: dict,
) -> dict:
    """The manifest of model.onnx and vocab.txt in folder."""
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
        "stars": {"temperature": of_stars, "bias": [0.0] * STARS},
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
    p.add_argument("--again", action="store_true", help="describe the graph in the target anew")
    a = p.parse_args()
    if a.again:
        redescribe(a.target, a.texts)
    else:
        export(a.source, a.target, a.texts)
