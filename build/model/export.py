"""Turn WORK/model (torch) into the folder that the product serves: ONNX, fused, int8, calibrated, with its manifest.

    build/model/.venv/bin/python build/model/export.py

Stages, each kept in WORK/onnx for check.py: fp32.onnx (opset 17), fused.onnx (ONNX Runtime's transformer
fusions: 1 EmbedLayerNorm, 6 Attention, 6 BiasGelu, 12 SkipLayerNorm), model.onnx (dynamic int8, per channel, 7-bit
weights). Then whole reviews of the validation split, run as the product runs them, choose the temperature; the golden texts get their
scores; and the folder api/model/default is written file by file, the manifest last.
"""

import argparse
import concurrent.futures
import hashlib
import json
import math
import pathlib
import warnings

import numpy as np
import onnxruntime as ort
import torch
from transformers import DistilBertForSequenceClassification

from golden import TEXTS
from tokens import Tokens
from train import ROOT, WORK, rows

OPSET = 17
DTYPE = "int32"  # of input_ids and attention_mask: what the fused EmbedLayerNorm takes without a cast
WINDOW = {"size": 256, "stride": 192, "max": 32, "combine": "mean"}
JOIN = "{title}. {text}"
UNSURE = [0.4, 0.6]
LABELS = ["negative", "positive"]
PARTIAL = ("sst2", "cut", "title")  # sets that are no whole product reviews: they do not choose the temperature


class Graph(torch.nn.Module):
    """int32 in, logits out."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask):  # (B, T), (B, T) -> (B, 2)
        return self.model(input_ids=input_ids.long(), attention_mask=attention_mask.long()).logits


def to_onnx(folder: pathlib.Path, out: pathlib.Path):
    model = DistilBertForSequenceClassification.from_pretrained(folder, attn_implementation="eager").eval()
    ids = torch.ones((2, 8), dtype=torch.int32)
    axes = {"input_ids": {0: "batch", 1: "length"}, "attention_mask": {0: "batch", 1: "length"}, "logits": {0: "batch"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Graph(model),
            (ids, torch.ones_like(ids)),
            str(out),
            input_names=["input_ids", "attention_mask"],
            output_names=["logits"],
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
    import onnx
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
    """One window, unpadded, alone: (2,) logits. Dynamic int8 takes one scale for all of a Run."""
    ids = np.array([window], dtype=DTYPE)
    return s.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0]


def score_all(s, tokens: Tokens, texts, window=WINDOW) -> np.ndarray:
    """Mean logits of each text, (N, 2), on two streams."""

    def one(text):
        cut = tokens.windows(text, window["size"], window["stride"], window["max"])
        return np.mean([run(s, w) for w in cut], axis=0, dtype=np.float64)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return np.array(list(pool.map(one, texts)))


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
    quantize(work / "fused.onnx", work / "model.onnx")
    (work / "vocab.txt").write_bytes((source / "vocab.txt").read_bytes())

    tokens = Tokens(source)
    valid = rows("valid")[:texts] if texts else rows("valid")
    labels = np.array([r["label"] for r in valid])
    s = session(work / "model.onnx")
    logits = score_all(s, tokens, [r["text"] for r in valid])
    np.savez(WORK / "valid-int8.npz", logits=logits, labels=labels)
    sets = np.array([r["set"] for r in valid])
    product, film = ~np.isin(sets, PARTIAL), sets == "sst2"
    temperature = calibrate(logits[product], labels[product])
    p = positive(logits, temperature)
    right = (p >= 0.5) == (labels == 1)
    accuracy = {
        "reviews": int(product.sum()),
        "percent": round(100 * float(right[product].mean()), 2),
        "film_phrases_percent": round(100 * float(right[film].mean()), 2) if film.any() else None,
        "calibration_error": round(100 * calibration_error(p[product], labels[product]), 2),
    }
    files = [entry(work / "model.onnx"), entry(work / "vocab.txt")]
    golden = positive(score_all(s, tokens, TEXTS), temperature)
    manifest = {
        "schema": 1,
        "id": "",
        "kind": "single",
        "files": files,
        "labels": LABELS,
        "inputs": {"dtype": DTYPE},
        "tokenizer": {"file": "vocab.txt", "sha256": files[1]["sha256"], "lowercase": True},
        "join": JOIN,
        "window": WINDOW,
        "temperature": temperature,
        "unsure": UNSURE,
        "golden": [{"text": t, "positive": round(float(g), 6)} for t, g in zip(TEXTS, golden)],
        "accuracy": accuracy,
    }
    assert math.isfinite(temperature)
    manifest["id"] = identify(manifest)

    target.mkdir(parents=True, exist_ok=True)
    for name, data in (
        ("model.onnx", (work / "model.onnx").read_bytes()),
        ("vocab.txt", (work / "vocab.txt").read_bytes()),
        ("manifest.json", (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode()),
    ):
        scratch = target / (name + ".part")
        scratch.write_bytes(data)
        scratch.replace(target / name)
    print(f"model {manifest['id']}: {files[0]['bytes'] / 1e6:.1f} MB, temperature {temperature}, {accuracy}")


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--source", type=pathlib.Path, default=WORK / "model")
    p.add_argument("--target", type=pathlib.Path, default=ROOT / "api/model/default")
    p.add_argument("--texts", type=int, default=0, help="validation texts to use (for a quick test); 0 is all")
    a = p.parse_args()
    export(a.source, a.target, a.texts)
