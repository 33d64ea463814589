"""deploy/spark without Spark: the program next to a task, and its recovery when it dies.

    make test-spark-program      # with bin/reviewlens; seconds
"""

import contextlib
import functools
import gzip
import importlib
import inspect
import io
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
import zipfile
from unittest import mock

from local import HERE, PACKAGE, PROGRAM, ROOT
import reviewlens_spark
from reviewlens_spark import about, chunks
from reviewlens_spark.program import (
    Failed,
    Program,
    encode,
    locate,
    unpack,
    write_report,
)


def poisoned(name: str, how: str) -> str:
    """Returns a program that dies on a text with POISON in it, and otherwise is the real one."""
    path = HERE / name
    path.write_text(
        f"#!{sys.executable}\n"
        "import os, signal, subprocess, sys\n"
        f"p = subprocess.Popen([{PROGRAM!r}, *sys.argv[1:]], stdin=subprocess.PIPE)\n"
        "for line in sys.stdin.buffer:\n"
        "    if b'POISON' in line:\n"
        f"        p.kill(); p.wait(); {how}\n"
        "    p.stdin.write(line); p.stdin.flush()\n"
        "p.stdin.close()\n"
        "sys.exit(p.wait())\n"
    )
    path.chmod(0o755)
    return str(path)


class Programs(unittest.TestCase):
    def test_answers_come_in_order(self):
        rows = [("", "I love it, number %d." % i) for i in range(300)] + [("", ""), ("Good", "")]
        with Program(PROGRAM, streams=2) as running:
            scores = running.score(rows)
            again = running.score(rows[:3])
        self.assertEqual(len(scores), len(rows))
        self.assertEqual({s.sentiment for s in scores[:300]}, {"positive"})
        self.assertEqual((scores[300].sentiment, scores[300].error), (None, None))
        self.assertEqual(scores[301].windows, 1)
        self.assertEqual(again, scores[:3])

    def test_a_chunk_larger_than_the_pipes(self):
        rows = [("", f"number {i}: " + "it broke and they do not care, " * 60) for i in range(200)]
        with Program(PROGRAM) as running:
            self.assertEqual(len(running.score(rows)), 200)

    def test_a_row_that_kills_the_program_is_lost_alone(self):
        rows = [("", f"It is good, {i}") for i in range(20)]
        rows[0], rows[13] = ("", "POISON"), ("POISON", "as a title")
        for name, how, want in (
            ("killed", "os.kill(os.getpid(), signal.SIGKILL)", "signal 9"),
            ("ended", "sys.exit(2)", "exit status 2"),
        ):
            with Program(poisoned(name, how)) as running:
                scores = running.score(rows)
            self.assertEqual([i for i, s in enumerate(scores) if s.sentiment is None], [0, 13])
            self.assertIn(f"the program ended with {want}", scores[0].error)
            self.assertEqual(running.lost, 2)

    def test_too_many_lost_rows(self):
        bad = poisoned("often", "sys.exit(2)")
        with (
            Program(bad, lost=2) as running,
            self.assertRaisesRegex(Failed, "3 rows of this task cannot be scored, 2 may be"),
        ):
            running.score([("", f"POISON {i}") for i in range(5)])

    def test_a_program_that_does_not_start(self):
        with Program(PROGRAM, model_id="0123456789ab", lost=1) as running:
            with self.assertRaisesRegex(Failed, "-model-id wants 0123456789ab"):
                running.score([("", "good")] * 5)
        for settings in (
            {"program": str(HERE / "absent")},
            {"program": PROGRAM, "model": str(HERE)},
        ):
            with self.assertRaisesRegex(Failed, "cannot score"):
                about(**settings)

    def test_a_program_that_is_killed_loses_nothing(self):
        rows = [("", f"It is as loud as number {i} of them was.") for i in range(400)]
        with Program(PROGRAM) as running:
            running.start()
            timer = threading.Timer(0.2, os.kill, (running.process.pid, signal.SIGKILL))
            timer.start()
            scores = running.score(rows)
            timer.join()
        self.assertEqual([s.error for s in scores if s.sentiment is None], [])

    def test_a_program_in_a_zip_file_is_unpacked_once(self):
        (HERE / "tmp").mkdir()
        archive = HERE / "package.zip"
        with zipfile.ZipFile(archive, "w") as z:
            for source in (PACKAGE / "reviewlens_spark").glob("*.py"):
                z.write(source, f"reviewlens_spark/{source.name}")
            z.writestr("reviewlens_spark/bin/reviewlens", "#!/bin/sh\necho hello\n")
            z.writestr("reviewlens_spark/bin/library", "b")
        code = "from reviewlens_spark.program import locate; print(locate())"
        environment = {**os.environ, "PYTHONPATH": str(archive), "TMPDIR": str(HERE / "tmp")}
        environment.pop("REVIEWLENS", None)
        command = [sys.executable, "-c", code]
        found = {
            subprocess.run(
                command, env=environment, capture_output=True, text=True, check=True
            ).stdout
            for _ in range(2)
        }
        self.assertEqual(len(found), 1)
        path = pathlib.Path(found.pop().strip())
        self.assertEqual(subprocess.run([path], capture_output=True, text=True).stdout, "hello\n")
        self.assertEqual(sorted(p.name for p in path.parent.iterdir()), ["library", "reviewlens"])

    def test_a_folder_of_somebody_else(self):
        os.environ["TMPDIR"] = str(HERE)
        tempfile.tempdir = None
        try:
            root = pathlib.Path(unpack({"reviewlens": b"x"})).parent.parent
            root.chmod(0o777)
            with self.assertRaisesRegex(Failed, "is not this user's alone"):
                unpack({"reviewlens": b"x"})
        finally:
            del os.environ["TMPDIR"]
            tempfile.tempdir = None

    def test_without_a_program(self):
        with self.assertRaisesRegex(Failed, "has no program inside"):
            locate()

    def test_encoding(self):
        self.assertEqual(encode(["é\ud800x", "b"]), "é\ufffdx\nb\n".encode())

    def test_chunks(self):
        rows = [("", "x" * 1_500_000)] * 5 + [("", "y")] * 4500
        sizes = [len(c) for c in chunks(rows)]
        self.assertEqual(sizes, [2, 2, 2000, 2000, 501])
        self.assertEqual([len(c) for c in chunks([("", "z" * 9_000_000)] * 2)], [1, 1])


