"""Average models that went on from one trunk, and fit the exits to the result.

    build/model/.venv/bin/python build/model/average.py earlier/model build/model/work/model --minutes 7

Weights that were annealed from the same trunk lie in one basin, and their mean is better than each
(Wortsman et al. 2022, model soups). The model stays as averaged while its exits learn, for MINUTES,
on the training rows. Writes WORK/model.
"""

import argparse
import pathlib
import time

import torch

from exits import EXIT_LR
from tokens import Tokens
from train import SMOOTHING, WORK, Rows, accuracy, batches, fast_bf16, load, prior, rows, write


def averaged(folders):
    model = load(str(folders[0]))
    states = [load(str(folder)).state_dict() for folder in folders]
    shapes = [{name: value.shape for name, value in state.items()} for state in states]
    for folder, shape in zip(folders, shapes):
        if shape != shapes[0]:
            raise SystemExit(f"{folder} is of another architecture than {folders[0]}")
    model.load_state_dict(
        {
            name: sum(s[name] for s in states) / len(states) if v.is_floating_point() else v
            for name, v in states[0].items()
        }
    )
    return model.eval()


def main(folders, minutes: float):
    torch.manual_seed(1)
    device, bf16 = torch.device("cuda" if torch.cuda.is_available() else "cpu"), fast_bf16()
    model, tokens, items = averaged(folders).to(device), Tokens(str(folders[0])), Rows("train")
    of_stars = prior(items).to(device)
    optimiser = torch.optim.AdamW(model.exits.parameters(), lr=EXIT_LR, weight_decay=0.01)
    start, texts, sums, n = time.time(), 0, 0.0, 0
    for ids, mask, labels, stars in batches(items, items.order(7), tokens, seed=7):
        left = 1 - (time.time() - start) / (60 * minutes)
        if left <= 0:
            break
        optimiser.param_groups[0]["lr"] = EXIT_LR * min(1, 2 * left)
        mask, labels, stars = mask.to(device), labels.to(device), stars.to(device)
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=bf16):
            with torch.no_grad():
                out, hidden = model(ids.to(device), mask)
            loss = model.exits.loss(hidden, mask, labels, stars, of_stars, out, SMOOTHING)
        loss.backward()
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        texts, sums, n = texts + len(labels), sums + loss.item(), n + 1
        if n % 200 == 0:
            print(
                f"{texts} texts, loss of the exits {sums / 200:.4f}, {minutes * left:.1f} min left",
                flush=True,
            )
            sums = 0.0
    write(model, tokens, WORK / "model")
    print(
        f"average of {len(folders)}, exits fit on {texts} texts in "
        f"{(time.time() - start) / 60:.1f} minutes"
    )
    print(
        "validation (as train.py): "
        f"{100 * accuracy(model, rows('valid'), tokens, device, bf16):.2f}%"
    )


if __name__ == "__main__":
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("folders", nargs="+", type=pathlib.Path)
    p.add_argument("--minutes", type=float, default=7)
    a = p.parse_args()
    main(a.folders, a.minutes)
