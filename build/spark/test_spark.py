"""The Spark package of deploy/spark on a real Spark: same scores, every row once, clear ends.

    make test-spark            # Spark 4.1 and 3.5, with bin/reviewlens

Everything happens in a temporary folder, on local[2,4]: plain `local` does not try a failed task
again.
"""

import csv
import datetime
import gzip
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
import unittest
from unittest import mock

from local import HERE, PROGRAM, session

import reviewlens_spark as reviewlens
from pyspark.sql import functions as F
from reviewlens_spark import job, program
from test_program import poisoned

GOOD = [
    "I love this kettle",
    "Works well and looks lovely",
    "Great lamp, bright and sturdy",
    "Best purchase of the year",
]
BAD = [
    "Broke after two days",
    "It leaks and nobody answers",
    "A waste of money",
    "Terrible noise, sent it back",
]
ODD = [
    ("Title only", ""),
    ("", None),
    (None, None),
    (None, "   "),
    (None, "..."),
    (None, 'quotes "inside", commas, and a\nline end'),
    (None, "Das Gerät ist nach zwei Tagen kaputt gegangen und der Verkäufer antwortet nicht."),
    (None, "It was fine until it broke. " * 600),
    (None, "\u0000 and \u2028 in a text that is good"),
    (None, "Superb 👍🏽 quality"),
]

spark = None


def setUpModule():
    global spark
    spark = session()


def tearDownModule():
    spark.stop()


def invented(n):
    rows = [
        (
            i,
            None if i % 3 else f"Number {i % 7}",
            f"{(GOOD if i % 2 else BAD)[i // 2 % 4]}, in week {i % 50}.",
        )
        for i in range(n)
    ]
    return rows + [(n + i, title, text) for i, (title, text) in enumerate(ODD)]


def frame(rows, partitions=3):
    return spark.createDataFrame(rows, "id int, title string, text string").repartition(partitions)


def by_id(df):
    rows = df.collect()
    found = {row["id"]: row for row in rows}
    assert len(found) == len(rows), "a row is there twice"
    return found


