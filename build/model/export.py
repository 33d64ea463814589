"""Turn WORK/model (torch) into the folder that the product serves: ONNX, fused, int8, calibrated, with its manifest.

    build/model/.venv/bin/python build/model/export.py
    build/model/.venv/bin/python build/model/export.py --again   # the graph stays; windows, golden scores and accuracy are measured anew

Stages, each kept in WORK/onnx for check.py: fp32.onnx (opset 17; the full model's logits and those of each exit),
fused.onnx (ONNX Runtime's transformer fusions: 1 EmbedLayerNorm, 6 Attention, 6 BiasGelu, 12 SkipLayerNorm), int8.onnx
(dynamic int8, per channel, 7-bit weights), model.onnx (the same, leaving at an exit where that is sure: exits.cascade).
Whole reviews of the validation split, run as the product runs them, choose the temperatures and how sure an exit must
be; the golden texts get their scores; and the folder api/model/default is written file by file, the manifest last.
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
from transformers import DistilBertForSequenceClassification

from exits import Exits, cascade
from golden import TEXTS
from tokens import Tokens
from train import ROOT, WORK, rows

OPSET = 17
DTYPE = "int32"  # of input_ids and attention_mask: what the fused EmbedLayerNorm takes without a cast
WINDOW = {"size": 256, "max": 32, "combine": "mean"}
JOIN = "{title}. {text}"
UNSURE = [0.4, 0.6]
EXITS = (3,)  # layers after which a text may leave; chosen from the curve of `evaluate.py --exits`
MAX_ACCURACY_DROP = 0.1  # points of validation accuracy that leaving early may cost
EXIT_THRESHOLDS = [x / 1000 for x in range(700, 1000, 5)]  # probabilities tried as the threshold
LABELS = ["negative", "positive"]
PARTIAL = ("sst2", "cut", "title")  # sets that are no whole product reviews: they do not choose the temperature


class Graph(torch.nn.Module):
    """int32 in, logits out: the full model's, then those of the exits."""

    def __init__(self, model, exits):
        super().__init__()
        self.model, self.exits = model, exits

    def forward(self, input_ids, attention_mask):  # (B, T), (B, T) -> (B, 2) each
        answer = self.model(input_ids=input_ids.long(), attention_mask=attention_mask.long(), output_hidden_states=True)
        heads = self.exits.heads.items()
        return answer.logits, *(head(answer.hidden_states[int(name)], attention_mask) for name, head in heads)


def trained(folder: pathlib.Path):
    """The model and its exits, those that train.py left."""
    model = DistilBertForSequenceClassification.from_pretrained(folder, attn_implementation="eager").eval()
    exits = Exits(model.config.dim, model.config.n_layers).eval()
    if (folder / "exits.pt").exists():
        exits.load_state_dict(torch.load(folder / "exits.pt", map_location="cpu"))
    else:  # a model from elsewhere
        exits.heads.clear()
    return model, exits


def to_onnx(folder: pathlib.Path, out: pathlib.Path):
    model, exits = trained(folder)
    ids = torch.ones((2, 8), dtype=torch.int32)
    outputs = ["logits", *(f"exit{name}" for name in exits.heads)]
    axes = {name: {0: "batch", 1: "length"} for name in ("input_ids", "attention_mask")} | {name: {0: "batch"} for name in outputs}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Graph(model, exits),
            (ids, torch.ones_like(ids)),
            str(out),
            input_names=["input_ids", "attention_mask"],
            output_names=outputs,
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
    return model.config


def fuse(source: pathlib.Path, out: pathlib.Path, config):
    from onnxruntime.transformers import optimizer
    from onnxruntime.transformers.fusion_options import FusionOptions

    options = FusionOptions("bert")
    fused = optimizer.optimize_model(
        str(source), model_type="bert", num_heads=config.n_heads, hidden_size=config.dim, optimization_options=options
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
    """One window, unpadded, alone: (outputs, 2) logits. Dynamic int8 takes one scale for all of a Run."""
    ids = np.array([window], dtype=DTYPE)
    return np.concatenate(s.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)}))


