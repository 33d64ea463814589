"""What Spark adds to the program's processor time, and what the documented way of running a model
in Spark takes.

    make bench-bulk     # 2,000 invented reviews, on an idle machine; ARGS="--rows 200000"

All in one run, on the same texts, in processor seconds of the whole process tree (user and system):
the program alone; the job of deploy/spark on local[1] and local[2]; the same with one row, which is
what Spark costs by itself; and predict_batch_udf as its documentation has it, a padded batch of 32
texts a call of ONNX Runtime in Python.
"""

import argparse
import csv
import ctypes
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "bin/reviewlens"
SENTENCES = """
The handle gets warm after ten minutes
It has worked every day since the spring
My sister wanted one as soon as she saw it
The lid does not close unless you press it twice
Delivery took two weeks and nobody told us why
I would buy it again without a second thought
The manual is a page of pictures and no words
It is louder than the old one, which I gave away
For the price there is nothing better in the shops
The colour is not the one in the picture
Support answered within the hour and sent a new one
After a month the switch began to stick
We use it in the office and nobody complains
The cable is too short for our kitchen
It broke on the second day and I want my money back
""".strip().split("\n")
SUBMIT = "--conf spark.ui.enabled=false --driver-memory 1g pyspark-shell"
PR_SET_CHILD_SUBREAPER = 36


def invented(n: int):
    rng = random.Random(1)
    return [
        f"Number {i}. "
        + ". ".join(rng.choice(SENTENCES) for _ in range(min(60, 1 + int(rng.expovariate(1 / 7)))))
        + "."
        for i in range(n)
    ]


class Clock(threading.Thread):
    """Adds up the processor time of all descendants by polling them.

    The system's own account of children lacks Spark's Python workers: their daemon ignores SIGCHLD,
    so nobody waits for them. The pause grows to FACTOR times the time that a poll takes, because
    on a busy machine polling takes processor time from what is measured. What is missed of each
    process is the time since the last poll before its end.
    """

    FACTOR = 200  # polling takes half a percent of one processor

    def __init__(self):
        super().__init__(daemon=True)
        self.times, self.ended = {}, threading.Event()

    def run(self):
        pause = 0.05
        while not self.ended.wait(pause):
            before = time.thread_time()
            self.poll()
            pause = max(0.05, self.FACTOR * (time.thread_time() - before))

    def poll(self):
        parents, times = {}, {}
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it has ended
            pid = int(folder.name)
            parents[pid] = int(fields[1])
            times[pid, fields[19]] = int(fields[11]) + int(
                fields[12]
            )  # with its start: IDs come again
        own = {os.getpid()}
        for pid in parents:
            line = []
            while pid in parents and pid not in own:
                line.append(pid)
                pid = parents[pid]
            if pid in own:
                own.update(line)
        own.discard(os.getpid())
        self.times |= {key: t for key, t in times.items() if key[0] in own}

    def seconds(self) -> float:
        self.ended.set()
        self.join()
        return sum(self.times.values()) / os.sysconf("SC_CLK_TCK")


