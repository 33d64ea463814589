"""The tagger that was tried before this folder was written, to measure the served one against.

    DATA=folder build/model/.venv/bin/python build/model/aspects/trial.py      # WORK/aspects/trial

It is the lowest three layers of the sentiment model that was served then (6 layers), their int8
weights as numbers again, tuned for five epochs on the marked sentences as they stand: nothing
masked or joined, no mams, one rate for all layers. The graph is taken from the history of the
repository.
"""

import argparse
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from aspects import train  # before torch: it configures how torch's threads wait

import numpy as np
import onnx
import torch
from transformers import DistilBertConfig, DistilBertModel

from aspects.tagger import HERE
from tokens import ROOT, Tokens

COMMIT = "70883b0"  # the last one that changed the model of 6 layers
PATH = "api/model/default/model.onnx"
LAYERS, HEADS = 3, 12
EPOCHS, LR = 5, 1e-4
PARTS = ("q_lin", "k_lin", "v_lin")  # of an Attention's weights, in order
MATRIX = re.compile(r"layer\.(\d+)/(attention/out_lin|ffn/lin1|ffn/lin2)/MatMul")


def body(graph: bytes, layers: int) -> DistilBertModel:
    """Return the lowest layers of a fused int8 graph of export.py."""
    model = onnx.load_from_string(graph).graph
    tensors = {t.name: onnx.numpy_helper.to_array(t) for t in model.initializer}

    def real(name: str) -> np.ndarray:
        """Return a quantized tensor as floats."""
        zero, scale = tensors[name + "_zero_point"], tensors[name + "_scale"]
        return (tensors[name + "_quantized"].astype(np.float32) - zero) * scale

    found, attention = {}, 0
    for node in model.node:
        if node.op_type == "QEmbedLayerNormalization":
            for i in (2, 3, 5, 6):
                name = node.input[i].removesuffix("_quantized")
                found["embeddings." + name.split("embeddings.", 1)[1]] = real(name)
        elif node.op_type == "QAttention" and attention < layers:
            weight, bias = real(node.input[1].removesuffix("_quantized")), tensors[node.input[2]]
            for part, w, b in zip(PARTS, np.split(weight, 3, 1), np.split(bias, 3)):
                place = f"transformer.layer.{attention}.attention.{part}."
                found[place + "weight"], found[place + "bias"] = w.T, b
            attention += 1
        elif node.op_type == "MatMulInteger" and (at := MATRIX.search(node.output[0])):
            place = f"transformer.layer.{at[1]}.{at[2].replace('/', '.')}.weight"
            found[place] = real(node.input[1].removesuffix("_quantized")).T
    for name, value in tensors.items():
        if (at := re.search(r"transformer\.layer\..*(bias|layer_norm\.weight)$", name)) is not None:
            found[at[0]] = value
    config = DistilBertConfig(
        vocab_size=len(found["embeddings.word_embeddings.weight"]),
        max_position_embeddings=len(found["embeddings.position_embeddings.weight"]),
        dim=found["embeddings.word_embeddings.weight"].shape[1],
        hidden_dim=len(found["transformer.layer.0.ffn.lin1.weight"]),
        n_layers=layers,
        n_heads=HEADS,
    )
    out = DistilBertModel(config)
    wanted = out.state_dict()
    out.load_state_dict({k: torch.tensor(np.ascontiguousarray(found[k])) for k in wanted})
    return out


def main(seed: int):
    found = subprocess.run(
        ["git", "show", f"{COMMIT}:{PATH}"], cwd=ROOT, capture_output=True, check=False
    )
    if found.returncode:
        raise SystemExit(
            f"{COMMIT}:{PATH} is not in this clone, which has no full history: "
            f"git fetch --unshallow. {found.stderr.decode().strip()}"
        )
    base = HERE / "trial-base"
    base.mkdir(parents=True, exist_ok=True)
    body(found.stdout, LAYERS).save_pretrained(base)
    Tokens().save(base)
    train.train(
        train.arguments(
            f"served --base {base} --layers 0 1 2 --width 1536 --teacher none --plain "
            f"--epochs {EPOCHS} --rounded 0 --rate {LR} --decay 1 --seed {seed} "
            f"--out {HERE / 'trial'}".split()
        )
    )


if __name__ == "__main__":
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--seed", type=int, default=1)
    main(p.parse_args().seed)