def run_all(s, tokens: Tokens, texts, window=WINDOW) -> list[np.ndarray]:
    """Logits of each text, (windows, outputs, 2), on two streams."""

    def one(text):
        return np.array([run(s, w) for w in tokens.windows(text, window["size"], window["max"])], np.float64)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, texts))


def score_all(s, tokens: Tokens, texts, window=WINDOW) -> np.ndarray:
    """Mean logits of each text by the first output, (N, 2)."""
    return np.array([text[:, 0].mean(axis=0) for text in run_all(s, tokens, texts, window)])


def early_exit(texts: list[np.ndarray], outputs: list[str], scales: dict[int, float], margin: float):
    """What exits.cascade does, from the logits of all outputs: mean logits (N, 2) and layers run of each window."""
    means, layers = [], []
    for text in texts:
        chosen, depth = text[:, 0].copy(), np.full(len(text), 0)
        for layer in sorted(scales):
            own = text[:, outputs.index(f"exit{layer}")] * scales[layer]
            out = (depth == 0) & (np.abs(own[:, 1] - own[:, 0]) >= margin)
            chosen[out], depth[out] = own[out], layer
        means.append(chosen.mean(axis=0))
        layers.append(depth)
    return np.array(means), layers  # 0 layers: all of them


def logit(p: float) -> float:
    return math.log(p / (1 - p))


def threshold(texts, outputs, scales, temperature, labels, groups) -> float:
    """The least probability from which on leaving early costs none of the groups, (N,) bool each, more than MAX_ACCURACY_DROP points."""
    full = np.array([text[:, 0].mean(axis=0) for text in texts])

    def accuracy(means):
        right = (means[:, 1] >= means[:, 0]) == (labels == 1)
        return np.array([100 * right[g].mean() for g in groups if g.any()])

    best, want = EXIT_THRESHOLDS[-1], accuracy(full) - MAX_ACCURACY_DROP
    for sure in reversed(EXIT_THRESHOLDS):
        means, _ = early_exit(texts, outputs, scales, temperature * logit(sure))
        if (accuracy(means) < want).any():
            break
        best = sure
    return best


def positive(logits: np.ndarray, temperature: float) -> np.ndarray:
    return 1 / (1 + np.exp(-(logits[:, 1] - logits[:, 0]) / temperature))


