"""Write the files that transformers.js loads in `make bench-device`: files.py FOLDER

    FOLDER/served      the page's model, with its exits, in the format of Hugging Face's libraries
    FOLDER/distilbert  DistilBERT-base, 6 layers of 768, with random weights in int8: as slow as
                       the default model of transformers.js (no registry has it)

onnx/model_quantized.onnx is the name under which transformers.js looks for int8.
"""

import pathlib
import shutil
import sys

import onnx

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "build/bench/serving"))
sys.path.insert(0, str(ROOT / "build/model"))
import random_bert
from files import DEFAULT, hugging_face, one_output


def main(folder: pathlib.Path):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    hugging_face(one_output(onnx.load(DEFAULT / "model.onnx")), folder / "served")
    own = folder / "distilbert"
    random_bert.main(own, base=True, int8=True, other="")
    (own / "onnx").mkdir()
    (own / "onnx/model_quantized.onnx").symlink_to("../model.onnx")
    for name in ("tokenizer.json", "tokenizer_config.json"):  # the same vocabulary
        shutil.copy(folder / "served" / name, own)
    (folder / "made").touch()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: files.py FOLDER")
    main(pathlib.Path(sys.argv[1]))
