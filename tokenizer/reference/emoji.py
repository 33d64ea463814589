"""Writes tokenizer/emoji.txt: the words of each emoji, one "code point, tab, words" a line.

    python3 tokenizer/reference/emoji.py

Emoji are the code points with Unicode's Emoji property, as implemented by Node's regular
expressions, without the parts of sequences, arrows and the signs of copyright, registration and
trade mark. The words are the character's Unicode name, in lower case, without those that describe
its drawing ("sign", "heavy", "black" for filled).
"""

import json
import pathlib
import subprocess
import unicodedata

OUT = pathlib.Path(__file__).resolve().parents[1] / "emoji.txt"
FIND = r"""
const found = []
for (let c = 0x80; c < 0x110000; c++)
  if (/^\p{Emoji}$/u.test(String.fromCodePoint(c)) &&
      !/^[\p{Emoji_Component}©®™‼⁉]$/u.test(String.fromCodePoint(c))) found.push(c)
console.log(JSON.stringify(found))
"""
DRAWING = {"sign", "symbol", "black", "white", "heavy", "medium"}
NEWER = {  # newer than the Unicode of Python 3.11
    0x1FA75: "light blue heart",
    0x1FA76: "grey heart",
    0x1FA77: "pink heart",
    0x1FAE8: "shaking face",
    0x1FAF7: "leftwards pushing hand",
    0x1FAF8: "rightwards pushing hand",
}


def words(c: int) -> str:
    name = unicodedata.name(chr(c), "").lower() or NEWER.get(c, "")
    if "arrow" in name:
        return ""
    every = name.replace("-", " ").split()
    return " ".join(w for w in every if w not in DRAWING) or " ".join(every)


if __name__ == "__main__":
    node = subprocess.run(["node", "-e", FIND], capture_output=True, check=True, text=True)
    found = json.loads(node.stdout)
    lines = [f"{c:X}\t{words(c)}\n" for c in found if words(c)]
    OUT.write_text("".join(lines))
    print(f"{len(lines)} emoji of {len(found)}")