class Reports(unittest.TestCase):
    def test_a_report_on_scored_rows(self):
        path = HERE / "scored.jsonl"
        rows = [
            {"text": f"It is good, {i}", "stars": "5", "sentiment": "positive", "positive": 0.9}
            for i in range(30)
        ]
        rows += [{"text": None, "stars": "1", "sentiment": None, "positive": None}]
        path.write_text("".join(json.dumps(r) + "\n" for r in rows))
        columns = {"text": "text", "title": "-", "stars": "stars", "date": "-", "product": "-"}
        out = HERE / "report.json"
        write_report(PROGRAM, path, out, columns, 5, None, False, 1000, None)
        found = json.loads(out.read_text())
        self.assertEqual((found["rows"], found["scored"], found["empty"]), (31, 30, 1))
        self.assertEqual((found["sampleOf"], found["stars"][4]["rows"]), (1000, 30))
        write_report(PROGRAM, path, HERE / "report.html", columns, 5, False, False, None, None)
        self.assertIn("</html>", (HERE / "report.html").read_text())
        with self.assertRaisesRegex(Failed, "the report cannot be made: .*no column"):
            write_report(PROGRAM, path, out, {"text": "body"}, None, None, False, None, None)


class Store:
    """The methods of Files of job.py, in memory."""

    def __init__(self, listed):
        self.listed, self.files = listed, {}

    def list(self, _):
        return sorted(self.listed)

    def base(self, name):
        return name.rstrip("/")

    def exists(self, name):
        name = name.rstrip("/")
        return any(k == name or k.startswith(f"{name}/") for k in self.files)

    def read(self, name):
        return json.loads(self.files[name]) if name in self.files else None

    def write(self, name, value):
        self.files[name] = json.dumps(value)

    def claim(self, name, stale):
        return lambda: None


