"""The reference tokenizer (PyPI tokenizers, the library behind the fast tokenizers of transformers)
and the product's way of cutting a text into windows: what tokenizer/batch does in Go, for training,
checks and golden scores."""

import argparse
import json
import pathlib

from tokenizers import BertWordPieceTokenizer


ROOT = pathlib.Path(__file__).resolve().parents[2]
EMOJI = ROOT / "tokenizer/emoji.txt"  # replacement of each: the vocabulary contains none
VOCAB = ROOT / "api/model/default/vocab.txt"  # of BERT, uncased: that of every base we train from
TONES = range(0x1F3FB, 0x1F400)  # skin tones, which mean nothing for a product


def model_folder(name: str) -> pathlib.Path:
    """Return the path of an exported model's folder; for argparse."""
    folder = pathlib.Path(name)
    if not (folder / "manifest.json").is_file():
        raise argparse.ArgumentTypeError(f"{name} is no model's folder: it has no manifest.json")
    return folder


class Tokens:
    def __init__(self, base: str | None = None):
        self.vocab = pathlib.Path(base) / "vocab.txt" if base else VOCAB
        self.emoji = {}
        manifest = (
            pathlib.Path(base or ".") / "manifest.json"
        )  # that of an exported model says whether it reads them
        if (
            not manifest.exists()
            or json.loads(manifest.read_text())["tokenizer"].get("emoji") == "names"
        ):
            for line in EMOJI.read_text().splitlines():
                point, words = line.split("\t")
                self.emoji[int(point, 16)] = f" {words} "
            self.emoji |= dict.fromkeys(TONES, " ")
        self.reference = BertWordPieceTokenizer(str(self.vocab), lowercase=True)
        self.size = self.reference.get_vocab_size()
        self.cls = self.reference.token_to_id("[CLS]")
        self.sep = self.reference.token_to_id("[SEP]")

    def pieces(self, text: str) -> list[int]:
        """Return token IDs without [CLS] and [SEP]."""
        return self.reference.encode(text.translate(self.emoji), add_special_tokens=False).ids

    def window(self, pieces: list[int]) -> list[int]:
        return [self.cls, *pieces, self.sep]

    def windows(self, text: str, size: int, most: int) -> list[list[int]]:
        """Return the fewest windows of at most size tokens that hold the text, of even length; what
        exceeds most windows is left out.
        """
        pieces = self.pieces(text)[: most * (size - 2)]
        n = max(1, -(-len(pieces) // (size - 2)))
        return [
            self.window(pieces[i * len(pieces) // n : (i + 1) * len(pieces) // n]) for i in range(n)
        ]

    def save(self, folder: pathlib.Path):
        (folder / "vocab.txt").write_bytes(self.vocab.read_bytes())