def calibrate(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature of least negative log likelihood (Guo et al. 2017), to two decimals."""

    def nll(t):
        p = np.clip(positive(logits, t), 1e-9, 1 - 1e-9)
        return -np.mean(np.where(labels == 1, np.log(p), np.log(1 - p)))

    return round(float(min(np.arange(0.3, 4.0, 0.01), key=nll)), 2)


def calibration_error(p: np.ndarray, labels: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error of the confidence in the named label, equal-width bins."""
    sure, right = np.maximum(p, 1 - p), (p >= 0.5) == (labels == 1)
    at = np.minimum(((sure - 0.5) * 2 * bins).astype(int), bins - 1)
    return float(sum(abs(sure[at == b].mean() - right[at == b].mean()) * (at == b).mean() for b in set(at)))


def entry(path: pathlib.Path) -> dict:
    data = path.read_bytes()
    return {"name": path.name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def identify(manifest: dict) -> str:
    """First 12 hex digits of the SHA-256 of the manifest without its id, as canonical JSON; api/model computes the same."""
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
    sets = np.array([r["set"] for r in valid])
    product, film = ~np.isin(sets, PARTIAL), sets == "sst2"
    means = np.array([text.mean(axis=0) for text in every])  # (N, outputs, 2)
    temperatures = [calibrate(means[product, i], labels[product]) for i in range(len(outputs))]
    temperature, fast, logits = temperatures[0], None, means[:, 0]
    scales = {n: temperature / temperatures[outputs.index(f"exit{n}")] for n in EXITS if f"exit{n}" in outputs}
    graph = onnx.load(work / "int8.onnx")
    if scales:
        sure = threshold(every, outputs, scales, temperature, labels, (product, film))
        logits, layers = early_exit(every, outputs, scales, temperature * logit(sure))
        left = np.concatenate([d for d, is_product in zip(layers, product) if is_product]) > 0
        fast = {"layers": list(scales), "threshold": sure, "windows_percent": round(100 * float(left.mean()), 1)}
    onnx.save(cascade(graph, scales, temperature * logit(sure) if scales else 0.0), work / "model.onnx")
    np.savez(WORK / "valid-int8.npz", logits=logits, labels=labels)
    manifest = describe(work, tokens, temperature, fast, accuracy(positive(logits, temperature), labels, product, film))
    target.mkdir(parents=True, exist_ok=True)
    for name in ("model.onnx", "vocab.txt"):
        write(target / name, (work / name).read_bytes())
    write_manifest(target, manifest)


def redescribe(target: pathlib.Path, texts: int):
    """A new manifest for the graph in target, whose temperature and exits stay."""
    old, tokens = json.loads((target / "manifest.json").read_text()), Tokens(target)
    valid = rows("valid")[:texts] if texts else rows("valid")
    labels, sets = np.array([r["label"] for r in valid]), np.array([r["set"] for r in valid])
    product, film = ~np.isin(sets, PARTIAL), sets == "sst2"
    with tempfile.TemporaryDirectory() as scratch:
        path, fast = pathlib.Path(scratch) / "model.onnx", old.get("fast")
        model = onnx.load(target / "model.onnx")
        choices = [node.input[0] for node in model.graph.node if node.op_type == "If"]  # whether to go on after the first exit
        model.graph.output.extend(onnx.helper.make_tensor_value_info(c, onnx.TensorProto.BOOL, None) for c in choices)
        onnx.save(model, path)
        s = session(path)

        def one(text):
            every = []
            for window in tokens.windows(text, WINDOW["size"], WINDOW["max"]):
                ids = np.array([window], dtype=DTYPE)
                every.append(s.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)}))
            return np.mean([x[0][0] for x in every], axis=0, dtype=np.float64), [not np.any(x[1]) for x in every if choices]

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            found = list(pool.map(one, [r["text"] for r in valid]))
    logits = np.array([x for x, _ in found])
    print(f"temperature {old['temperature']} stays; of these windows it would be {calibrate(logits[product], labels[product])}")
    if fast:
        left = np.concatenate([d for (_, d), is_product in zip(found, product) if is_product])
        fast = fast | {"windows_percent": round(100 * float(left.mean()), 1)}
    write_manifest(target, describe(target, tokens, old["temperature"], fast, accuracy(positive(logits, old["temperature"]), labels, product, film)))


def accuracy(p, labels, product, film) -> dict:
    """What the manifest says of probabilities p, (N,)."""
    right = (p >= 0.5) == (labels == 1)
    return {
        "reviews": int(product.sum()),
        "percent": round(100 * float(right[product].mean()), 2),
        "film_phrases_percent": round(100 * float(right[film].mean()), 2) if film.any() else None,
        "calibration_error": round(100 * calibration_error(p[product], labels[product]), 2),
    }


def describe(folder: pathlib.Path, tokens: Tokens, temperature: float, fast: dict | None, measured: dict) -> dict:
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
        "tokenizer": {"file": "vocab.txt", "sha256": files[1]["sha256"], "lowercase": True},
        "join": JOIN,
        "window": WINDOW,
        "temperature": temperature,
        "unsure": UNSURE,
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
    print(f"model {m['id']}: {m['files'][0]['bytes'] / 1e6:.1f} MB, temperature {m['temperature']}, {m['accuracy']}, early {m.get('fast')}")


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--source", type=pathlib.Path, default=WORK / "model")
    p.add_argument("--target", type=pathlib.Path, default=ROOT / "api/model/default")
    p.add_argument("--texts", type=int, default=0, help="validation texts to use (for a quick test); 0 is all")
    p.add_argument("--again", action="store_true", help="describe the graph in the target anew")
    a = p.parse_args()
    if a.again:
        redescribe(a.target, a.texts)
    else:
        export(a.source, a.target, a.texts)