class Decisions(unittest.TestCase):
    """The decisions of job.py before and after Spark's work, which is simulated: every group has
    ten rows, and a report is an object.
    """

    def setUp(self):
        spark = {n: mock.MagicMock() for n in (
            "pyspark", "pyspark.errors", "pyspark.sql", "pyspark.sql.functions",
            "pyspark.storagelevel", "py4j", "py4j.protocol",
        )}  # fmt: skip
        for module, name in (
            ("pyspark.errors", "AnalysisException"),
            ("pyspark.errors", "PySparkException"),
            ("py4j.protocol", "Py4JJavaError"),
        ):
            setattr(spark[module], name, type(name, (Exception,), {}))
        sys.modules.pop("reviewlens_spark.job", None)
        self.enterContext(mock.patch.dict(sys.modules, spark))
        self.job = importlib.import_module("reviewlens_spark.job")
        self.addCleanup(sys.modules.pop, "reviewlens_spark.job", None)
        self.store = Store([("s3://shop/in/a.parquet", 4, 1), ("s3://shop/in/b.parquet", 4, 1)])
        self.done, self.fails, self.model = [], [], "0123456789ab"
        patched = functools.partial(mock.patch.object, self.job)
        for patch in (
            patched("Files", lambda _: self.store),
            patched("prepare", lambda given, paths, a, count: paths),
            patched("group", self.group),
            patched("report", self.report),
            mock.patch("reviewlens_spark.about", lambda *_: {"model": self.model, "version": "1"}),
        ):
            self.enterContext(patch)

    def group(self, paths, a, about, n, count, run_id):
        if n in self.fails:
            raise self.job.Refused("it failed")
        self.done.append(n)
        return {"rows": 10, "failed_rows": 0}

    def report(self, spark, a):
        if "report" in self.fails:
            raise self.job.Refused("the report failed")
        if not self.store.exists(a.report):
            self.store.write(a.report, "report")
            self.done.append("report")
        return {}

    def run_with(self, *more):
        """Returns the actions, and the reason for the end."""
        self.done = []
        given = ["--input", "s3://shop/in/", "--output", "s3://shop/out/", "--text", "body"]
        given += ["--group-bytes", "4", "--report", "s3://shop/out/_report.html", *more]
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                self.job.main(given)
        except SystemExit as e:
            return self.done, str(e)
        return self.done, None

    def test_the_same_command_again_does_nothing(self):
        self.assertEqual(self.run_with(), ([0, 1, "report"], None))
        self.assertEqual(self.run_with(), ([], None))
        self.assertEqual(self.run_with("--resume"), ([], None))

    def test_what_it_does_not_know_is_said(self):
        """Glue has options of its own, so that a misspelt one cannot be refused."""
        with contextlib.redirect_stderr(io.StringIO()) as stderr:
            self.assertEqual(self.run_with("--JOB_NAME", "x", "--titel", "t")[1], None)
        self.assertIn("not known here, and ignored: --JOB_NAME x --titel t", stderr.getvalue())

    def test_hidden_names_are_those_of_spark(self):
        for name, want in (("_SUCCESS", True), (".part", True), ("_day=1", False), (".a=1", True),
                           ("day=1", False), ("a_b", False)):  # fmt: skip
            self.assertEqual(self.job.is_hidden(name), want, name)

    def test_a_report_that_failed_is_made_by_the_same_command(self):
        self.fails = ["report"]
        self.assertEqual(self.run_with(), ([0, 1], "reviewlens: the report failed"))
        self.fails = []
        self.assertEqual(self.run_with(), (["report"], None))

    def test_what_was_begun_goes_on_with_resume(self):
        self.fails = [1]
        self.assertEqual(self.run_with()[0], [0])
        self.fails = []
        done, why = self.run_with()
        self.assertIn("out/ is there; give another folder, or --resume to go on with it", why)
        self.assertEqual((done, self.run_with("--resume")), ([], ([1, "report"], None)))

    def test_other_columns_are_refused(self):
        """All parts of an output have the same ones, also after resuming."""
        self.fails = [1]
        facts = ["--facts", "--stars", "rating"]
        self.run_with(*facts)
        self.fails = []
        for more, want in (
            (["--facts", "--stars", "grade"], "stars"),
            (["--stars", "rating"], "facts, stars"),
            ([*facts, "--id", "review_id", "--date", "day", "--product", "asin"],
             "id, product, date"),
            ([*facts, "--output-format", "csv"], "output_format"),
            ([*facts, "--multiline"], "multiline"),
        ):  # fmt: skip
            done, why = self.run_with("--resume", *more)
            self.assertIn(f"out/ was begun with another {want}; --resume", why)
            self.assertEqual(done, [])
        self.assertEqual(self.run_with("--resume", *facts), ([1, "report"], None))

    def test_a_large_file_that_cannot_be_cut(self):
        self.store.listed = [("s3://shop/in/a.csv", 2 << 30, 1)]
        done, why = self.run_with("--multiline")
        self.assertRegex(why, "a.csv has 2,147,483,648 bytes.*; split it or write Parquet, or,")
        self.assertIn("leave --multiline out (`make bulk ONE_LINE=1`)", why)
        self.assertEqual((done, self.run_with()), ([], ([0, "report"], None)))

    def test_all_rows_lie_in_one_folder(self):
        """The catalogue's table names it, and the report reads it: for one group and for many."""
        a = self.job.parser().parse_args(["--input", "i", "--output", "s3://o/", "--text", "t"])
        for count, want in ((1, ""), (2, "/group=00001")):
            scored = mock.MagicMock()
            self.job.write(scored, a, count - 1, count, "run", {})
            written = scored.write.mode.return_value.parquet
            written.assert_called_once_with("s3://o/scored" + want)

    def test_another_column_of_the_report_alone(self):
        self.fails = ["report"]
        self.run_with("--stars", "review")
        self.fails = []
        self.assertEqual(self.run_with("--stars", "rating"), (["report"], None))

    def test_an_output_of_before_its_columns_were_noted(self):
        self.run_with()
        state = self.store.read("s3://shop/out/_reviewlens.json")
        for name in ("facts", "id", "product", "date", "stars", "output_format", "multiline"):
            del state["what"][name]
        for finished in (True, False):
            self.store.write("s3://shop/out/_reviewlens.json", {**state, "finished": finished})
            done, why = self.run_with("--resume")
            self.assertRegex(why, "did not note its multiline, .*; give another folder")
            self.assertEqual(done, [])

    def test_another_input_is_refused(self):
        """Whether or not the output is finished."""
        for fails in ([], [1]):
            self.store.files, self.fails = {}, fails
            self.run_with()
            before = dict(self.store.files)
            self.store.listed.append(("s3://shop/in/c.parquet", 4, 1))
            for more, want in (
                (["--title", "t"], "give another folder: it was begun with another listing, title"),
                (["--resume"], "was begun with another listing; --resume goes on with the same"),
            ):
                done, why = self.run_with(*more)
                self.assertIn(want, why)
                self.assertEqual((done, self.store.files), ([], before))
            self.store.listed.pop()


    def frame(self, types):
        """Returns a DataFrame of these columns, which records additions."""
        df = mock.Mock(dtypes=list(types.items()), columns=list(types))
        df.withColumns = lambda values: mock.Mock(columns=list(types | values))
        return df

    def test_facts_keep_a_column_of_their_name(self):
        """Its cells may contain what no number expresses, such as "5.0 out of 5 stars"."""
        named = {"text": "string", "id": "int", "stars": "string", "written": "timestamp"}
        given = ["--facts", "--id", "id", "--stars", "stars", "--date", "written"]
        for types, more, keep, kept in (
            (named, given, "*", None),
            (named, given, "text,stars", ["stars_source"]),
            (named, given, "text", []),
            ({**named, "stars": "double", "written": "date"}, given, "text,stars,written", []),
            ({**named, "stars": "int", "written": "date"}, given, "text,stars", []),
            (named, ["--facts", "--id", "ID", "--stars", "Stars", "--date", "Written"],
             "Text,STARS", ["stars_source"]),
        ):  # fmt: skip
            a = self.job.parser().parse_args(
                ["--input", "i", "--output", "o", "--text", "text", "--keep", keep, *more]
            )
            df = self.job.with_facts(self.frame(types), a)
            lossy = [n for n in ("stars", "written") if types[n] in ("string", "timestamp")]
            added = [c for c in df.columns if c.endswith("_source")]
            self.assertEqual(added, [f"{n}_source" for n in sorted(lossy, reverse=True)], types)
            names = self.job.kept_columns(df, a)
            self.assertEqual(names and [n for n in names if n.endswith("_source")], kept, keep)
        with self.assertRaisesRegex(self.job.Refused, "'stars' as 'Stars_Source', which is there"):
            self.job.with_facts(self.frame({**named, "Stars_Source": "string"}), a)
        for name, option in (("Id", "id"), ("STARS", "stars"), ("Written", "date")):
            a = self.job.parser().parse_args(["--input=i", "--output=o", "--text=text", "--facts"])
            with self.assertRaisesRegex(self.job.Refused, f"over the column '{name}'.*--{option}"):
                self.job.with_facts(self.frame({"text": "string", name: "string"}), a)

    def test_columns_of_folders(self):
        """Below the input, nearest to the file, as in Spark."""
        for base, path, want in (
            ("s3://b/in", "s3://b/in/a.csv", ("s3://b/in", ())),
            ("s3://b/in", "s3://b/in/x/a.csv", ("s3://b/in", ())),
            ("s3://b/in", "s3://b/in/day=1/shop=x=y/a.csv", ("s3://b/in", ("day", "shop"))),
            ("s3://b/in", "s3://b/in/day=1/x/a.csv", ("s3://b/in", ())),
            ("s3://b/in", "s3://b/in/x/day=1/a.csv", ("s3://b/in/x", ("day",))),
            ("s3://b/in/day=1", "s3://b/in/day=1/a.csv", ("s3://b/in/day=1", ())),
            ("s3://b/in", "s3://b/in/day=/a.csv", ("s3://b/in", ())),
            ("s3://b/", "s3://b/day=1/a.csv", ("s3://b/", ("day",))),
        ):
            given = mock.Mock(base=base)
            self.assertEqual(self.job.Input.place(given, path), want, path)