def measured(command, **environment):
    """(processor seconds, wall seconds) of a command and all its descendants."""
    clock, start = Clock(), time.time()
    clock.start()
    command = [str(c) for c in command]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True)
    wall = time.time() - start
    while True:  # Spark's JVM outlives its driver briefly, and then becomes our child
        try:
            os.wait()
        except ChildProcessError:
            break
    if done.returncode not in (0, 3):
        sys.exit(f"{command[0]} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return clock.seconds(), wall


def spark(master: str, source, out, rows: int):
    environment = {
        "PYSPARK_SUBMIT_ARGS": f"--master {master} {SUBMIT}",
        "PYTHONPATH": str(ROOT / "deploy/spark"),
        "REVIEWLENS": str(PROGRAM),
        "PYSPARK_PYTHON": sys.executable,
    }
    partitions = max(2, 2 * round(rows / 30_000))
    command = [
        sys.executable,
        "-m",
        "reviewlens_spark.job",
        "--input",
        source,
        "--output",
        out,
        "--text",
        "text",
        "--keep",
        "id",
        "--partitions",
        partitions,
    ]
    return measured(command, **environment)


UDF = """
import sys
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.ml.functions import predict_batch_udf
from pyspark.sql.types import ArrayType, FloatType

model = sys.argv[3]

def make():
    import numpy as np
    import onnxruntime as ort
    from tokenizers import BertWordPieceTokenizer
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(model + "/model.onnx", options)
    tokenizer = BertWordPieceTokenizer(model + "/vocab.txt", lowercase=True)
    tokenizer.enable_padding()
    tokenizer.enable_truncation(256)

    def predict(texts):
        found = tokenizer.encode_batch([str(t) for t in texts])
        ids = np.array([e.ids for e in found], np.int32)
        mask = np.array([e.attention_mask for e in found], np.int32)
        return session.run(["logits"], {"input_ids": ids, "attention_mask": mask})[0]

    return predict

spark = SparkSession.builder.getOrCreate()
udf = predict_batch_udf(make, return_type=ArrayType(FloatType()), batch_size=32)
df = spark.read.json(sys.argv[1]).repartition(2)
df.withColumn("logits", udf(F.col("text"))).write.parquet(sys.argv[2])
"""


def main(rows: int):
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    texts = invented(rows)
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        for name, some in (("all", texts), ("one", texts[:1]), ("some", texts[: min(rows, 500)])):
            (folder / f"{name}.jsonl").write_text(
                "".join(json.dumps({"id": i, "text": t}) + "\n" for i, t in enumerate(some))
            )
        with (folder / "all.csv").open("w", newline="") as f:
            csv.writer(f).writerows([("id", "text"), *enumerate(texts)])
        bare, bare_wall = measured(
            [PROGRAM, "score", folder / "all.csv", "-text", "text", "-o", folder / "bare.csv"]
        )
        one, one_wall = spark("local[2,4]", folder / "one.jsonl", folder / "out-one", 1)
        two, two_wall = spark("local[2,4]", folder / "all.jsonl", folder / "out-two", rows)
        single, single_wall = spark("local[1,4]", folder / "all.jsonl", folder / "out-single", rows)
        (folder / "udf.py").write_text(UDF)
        environment = {
            "PYSPARK_SUBMIT_ARGS": f"--master local[2,4] {SUBMIT}",
            "PYSPARK_PYTHON": sys.executable,
        }
        part = min(rows, 500)
        padded, padded_wall = measured(
            [
                sys.executable,
                folder / "udf.py",
                folder / "some.jsonl",
                folder / "out-udf",
                ROOT / "api/model/default",
            ],
            **environment,
        )
    characters = sum(map(len, texts)) / rows
    print(f"{rows:,} reviews of {characters:.0f} characters on average\n")
    print("| way | ms of processor a review | of the program alone | fixed, s | wall, s |")
    print("|---|---|---|---|---|")
    alone = 1000 * bare / rows
    for way, taken, fixed, n, wall in (
        ("the program alone", bare, 0, rows, bare_wall),
        ("Spark, local[2], the program in mapInArrow", two, one, rows, two_wall),
        ("Spark, local[1], the same", single, one, rows, single_wall),
        (f"Spark, local[2], predict_batch_udf, {part} reviews", padded, one, part, padded_wall),
    ):
        each = 1000 * (taken - fixed) / n
        print(f"| {way} | {each:.2f} | {each / alone:.2f} | {fixed:.1f} | {wall:.1f} |")
    faster = (single_wall - one_wall) / (two_wall - one_wall)
    print(
        f"\nWithout the {one_wall:.1f} s that one row takes, local[2] is {faster:.2f} times as fast "
        "as local[1]"
    )


if __name__ == "__main__":
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--rows", type=int, default=2000)
    main(p.parse_args().rows)