def killer(test, pattern, times):
    """Kills up to times processes whose command line contains pattern, as soon as there is one,
    until the returned function is called, which returns how many it has killed.
    """
    over, killed = threading.Event(), []

    def run():
        while len(killed) < times and not over.wait(0.3):
            for p in pathlib.Path("/proc").glob("[0-9]*"):
                try:
                    line = (p / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    if pattern in line and descends(int(p.name)):
                        os.kill(int(p.name), signal.SIGKILL)
                        killed.append(line)
                        break
                except (OSError, ValueError):
                    continue

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def end():
        over.set()
        thread.join()
        return len(killed)

    test.addCleanup(end)
    return end


def descends(pid):
    """Returns whether this test started a process, directly or indirectly."""
    while pid > 1:
        if pid == os.getpid():
            return True
        pid = int(pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return False


class Scores(unittest.TestCase):
    def test_the_scores_are_those_of_the_program(self):
        rows = invented(300)
        path = HERE / "same.csv"
        with path.open("w", newline="", encoding="utf-8") as f:
            w = csv.writer(f)
            w.writerow(["id", "title", "text"])
            w.writerows((i, title or "", (text or "").replace("\0", "")) for i, title, text in rows)
        out = HERE / "same-scored.csv"
        done = subprocess.run(
            [PROGRAM, "score", path, "-text", "text", "-title", "title", "-o", out],
            stderr=subprocess.PIPE,
        )
        self.assertEqual(done.returncode, 3, done.stderr)  # there are rows without text
        with out.open(newline="", encoding="utf-8") as f:
            want = {
                int(r["id"]): (r["sentiment"], r["positive"], r["windows"])
                for r in csv.DictReader(f)
            }
        found = by_id(reviewlens.score(frame(rows), title="title", keep=["id"]))
        self.assertEqual(set(found), {i for i, _, _ in rows})
        for i, _, text in rows:
            if "\0" in (text or ""):
                continue  # CSV cannot contain it
            r = found[i]
            got = (
                r["sentiment"] or "",
                "" if r["positive"] is None else f"{r['positive']:.4f}",
                "" if r["sentiment"] is None else str(r["windows"]),
            )
            self.assertEqual(got, (want[i][0], want[i][1], want[i][2] if want[i][0] else ""), text)
            self.assertIsNone(r["error"])
        self.assertEqual({r["model"] for r in found.values()}, {reviewlens.about()["model"]})

    def test_empty_input_and_empty_partitions(self):
        none = reviewlens.score(frame([], 2))
        self.assertEqual(none.count(), 0)
        counts = reviewlens.summarize(none).first().asDict()
        self.assertEqual({counts[name] for name in counts if name.endswith("rows")}, {0})
        self.assertEqual(
            reviewlens.score(frame(invented(0)[:2], 6), title="title", partitions=0).count(), 2
        )

    def test_equal_texts_are_asked_once(self):
        requested = []

        class Counting:
            def score(self, rows):
                requested.extend(rows)
                return [program.NO_TEXT] * len(rows)

        import pyarrow as pa

        batch = pa.RecordBatch.from_pydict(
            {"id": [1, 2, 3, 4], "__title": [None, None, "t", None], "__text": ["a", "a", "a", "b"]}
        )
        out = list(reviewlens.score_batches([batch, batch], Counting(), "m", None))
        self.assertEqual(requested, [("", "a"), ("t", "a"), ("", "b")])
        self.assertEqual([b.num_rows for b in out], [4, 4])

    def test_names_with_dots_and_backticks(self):
        rows = [(1, "A title", "It leaks and nobody answers."), (2, None, "I love this kettle.")]
        named = spark.createDataFrame(rows, "`a``b` int, `reviews.title` string, `my text` string")
        found = reviewlens.score(named, "my text", "reviews.title").collect()
        want = by_id(reviewlens.score(frame(rows), title="title"))
        self.assertEqual(len(found), 2)
        for r in found:
            self.assertEqual(r["positive"], want[r["a`b"]]["positive"])
            self.assertEqual((r["reviews.title"], r["my text"]), rows[r["a`b"] - 1][1:])
        again = reviewlens.score(named, "my text", "reviews.title")
        for by in (["reviews.title"], [F.col("`reviews.title`")]):
            counts = reviewlens.summarize(again, by).collect()
            self.assertEqual({(c["reviews.title"], c["rows"]) for c in counts},
                             {("A title", 1), (None, 1)})  # fmt: skip

    def test_bytes_that_are_no_text(self):
        import pyarrow as pa

        for kind, data in ((pa.string(), pa.binary()), (pa.large_string(), pa.large_binary())):
            array = pa.array([b"It leaks \xff.", None, b"Good"], data).view(kind)
            self.assertEqual(reviewlens.strings(array), ["It leaks \ufffd.", None, "Good"])

    def test_summary(self):
        s = reviewlens.summarize(reviewlens.score(frame(invented(40)), title="title")).first()
        self.assertEqual(s["rows"], 40 + len(ODD))
        self.assertEqual(s["failed_rows"], 0)
        self.assertGreater(s["unread_rows"], 0)
        self.assertEqual(
            s["rows"],
            s["positive_rows"] + s["negative_rows"] + s["unsure_rows"] + s["without_text"],
        )


class Reports(unittest.TestCase):
    """The report on a DataFrame equals that of the program on the same rows."""

    def rows(self):
        return [
            (
                i,
                f"{(GOOD if i % 3 else BAD)[i // 3 % 4]} in week {i % 170}.",
                i % 5 + 1,
                datetime.date(2024, 1, 1) + datetime.timedelta(i % 200),
                f"kettle {i % 3}",
            )
            for i in range(400)
        ]

    columns = {"stars": "stars", "date": "written", "product": "product", "id": "id"}

    def scored(self):
        df = spark.createDataFrame(
            self.rows(), "id int, text string, stars int, written date, product string"
        )
        return reviewlens.score(df.repartition(5)).cache()

    def report(self, scored, name, **settings):
        path = HERE / name
        found = reviewlens.report(scored, path, **self.columns, **settings)
        return found, json.loads(path.read_text())

    def test_it_is_the_report_of_the_program(self):
        path = HERE / "report.csv"
        with path.open("w", newline="", encoding="utf-8") as f:
            w = csv.writer(f)
            w.writerow(["id", "text", "stars", "written", "product"])
            w.writerows(self.rows())
        subprocess.run(
            [PROGRAM, "report", path, "-text", "text", "-date", "written", "-title", "-"]
            + ["-topics=false", "-o", HERE / "want.json"],
            stderr=subprocess.PIPE,
            check=True,
        )
        want = json.loads((HERE / "want.json").read_text())
        counts, found = self.report(self.scored(), "found.json")
        self.assertEqual(counts, (400, 400))
        self.assertGreater(len(want["drivers"]), 0)
        self.assertNotIn("sampleOf", found)
        for name in ("model", "rows", "scored", "positive", "negative", "unsure", "repeated"):
            self.assertEqual(found[name], want[name], name)
        for name in ("against", "unit", "productCount"):
            self.assertEqual(found[name], want[name], name)
        self.assertEqual(self.figures(found), self.figures(want))

    def figures(self, report):
        """Returns the figures that do not depend on the order of rows, to four decimals."""
        return {
            "stars": [(s["rows"], round(s["mean"], 3)) for s in report["stars"]],
            "products": sorted((p["name"], p["rows"]) for p in report["products"]),
            "periods": [(p["from"], p["rows"], p["positive"]) for p in report["periods"]],
            "drivers": sorted((d["phrase"], d["reviews"]) for d in report["drivers"]),
            "changes": [(c["from"], c["reviews"]) for c in report.get("changes", [])],
        }

    def test_a_sample_says_so_and_is_the_same_however_rows_are_divided(self):
        scored = self.scored()
        counts, found = self.report(scored, "sample.json", rows=250)
        self.assertTrue(0 < counts[0] <= 250, counts)
        self.assertEqual((counts[1], found["sampleOf"], found["rows"]), (400, 400, counts[0]))
        _, again = self.report(scored.repartition(2), "again.json", rows=250)
        self.assertEqual(self.figures(found), self.figures(again))
        with self.assertRaisesRegex(ValueError, "a text is repeated more often"):
            equal = scored.withColumn("text", F.lit("It broke")).withColumn("positive", F.lit(0.1))
            self.report(equal, "none.json", rows=250)

    def test_bad_input(self):
        with self.assertRaisesRegex(ValueError, "no column 'body' to report"):
            reviewlens.report(self.scored(), HERE / "none.json", text="body")
        with self.assertRaisesRegex(ValueError, "no column 'sentiment' to report"):
            reviewlens.report(frame(invented(3)), HERE / "none.json")
        with self.assertRaisesRegex(ValueError, "there is no row to report"):
            reviewlens.report(self.scored().limit(0), HERE / "none.json")
        with self.assertRaisesRegex(program.Failed, "no file can be made in its folder"):
            reviewlens.report(self.scored(), HERE / "absent/report.html")


class Failures(unittest.TestCase):
    def test_a_row_that_kills_the_program_is_lost_alone(self):
        rows = [(i, None, f"{GOOD[i % 4]} {i}") for i in range(150)] + [
            (150, None, "POISON"),
            (151, "POISON", "again"),
        ]
        for name, how, want in (
            ("killed", "os.kill(os.getpid(), signal.SIGKILL)", "signal 9"),
            ("ended", "sys.exit(2)", "exit status 2"),
        ):
            found = by_id(
                reviewlens.score(frame(rows, 1), title="title", program=poisoned(name, how))
            )
            lost = {i: r["error"] for i, r in found.items() if r["sentiment"] is None}
            self.assertEqual(set(lost), {150, 151})
            self.assertTrue(all(want in error for error in lost.values()), lost)

    def test_too_many_lost_rows_fail_the_task(self):
        rows = [(i, None, f"POISON {i}") for i in range(5)]
        bad = poisoned("often", "sys.exit(2)")
        with self.assertRaises(Exception) as caught:
            reviewlens.score(frame(rows, 1), program=bad, lost=2).collect()
        self.assertIn("3 rows of this task cannot be scored, 2 may be", str(caught.exception))

    def test_a_program_that_is_killed_loses_nothing(self):
        end = killer(self, "reviewlens pipe -streams", 2)
        rows = [
            (i, None, f"{BAD[i % 4]} and that is number {i} of the letters that I wrote to them.")
            for i in range(1500)
        ]
        found = by_id(reviewlens.score(frame(rows), partitions=3))
        self.assertEqual(end(), 2)
        self.assertEqual(len(found), len(rows))
        self.assertEqual([i for i, r in found.items() if r["sentiment"] is None], [])

    def test_a_worker_that_is_killed_loses_nothing(self):
        end = killer(self, "pyspark.daemon", 1)
        rows = [
            (i, None, f"{GOOD[i % 4]} and that is number {i} of the lamps that I bought of them.")
            for i in range(1500)
        ]
        found = by_id(reviewlens.score(frame(rows), partitions=3))
        self.assertEqual(end(), 1)
        self.assertEqual(len(found), len(rows))
        self.assertEqual([i for i, r in found.items() if r["sentiment"] is None], [])

    def test_bad_input(self):
        df = frame(invented(3))
        for want, call in (
            (
                "there is no column 'body' for the text; the columns are id, title, text",
                lambda: reviewlens.score(df, "body"),
            ),
            (
                "the column 'id' for the text is of int; want string",
                lambda: reviewlens.score(df, "id"),
            ),
            ("there is no column 'x' to keep", lambda: reviewlens.score(df, keep=["x"])),
            (
                "the column 'error' would be there twice",
                lambda: reviewlens.score(df.withColumnRenamed("title", "error")),
            ),
            (
                "the column 'Sentiment' would be there twice",
                lambda: reviewlens.score(df.withColumnRenamed("title", "Sentiment")),
            ),
            (
                "the column '__TEXT' would be there twice",
                lambda: reviewlens.score(df.withColumnRenamed("title", "__TEXT")),
            ),
        ):
            with self.assertRaises(ValueError) as caught:
                call()
            self.assertIn(want, str(caught.exception))
        for settings in ({"program": str(HERE / "absent")}, {"model": str(HERE / "absent")}):
            with self.assertRaisesRegex(program.Failed, "cannot score"):
                reviewlens.about(**settings)


class Jobs(unittest.TestCase):
    def arguments(self, **changes):
        given = {
            "input": HERE / "in",
            "output": HERE / "out",
            "text": "text",
            "title": "title",
            "keep": "id",
            "stale": "2",
            **changes,
        }
        flags = [
            f
            for k, v in given.items()
            if v is not None
            for f in (
                [f"--{k.replace('_', '-')}"] if v is True else [f"--{k.replace('_', '-')}", str(v)]
            )
        ]
        return job.parser().parse_args(flags)

    def refused(self, want, **changes):
        with self.assertRaises((job.Refused, ValueError)) as caught:
            job.run(spark, self.arguments(**changes))
        self.assertIn(want, str(caught.exception))

    def test_from_files_to_files(self):
        rows = invented(60)
        for kind, write in (
            ("parquet", lambda w, p: w.parquet(p)),
            ("jsonl", lambda w, p: w.json(p)),
            ("csv", lambda w, p: w.option("header", True).option("escape", '"').csv(p)),
        ):
            source = HERE / f"files-{kind}"
            given = [
                r
                for r in rows
                if kind != "csv" or "\n" not in (r[2] or "") and "\0" not in (r[2] or "")
            ]
            write(frame(given, 2).write, str(source))
            out = HERE / f"out-{kind}"
            done = job.run(spark, self.arguments(input=source, output=out, output_format=kind))
            self.assertEqual((done["finished"], done["rows"]), (True, len(given)))
            again = job.run(spark, self.arguments(input=source, output=out, output_format=kind))
            self.assertEqual(again["run"], done["run"], "the same command again does nothing")
            read = spark.read.option("header", True).option("escape", '"')
            back = {"parquet": read.parquet, "jsonl": read.json, "csv": read.csv}[kind](
                str(out / "scored")
            )
            self.assertEqual(len({int(r["id"]) for r in back.collect()}), len(given))
            self.assertFalse((out / "_reviewlens.lock").exists())

    def test_bad_input(self):
        frame(invented(5), 1).write.parquet(str(HERE / "in"))
        (HERE / "empty").mkdir()
        (HERE / "mixed").mkdir()
        (HERE / "mixed/a.csv").write_text("text\ngood\n")
        (HERE / "mixed/b.jsonl").write_text('{"text": "good"}\n')
        (HERE / "odd").mkdir()
        (HERE / "odd/a.dat").write_text("text\ngood\n")
        (HERE / "there").mkdir()
        self.refused("there are no files at", input=HERE / "absent")
        self.refused("there are no files at", input=HERE / "empty")
        self.refused("there are files of several formats: csv", input=HERE / "mixed")
        self.refused("does not show in its name; give --input-format", input=HERE / "odd")
        self.refused("is there; give another folder, or --resume", output=HERE / "there")
        self.refused("was not made by this job", output=HERE / "there", resume=True)
        none = HERE / "none"
        self.refused("there is no column 'body' for the text", text="body", output=none)
        for want, names in (
            ("there is no column 'day' for the date", {"id": "id", "date": "day"}),
            ("'id' for the date is of int, which is no date", {"id": "id", "date": "id"}),
            ("would write over the column 'id'; name it as --id", {"id": "title"}),
        ):
            self.refused(want, facts=True, output=none, **names)
        self.refused("add it to --keep", report=HERE / "none.html", output=none)
        self.assertFalse(none.exists(), "a command with a mistake leaves nothing in its way")
        done = job.run(spark, self.arguments(output=HERE / "made"))
        self.assertTrue(done["finished"])
        self.refused(
            "was begun with another text, title",
            output=HERE / "made",
            text="title",
            title=None,
            resume=True,
        )

    def test_columns_that_the_output_cannot_have(self):
        """They are refused before anything is scored."""
        rows = [(1, "It works well.", ["a"], "red"), (2, "It broke at once.", [], "blue")]
        source, out = HERE / "nested", HERE / "nested-out"
        columns = "id int, text string, images array<string>, Group string"
        spark.createDataFrame(rows, columns).repartition(2).write.parquet(str(source))
        given = {"input": source, "output": out, "title": None}
        self.refused(
            "CSV cannot have the column 'images', of array<string>; leave it out of --keep",
            **given, output_format="csv", keep="*",
        )  # fmt: skip
        for keep in ("*", "group"):
            self.refused(
                "the column 'Group' would be hidden by the folders group=N",
                **given, group_bytes=1, keep=keep,
            )  # fmt: skip
        self.assertFalse(out.exists())
        done = job.run(spark, self.arguments(**given, keep="*"))
        self.assertEqual((done["rows"], len(done["groups"])), (2, 1))

    def test_cells_of_csv_are_whole(self):
        source, out = HERE / "blanks", HERE / "blanks-out"
        rows = [(1, "  It works well. ", " x ", ""), (2, "It broke.", None, "y")]
        spark.createDataFrame(rows, "id int, text string, sku string, note string").repartition(
            1
        ).write.parquet(str(source))
        given = {"input": source, "output": out, "title": None, "keep": "*"}
        job.run(spark, self.arguments(**given, output_format="csv"))
        read = spark.read.option("header", True).csv(str(out / "scored"))
        found = {int(r["id"]): (r["text"], r["sku"], r["note"]) for r in read.collect()}
        want = {1: ("  It works well. ", " x ", None), 2: ("It broke.", None, "y")}
        self.assertEqual(found, want)

    def test_a_partition_that_begins_with_an_underscore(self):
        """Spark reads it, and leaves out other names that begin so."""
        source = HERE / "underscore"
        df = spark.createDataFrame([(1, "It works well.", 3), (2, "It broke.", 4)],
                                   "id int, text string, _day int")  # fmt: skip
        df.write.partitionBy("_day").parquet(str(source))
        given = {"input": source, "output": HERE / "underscore-out", "title": None}
        self.assertEqual(job.run(spark, self.arguments(**given, keep="id,_day"))["rows"], 2)
        found = spark.read.parquet(str(HERE / "underscore-out/scored"))
        self.assertEqual({(r["id"], r["_day"]) for r in found.collect()}, {(1, 3), (2, 4)})

    def test_facts_of_columns_of_text(self):
        rows = [
            ("a", "It works well.", "2024-05-01", "4"),
            ("b", "It broke at once.", "May", "none"),
            ("c", "I love this kettle.", None, "4.5"),
        ]
        columns = "asin string, text string, day string, rating string"
        spark.createDataFrame(rows, columns).write.parquet(str(HERE / "facts"))
        names = {"id": "asin", "date": "day", "stars": "rating", "title": None, "keep": "asin"}
        given = self.arguments(input=HERE / "facts", output=HERE / "of-text", facts=True, **names)
        self.assertTrue(job.run(spark, given)["finished"])
        found = spark.read.parquet(str(HERE / "of-text/scored"))
        self.assertEqual(dict(found.dtypes)["stars"], "double")
        self.assertEqual(
            {r["id"]: (r["written"], r["stars"], r["product"]) for r in found.collect()},
            {
                "a": (datetime.date(2024, 5, 1), 4.0, None),
                "b": (None, None, None),
                "c": (None, 4.5, None),
            },
        )

    def test_facts_keep_a_column_of_their_name(self):
        rows = [
            ("a", "It works well.", "2024-05-01", "4"),
            ("b", "I love this kettle.", "May", "5.0 out of 5 stars"),
        ]
        columns = "id string, text string, written string, stars string"
        spark.createDataFrame(rows, columns).write.parquet(str(HERE / "named"))
        names = {"id": "id", "date": "written", "stars": "stars", "title": None}
        for keep, kept in (("*", True), ("text,stars,written", True), ("text", False)):
            out = HERE / f"named-{len(keep)}"
            given = self.arguments(input=HERE / "named", output=out, facts=True, keep=keep, **names)
            self.assertTrue(job.run(spark, given)["finished"])
            found = {r["id"]: r.asDict() for r in spark.read.parquet(str(out / "scored")).collect()}
            self.assertEqual((found["a"]["stars"], found["b"]["stars"]), (4.0, None))
            for name, n in (("stars_source", 3), ("written_source", 2)):
                want = [r[n] for r in rows] if kept else [None, None]
                self.assertEqual([found[i].get(name) for i in "ab"], want, (keep, name))

    def test_names_that_differ_in_case(self):
        """Spark considers them equal, unless configured otherwise."""
        rows = [
            ("a", "It works well.", "2024-05-01", "4", "kettle"),
            ("b", "I love this kettle.", "May", "5.0 out of 5 stars", "lamp"),
        ]
        columns = "Id string, Text string, Written string, STARS string, Product string"
        source = HERE / "cases"
        spark.createDataFrame(rows, columns).repartition(1).write.parquet(str(source))
        given = {"input": source, "title": None, "facts": True, "keep": "*"}
        names = {"id": "Id", "date": "Written", "stars": "STARS", "product": "Product"}
        for option, name in names.items():
            self.refused(
                f"would write over the column '{name}'; name it as --{option}",
                **given, output=HERE / "none", **{o: n for o, n in names.items() if o != option},
            )  # fmt: skip
        self.refused("'body' for the text", **given, output=HERE / "none", **names, text="body")
        for keep in ("*", "text,stars,PRODUCT,written,id"):
            out, made = HERE / f"cases-{len(keep)}", HERE / f"cases-{len(keep)}.json"
            a = self.arguments(**given | {"keep": keep}, output=out, report=made, **names)
            self.assertTrue(job.run(spark, a)["finished"])
            self.assertEqual(job.report(spark, a)["rows"], 2)
            stars = json.loads(made.read_text())["stars"]
            self.assertEqual(sum(s["rows"] for s in stars), 2, "a text that says stars is read")
            found = spark.read.parquet(str(out / "scored"))
            got = {r["id"]: r for r in found.collect()}
            self.assertEqual((got["a"]["stars"], got["b"]["stars"]), (4.0, None))
            self.assertEqual(got["b"]["stars_source"], "5.0 out of 5 stars")
            self.assertEqual(got["b"]["written_source"], "May")
            self.assertEqual(got["b"]["product"], "lamp")
            self.assertIn("Text", found.columns)
        spark.conf.set("spark.sql.caseSensitive", "true")
        try:
            out = HERE / "cases-told-apart"
            a = self.arguments(**given, output=out, text="Text", id="Id")
            self.assertTrue(job.run(spark, a)["finished"])
            found = spark.read.parquet(str(out / "scored")).select("Id", "id", "STARS", "stars")
            self.assertEqual({tuple(r)[2:] for r in found.collect()}, {(r[3], None) for r in rows})
            self.refused("no column 'text' for the text", **given, output=HERE / "none")
        finally:
            spark.conf.unset("spark.sql.caseSensitive")

    def test_files_whose_columns_differ(self):
        """Each is read by its own names, and no column of any of them is lost."""
        for kind, files in (
            ("csv", {"a": "id,text\n1,It works well.\n", "b": "text,id\nIt broke.,2\n",
                     "c": "Id,extra,text\n3,x,I love it.\n"}),
            ("jsonl", {"a": '{"id": "1", "text": "It works well."}\n',
                       "b": '{"text": "It broke.", "id": "2"}\n',
                       "c": '{"id": "3", "extra": "x", "text": "I love it."}\n'}),
        ):  # fmt: skip
            source = HERE / f"differ-{kind}"
            source.mkdir()
            for name, text in files.items():
                (source / f"{name}.{kind}").write_text(text)
            (source / f"blank.{kind}").write_text("\n")
            self.differ(source, 1 if kind == "csv" else job.GROUP_BYTES)
        source = HERE / "differ-parquet"
        for row in (("1", "It works well."), ("2", "It broke.")):
            df = spark.createDataFrame([row], "id string, text string")
            df.repartition(1).write.mode("append").parquet(str(source))
        row = ("3", "x", "I love it.")
        df = spark.createDataFrame([row], "id string, extra string, text string")
        df.repartition(1).write.mode("append").parquet(str(source))
        self.differ(source, job.GROUP_BYTES)
        spark.createDataFrame([(4, "Good.")], "id int, text string").write.mode("append").parquet(
            str(source)
        )
        self.refused("cannot be read as one table", input=source, title=None, keep="*",
                     output=HERE / "none")  # fmt: skip
        (HERE / "differ-csv/d.csv").write_text("4,It has no header.\n")
        self.refused("differ-csv/d.csv has no column 'text', which ", input=HERE / "differ-csv",
                     title=None, output=HERE / "none", group_bytes=1)  # fmt: skip
        self.assertFalse((HERE / "none").exists())

    def test_headers_are_read_once(self):
        """Spark runs a job for each header: one is read for all files that begin alike."""
        source = HERE / "alike"
        source.mkdir()
        for n in range(5):
            (source / f"{n}.csv").write_text(f"id,text\n{n},Fine.\n")
        (source / "5.csv.gz").write_bytes(gzip.compress(b"id,text\n5,Fine.\n"))
        for n in (6, 7):
            (source / f"{n}.csv").write_text(f'id,"the\nnumber {n}",text\n{n},x,Fine.\n')
        a = self.arguments(input=source, title=None, multiline=True)
        with mock.patch.object(job, "load", wraps=job.load) as load:
            groups = job.Input(spark, job.Files(spark), a).read_groups
        self.assertEqual(load.call_count, 3)
        self.assertEqual(sorted(len(files) for files in groups.values()), [1, 1, 6])

    def differ(self, source, most):
        out = HERE / f"{source.name}-out"
        for keep in ("*", "id"):
            given = {"input": source, "title": None, "group_bytes": most, "keep": keep}
            done = job.run(spark, self.arguments(output=f"{out}-{len(keep)}", **given))
            self.assertEqual(done["rows"], 3)
        found = spark.read.option("mergeSchema", True).parquet(f"{out}-1/scored")
        got = {r["id"]: (r["text"], r["extra"], r["sentiment"]) for r in found.collect()}
        want = {
            "1": ("It works well.", None, "positive"), "2": ("It broke.", None, "negative"),
            "3": ("I love it.", "x", "positive"),
        }  # fmt: skip
        self.assertEqual(got, want)

    def test_folders_and_names(self):
        """Folders name=value are columns, and no character of a name is a pattern."""
        source = HERE / "folders [of {2024}]"
        for n, part in enumerate(
            ("day=2024-05-01/shop=a", "day=2024-05-02/shop=b*", "older/day=2023-01-01", "")
        ):
            (source / part).mkdir(parents=True, exist_ok=True)
            name = source / part / f"part [{n}] {{x,y}}?*.csv"
            name.write_text(f"id,text\n{n},Number {n} works well.\n")
        out = HERE / "folders-out [1]"
        given = {"input": source, "title": None, "keep": "*", "output": out}
        a = self.arguments(**given, report=HERE / "folders.json", date="day")
        self.assertEqual(job.run(spark, a)["rows"], 4)
        self.assertEqual(job.report(spark, a)["rows"], 4)
        found = spark.read.parquet(str(out / "scored").replace("[", "\\[").replace("]", "\\]"))
        got = {r["id"]: (r["day"] and str(r["day"]), r["shop"]) for r in found.collect()}
        want = {"0": ("2024-05-01", "a"), "1": ("2024-05-02", "b*"), "2": ("2023-01-01", None),
                "3": (None, None)}  # fmt: skip
        self.assertEqual(got, want)
        one, pattern = source / "day=2024-05-01/shop=a", HERE / "folders*/day=*/*/*.csv"
        for n, (path, want) in enumerate(((one, False), (pattern, True))):
            given |= {"input": path, "output": HERE / f"folders-{n}"}
            job.run(spark, self.arguments(**given))
            found = spark.read.parquet(str(given["output"] / "scored"))
            self.assertEqual("day" in found.columns, want, path)

    def test_a_state_is_never_lost(self):
        """A driver may die between any two steps of a file system without atomic replacement."""
        store, name = job.Files(spark), str(HERE / "state/_reviewlens.json")
        self.assertIsNone(store.read(name))
        store.write(name, {"n": 1})
        store.write(name, {"n": 2})
        self.assertEqual(store.read(name), {"n": 2})
        (HERE / "state/_reviewlens.json").rename(HERE / "state/_reviewlens.json.part")
        self.assertEqual(store.read(name), {"n": 2})
        store.write(name, {"n": 3})
        self.assertEqual(store.read(name), {"n": 3})
        (HERE / "torn").mkdir()
        (HERE / "torn/_reviewlens.json.part").write_text('{"n"')
        self.assertIsNone(store.read(str(HERE / "torn/_reviewlens.json")))

    def test_two_runs_to_one_output(self):
        frame(invented(5), 1).write.parquet(str(HERE / "two"))
        end = job.Files(spark).claim(str(HERE / "busy/_reviewlens.lock"), 60)
        try:
            job.Files(spark).write(
                str(HERE / "busy/_reviewlens.json"), self.state(HERE / "two", HERE / "busy")
            )
            self.refused(
                "another run writes to",
                input=HERE / "two",
                output=HERE / "busy",
                resume=True,
                stale="60",
            )
        finally:
            end()
        done = job.run(spark, self.arguments(input=HERE / "two", output=HERE / "busy", resume=True))
        self.assertTrue(done["finished"])

    def state(self, source, out):
        """Returns the state of a run that has done nothing yet."""
        other = HERE / f"{out.name}-other"
        done = job.run(spark, self.arguments(input=source, output=other))
        return {**done, "groups": [], "finished": False}

    def test_a_driver_that_is_killed_writes_every_row_once(self):
        rows = [
            (
                i,
                None,
                f"{GOOD[i % 4]}, I say, and that is number {i} of the lamps that I have bought.",
            )
            for i in range(1200)
        ]
        source, out = HERE / "driver", HERE / "driver-out"
        frame(rows, 4).write.parquet(str(source))
        most = max(p.stat().st_size for p in source.glob("*.parquet"))
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
        ]
        command += ["--group-bytes", str(most), "--partitions", "2", "--stale", "2"]
        environment = os.environ | {
            "PYSPARK_SUBMIT_ARGS": "--master local[2,4] --conf spark.ui.enabled=false pyspark-shell"
        }
        with (HERE / "driver.log").open("wb") as log:
            first = subprocess.Popen(
                command, env=environment, stdout=log, stderr=log, start_new_session=True
            )
            until = time.time() + 1200
            while time.time() < until and first.poll() is None:
                state = out / "_reviewlens.json"
                if (
                    state.exists()
                    and state.stat().st_size
                    and json.loads(state.read_text())["groups"]
                ):
                    break
                time.sleep(0.1)
            self.assertIsNone(
                first.poll(),
                "the run ended before it could be killed: "
                + (HERE / "driver.log").read_text()[-2000:],
            )
            os.killpg(first.pid, signal.SIGKILL)
            first.wait()
        before = json.loads((out / "_reviewlens.json").read_text())
        self.assertFalse(before["finished"])
        time.sleep(3)
        done = job.run(
            spark,
            self.arguments(
                input=source, output=out, title=None, group_bytes=most, partitions=2, resume=True
            ),
        )
        self.assertTrue(done["finished"])
        self.assertEqual(
            done["groups"][: len(before["groups"])],
            before["groups"],
            "what was done is not done again",
        )
        self.assertTrue(list((out / "scored").glob("group=0000[1-9]")), "of several groups")
        found = [r["id"] for r in spark.read.parquet(str(out / "scored")).collect()]
        self.assertEqual(sorted(found), list(range(1200)))


if __name__ == "__main__":
    unittest.main(warnings="ignore")