class Example(unittest.TestCase):
    """The example of deploy/spark/README.md, on DataFrames that have only columns."""

    columns = ("review_id", "product_id", "review_headline", "review_body", "star_rating",
               "review_date")  # fmt: skip

    def test_it_runs(self):
        written, calls = {"s3://bucket/reviews/": list(self.columns)}, {}

        def frame(columns):
            df = mock.MagicMock(columns=columns)
            df.write.parquet = lambda path: written.update({path: columns})
            return df

        def call(name, *given, **named):
            bound = inspect.signature(functions[name]).bind(*given, **named)
            bound.apply_defaults()
            calls[name] = a = bound.arguments
            if name == "score":
                kept = a["df"].columns if a["keep"] is None else a["keep"]
                return frame([*kept, *reviewlens_spark.NAMES])
            columns = a["by"] if name == "summarize" else [
                a[n] for n in ("text", "title", "stars", "date", "product", "id") if a[n]
            ]  # fmt: skip
            self.assertLessEqual(set(columns), set(a["scored"].columns), name)
            return mock.MagicMock()

        functions = {n: getattr(reviewlens_spark, n) for n in ("score", "summarize", "report")}
        for name in functions:
            patch = mock.patch.object(reviewlens_spark, name, functools.partial(call, name))
            self.enterContext(patch)
        spark = mock.Mock()
        spark.read.parquet = lambda path: frame(written[path])
        readme = (PACKAGE / "README.md").read_text()
        exec(re.search(r"```python\n(.*?)```", readme, re.DOTALL)[1], {"spark": spark})
        self.assertEqual(set(calls), set(functions))
        self.assertEqual(calls["report"]["title"], calls["score"]["title"])


