"""Convert the served model for the competitors of `make bench-serving`: files.py FOLDER

From api/model/default, the same weights each time:

    FOLDER/served      a link to it: the cascade
    FOLDER/all         the cascade without its exit, always all layers: a model folder of ours
    FOLDER/hf-served   the cascade for Hugging Face's libraries: int64 IDs, config.json,
                       tokenizer.json
    FOLDER/hf-all      the same without the exit, and model.safetensors for torch: the int8 weights
                       as floats

onnx/model_quantized.onnx is the name under which transformers.js looks for int8.
"""

import json
import pathlib
import shutil
import sys

import numpy as np
import onnx
from onnx import numpy_helper

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "build/model"))
from exits import attention_layers, cascade, flatten
from export import entry, identify, positive, score_all, session
from tokens import Tokens

DEFAULT = ROOT / "api/model/default"
LENGTH = 512  # maximum number of positions


def without_exit(model):
    """Return the graph of exits.cascade as one that always runs all layers, without moderation."""
    return one_output(cascade(flatten(model), {}))


def one_output(model):
    """Return the graph with the output logits alone, as competitors expect."""
    other = onnx.ModelProto()
    other.CopyFrom(model)
    del other.graph.output[:]
    other.graph.output.extend(o for o in model.graph.output if o.name == "logits")
    onnx.checker.check_model(other, full_check=False)
    return other


def int64(model):
    """Return the graph with int64 IDs: it casts them, so only the declared type changes."""
    other = onnx.ModelProto()
    other.CopyFrom(model)
    for value in other.graph.input:
        value.type.tensor_type.elem_type = onnx.TensorProto.INT64
    return other


def our_folder(model, out: pathlib.Path):
    out.mkdir()
    onnx.save(model, out / "model.onnx")
    shutil.copy(DEFAULT / "vocab.txt", out)
    m = json.loads((DEFAULT / "manifest.json").read_text())
    m["kind"] = "single"
    for name in ("id", "fast", "accuracy", "stars", "aspects"):
        m.pop(name, None)
    m["files"] = [entry(out / "model.onnx"), entry(out / "vocab.txt")]
    logits = score_all(session(out / "model.onnx"), Tokens(out), [g["text"] for g in m["golden"]], m["window"])
    for golden, p in zip(m["golden"], positive(logits, m["temperature"]), strict=True):
        golden["positive"] = round(float(p), 6)
    (out / "manifest.json").write_text(json.dumps({"id": identify(m), **m}, indent=1, ensure_ascii=False))


def weights(model) -> dict[str, np.ndarray]:
    """Return the state of a DistilBertForSequenceClassification: the graph's int8 weights as
    floats."""
    have = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}

    def floats(name):
        return (have[name + "_quantized"].astype(np.float32) - have[name + "_zero_point"].astype(np.float32)) * have[name + "_scale"]

    def theirs(name):
        name = name.replace("model.body.", "distilbert.").replace("model.top.out.", "classifier.")
        return name.replace("model.top.pre.", "pre_classifier.")

    state = {
        theirs(name): value
        for name, value in have.items()
        if name.startswith("model.") and value.dtype == np.float32 and not name.endswith("_scale")
    }
    for part in ("word_embeddings.weight", "position_embeddings.weight", "LayerNorm.weight", "LayerNorm.bias"):
        state[f"distilbert.embeddings.{part}"] = floats(f"model.body.embeddings.{part}")
    layer = 0
    for node in model.graph.node:
        if node.op_type == "QAttention":
            name = f"distilbert.transformer.layer.{layer}.attention."
            matrices = np.split(floats(node.input[1].removesuffix("_quantized")), 3, axis=1)
            for part, matrix, bias in zip("qkv", matrices, np.split(have[node.input[2]], 3), strict=True):
                state[f"{name}{part}_lin.weight"], state[f"{name}{part}_lin.bias"] = matrix.T, bias
            layer += 1
        elif node.op_type == "MatMulInteger":
            name = node.output[0].removeprefix("/").split("/Gemm")[0].split("/MatMul")[0]
            name = "model.top.out" if name.startswith("all_") else name.replace("/", ".")
            matrix = floats(node.input[1].removesuffix("_quantized"))
            state[theirs(name + ".") + "weight"] = matrix.T
    for part in ("weight", "bias"):
        state[f"classifier.{part}"] = state[f"classifier.{part}"][:2]  # without the stars
    return state


def hugging_face(model, out: pathlib.Path):
    from tokenizers import BertWordPieceTokenizer
    from tokenizers.processors import TemplateProcessing
    from transformers import DistilBertConfig, DistilBertTokenizerFast

    (out / "onnx").mkdir(parents=True)
    onnx.save(int64(model), out / "model.onnx")
    (out / "onnx/model_quantized.onnx").symlink_to("../model.onnx")
    layers = attention_layers(flatten(model))
    embeddings = next(t for t in model.graph.initializer if t.name.endswith("word_embeddings.weight_quantized"))
    config = DistilBertConfig(
        vocab_size=embeddings.dims[0], dim=embeddings.dims[1], hidden_dim=4 * embeddings.dims[1], n_layers=layers, n_heads=12,
        max_position_embeddings=LENGTH, id2label={0: "negative", 1: "positive"}, label2id={"negative": 0, "positive": 1},
        architectures=["DistilBertForSequenceClassification"],
    )  # fmt: skip
    config.save_pretrained(out)
    reference = BertWordPieceTokenizer(str(DEFAULT / "vocab.txt"), lowercase=True)._tokenizer
    at = reference.token_to_id
    reference.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", at("[CLS]")), ("[SEP]", at("[SEP]"))])
    DistilBertTokenizerFast(tokenizer_object=reference, model_max_length=LENGTH).save_pretrained(out)


def torch_weights(model, out: pathlib.Path):
    import torch
    from transformers import AutoConfig, DistilBertForSequenceClassification

    net = DistilBertForSequenceClassification(AutoConfig.from_pretrained(out))
    net.load_state_dict({name: torch.tensor(np.ascontiguousarray(value)) for name, value in weights(model).items()})
    net.save_pretrained(out)


def main(folder: pathlib.Path):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    served = onnx.load(DEFAULT / "model.onnx")
    every = without_exit(served)
    served = one_output(served)
    (folder / "served").symlink_to(DEFAULT)
    our_folder(every, folder / "all")
    hugging_face(served, folder / "hf-served")
    hugging_face(every, folder / "hf-all")
    torch_weights(every, folder / "hf-all")
    for config in folder.glob("hf-*/config.json"):  # hugot does not accept null
        config.write_text(json.dumps({k: v for k, v in json.loads(config.read_text()).items() if v is not None}, indent=1))
    (folder / "made").touch()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: files.py FOLDER")
    main(pathlib.Path(sys.argv[1]))