class Workers(unittest.TestCase):
    """deploy/batch/worker.sh: files distributed among workers, without an engine."""

    def test_two_workers_and_one_that_died(self):
        folder, out = HERE / "files", HERE / "scored"
        folder.mkdir()
        out.mkdir()
        for n in range(5):
            lines = [{"id": f"{n}-{i}", "text": f"It is good, {i} of {n}."} for i in range(30)]
            lines[3]["text"] = None
            (folder / f"{n}.jsonl").write_text("".join(json.dumps(x) + "\n" for x in lines))
        (folder / "empty.jsonl").write_text("")
        listed = HERE / "files.txt"
        listed.write_text("".join(f"{p}\n" for p in sorted(folder.iterdir())))
        dying = poisoned("dying", "sys.exit(2)")
        (folder / "2.jsonl").write_text('{"id": 1, "text": "POISON"}\n')

        def worker(index, program=PROGRAM):
            environment = {**os.environ, "COUNT": "2", "INDEX": str(index), "REVIEWLENS": program}
            command = [ROOT / "deploy/batch/worker.sh", listed, out]
            return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)

        first, second = worker(0, dying), worker(1)
        first.communicate()
        second.communicate()
        self.assertNotEqual(first.returncode, 0)
        self.assertEqual(second.returncode, 0)
        self.assertFalse((out / "2.jsonl").exists(), "a file that was not scored whole is there")
        before = {p.name: p.stat().st_mtime_ns for p in out.iterdir()}
        again = worker(0)
        again.communicate()
        self.assertEqual(again.returncode, 0)
        self.assertEqual({p.name for p in out.iterdir()}, {p.name for p in folder.iterdir()})
        for name, made in before.items():
            self.assertEqual((out / name).stat().st_mtime_ns, made, f"{name} was scored again")
        answers = [json.loads(line) for line in (out / "4.jsonl").read_text().splitlines()]
        self.assertEqual([a["id"] for a in answers], [f"4-{i}" for i in range(30)])
        self.assertEqual([a["sentiment"] for a in answers].count(None), 1)

    def worker(self, listed, out, path=None, **environment):
        """Runs a worker on the files named in listed, with a program that scores each line; returns
        its exit status and its output.
        """
        program = HERE / "copies"
        program.write_text("#!/bin/sh\ngrep '[^[:space:]]' | sed 's/}$/,\"error\":null}/'\n")
        program.chmod(0o755)
        (HERE / "list").write_text(listed)
        environment = {**os.environ, "REVIEWLENS": str(program), **environment}
        if path:
            environment["PATH"] = f"{path}:{environment['PATH']}"
        done = subprocess.run(
            [ROOT / "deploy/batch/worker.sh", HERE / "list", out],
            env=environment,
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stderr

    def folder(self):
        made = tempfile.mkdtemp(dir=HERE)
        return pathlib.Path(made)

    def test_two_files_of_one_name(self):
        source, out = self.folder(), self.folder()
        for shop in ("a", "b"):
            (source / shop).mkdir()
            (source / shop / "may.jsonl").write_text('{"text": "good"}\n')
        for index in ("0", "1"):
            status, errors = self.worker(
                f"{source}/a/may.jsonl\n{source}/b/may.jsonl\n", out, COUNT="2", INDEX=index
            )
            self.assertEqual(status, 2)
            self.assertIn(f"{source}/a/may.jsonl and {source}/b/may.jsonl would both be", errors)
        self.assertEqual(list(out.iterdir()), [])

    def test_a_last_line_without_an_end(self):
        source, out = self.folder(), self.folder()
        for name in ("a", "b"):
            (source / name).write_text('{"text": "good"}\n')
        status, errors = self.worker(f"{source}/a\n\n{source}/b", out)
        self.assertEqual((status, errors), (0, ""))
        self.assertEqual({p.name for p in out.iterdir()}, {"a", "b"})

    def test_an_output_that_cannot_be_written(self):
        source, out = self.folder(), self.folder()
        for name in ("a", "b"):
            (source / name).write_text('{"text": "good"}\n')
        failing = self.folder()
        (failing / "cp").write_text(
            f'#!/bin/sh\ncase $2 in {out}/*) echo half >"$2"; exit 1 ;; esac\nexec /bin/cp "$@"\n'
        )
        (failing / "cp").chmod(0o755)
        status, _ = self.worker(f"{source}/a\n{source}/b\n", out, failing)
        self.assertEqual(status, 1)
        self.assertEqual(list(out.iterdir()), [], "half a copy is left")

    def test_an_object_whose_name_begins_another_s(self):
        """With an aws that has the bucket in a folder, and lists by prefix as S3 does."""
        bucket, tools = self.folder(), self.folder()
        (tools / "aws").write_text(
            f"#!{sys.executable}\n"
            "import pathlib, shutil, sys\n"
            f"root = pathlib.Path({str(bucket)!r})\n"
            "def at(s): return root / s[5:] if s.startswith('s3://') else pathlib.Path(s)\n"
            "what, given = sys.argv[1:3], sys.argv[3:]\n"
            "if 'denied' in given[-1]:\n"
            "    sys.exit('An error occurred (403) when calling HeadObject: Forbidden')\n"
            "if what == ['s3', 'ls']:\n"
            "    path = at(given[0])\n"
            "    sys.exit(not any(path.parent.glob(path.name + '*')))\n"
            "if what == ['s3', 'cp']:\n"
            "    at(given[-1]).parent.mkdir(parents=True, exist_ok=True)\n"
            "    shutil.copyfile(at(given[-2]), at(given[-1]))\n"
            "elif not (root / given[1] / given[3]).is_file():\n"
            "    sys.exit('An error occurred (404) when calling HeadObject: Not Found')\n"
        )
        (tools / "aws").chmod(0o755)
        (bucket / "shop/in").mkdir(parents=True)
        for name in ("part-10", "part-1"):
            (bucket / "shop/in" / name).write_text(json.dumps({"text": name}) + "\n")
        listed = "s3://shop/in/part-10\ns3://shop/in/part-1\n"
        for _ in range(2):
            self.assertEqual(self.worker(listed, "s3://shop/out/", tools), (0, ""))
            made = {p.name: p.read_text() for p in (bucket / "shop/out").iterdir()}
            self.assertEqual(
                made,
                {
                    name: f'{{"text": "{name}","error":null}}\n'
                    for name in ("part-1", "part-10")
                },
            )
        status, errors = self.worker(listed, "s3://shop/denied/", tools)
        self.assertEqual(status, 1)
        self.assertIn("it is not known whether s3://shop/denied/part-10 is there", errors)

    def test_a_file_whose_members_have_other_names(self):
        source, out = self.folder(), self.folder()
        (source / "some").write_text('{"text": "good"}\n{"id": 2}\n')
        (source / "null").write_text('{"id": 1, "text": null}\n')
        (source / "empty").write_text("")
        (source / "none").write_text('{"id": 1, "review_body": "good"}\n' * 2)
        (source / "table.csv").write_text("id,text\n1,It works well.\n2,It broke.\n")
        (source / "packed.jsonl.gz").write_bytes(gzip.compress(b'{"text": "good"}\n' * 9))
        bad = {
            "none": 'it has no \\\\"text\\\\""',
            "table.csv": "it is no JSON: ",
            "packed.jsonl.gz": "",  # some of its lines may be blank
        }
        listed = "".join(f"{source}/{name}\n" for name in ("some", *bad, "null", "empty"))
        status, errors = self.worker(listed, out, REVIEWLENS=PROGRAM)
        self.assertEqual(status, 1)
        for name, why in bad.items():
            want = f'no line of {source}/{name} could be scored: "line 1: {why}'
            self.assertRegex(errors, want if why else f"worker.sh: .*{source}/{name} ")
        self.assertEqual({p.name for p in out.iterdir()}, {"some", "null", "empty"})

    def test_folders_are_no_files(self):
        """S3 has markers of folders, and lists them."""
        source, out = self.folder(), self.folder()
        (source / "my reviews").mkdir()
        (source / "my reviews/a 1.jsonl").write_text('{"text": "good"}\n')
        listed = f"{source}/\n{source}/my reviews/\n{source}/my reviews/a 1.jsonl\n"
        self.assertEqual(self.worker(listed, out, COUNT="1"), (0, ""))
        self.assertEqual({p.name for p in out.iterdir()}, {"a 1.jsonl"})

    def test_the_list_that_is_described(self):
        """With an aws that prints what S3 would list."""
        tools, there = self.folder(), self.folder()
        keys = ("in/", "in/may 1.jsonl", "in/x  y/2.jsonl")
        (tools / "keys").write_text("".join(f"{key}\n" for key in keys))
        (tools / "aws").write_text(f"#!/bin/sh\nexec cat {tools}/keys\n")
        (tools / "aws").chmod(0o755)
        readme = (ROOT / "deploy/README.md").read_text()
        command = re.search(r"^aws s3api list-objects-v2(.*\\\n)*.* > files.txt$", readme, re.M)[0]
        path = f"{tools}:{os.environ['PATH']}"
        subprocess.run(command, shell=True, cwd=there, env={"PATH": path}, check=True)
        want = "s3://bucket/in/may 1.jsonl\ns3://bucket/in/x  y/2.jsonl\n"
        self.assertEqual((there / "files.txt").read_text(), want)

    def test_bad_use(self):
        for arguments, environment in (
            ([], {}),
            (["a", "b"], {"INDEX": "2", "COUNT": "2"}),
            (["/dev/null", "b"], {"INDEX": "-1", "COUNT": "2"}),  # it would never have a file
        ):
            done = subprocess.run(
                [ROOT / "deploy/batch/worker.sh", *arguments],
                env={**os.environ, **environment},
                capture_output=True,
            )
            self.assertEqual(done.returncode, 2)


if __name__ == "__main__":
    os.environ.pop("REVIEWLENS", None)
    unittest.main(warnings="ignore")
