"""A folder of reviews to a folder of scored reviews, on any Spark: Glue, EMR Serverless,
Databricks, a laptop.

    spark-submit job.py --input s3://bucket/reviews/ --text review_body --output s3://bucket/scored/

Reads Parquet, JSON lines, CSV (with a header) or an Iceberg table, and writes Parquet, JSON lines,
CSV or Iceberg. Files are read by the names of their columns, among them those of folders
name=value. The output is new: one that is there is refused, unless --resume goes on with it.
Every row is written once: before anything is committed, the number of rows and a checksum of their
texts are compared with those of the input.

With --report it ends with a report on all rows, one HTML file; --stars, --date and --product name
the columns that it has beside the texts. They must be among those that are kept.

The rows lie below the output's folder scored. Large inputs are done in groups of files. A group's
rows are committed at once, below scored/group=N; what _reviewlens.json says was done is not done
again by --resume, as long as input, model and columns are the same.
"""

from __future__ import annotations

import argparse
import datetime
import functools
import hashlib
import itertools
import json
import re
import sys
import threading
import time
from multiprocessing.pool import ThreadPool

from py4j.protocol import Py4JJavaError
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.storagelevel import StorageLevel

import reviewlens_spark as reviewlens

GROUP_BYTES = 32 << 30  # maximum bytes of input files that are committed together
CHECK_COLUMN = "__check"
PART = ".part"  # suffix of a file that is being written
KINDS = {
    ".parquet": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
}
PACKED_SUFFIXES = (".gz", ".zst", ".snappy", ".bz2")
FACTS = {  # columns of the table in the catalogue, the options that name their sources, and types
    "id": ("id", "string"),
    "product": ("product", "string"),
    "written": ("date", "date"),
    "stars": ("stars", "double"),
}
SOURCE = "_source"  # suffix of one of FACTS, for the original cells
LOSSLESS = ("tinyint", "smallint", "int", "float")  # types that convert to double without loss
MAX_CSV_BYTES = 1 << 30  # bytes of a CSV file with line ends in its fields, which one task reads
STORES = ("s3", "s3a", "s3n", "gs")  # here an object appears, complete, once its stream is closed


class Refused(Exception):
    """The job cannot start or finish as requested; the message is one sentence."""


def main(arguments=None):
    a, others = parser().parse_known_args(arguments)  # Glue adds its own
    if others:
        print(f"reviewlens: not known here, and ignored: {' '.join(others)}", file=sys.stderr)
    spark = SparkSession.builder.appName("reviewlens").getOrCreate()
    try:
        done = run(spark, a)
        if a.report:
            done["report"] = report(spark, a)
    except (Refused, ValueError, reviewlens.Failed) as e:
        sys.exit(f"reviewlens: {e}")
    print(json.dumps(done))


def parser():
    p = argparse.ArgumentParser(
        prog="job.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument(
        "--input",
        required=True,
        help="a folder, a file or a pattern; for Iceberg catalog.database.table",
    )
    p.add_argument(
        "--input-format", choices=("auto", "parquet", "jsonl", "csv", "iceberg"), default="auto"
    )
    p.add_argument(
        "--output", required=True, help="a folder that is not there yet; for Iceberg a table"
    )
    p.add_argument(
        "--output-format", choices=("parquet", "jsonl", "csv", "iceberg"), default="parquet"
    )
    p.add_argument("--text", required=True, help="the column of the reviews")
    p.add_argument("--title", help="the column of their titles")
    p.add_argument(
        "--keep",
        default="*",
        help="columns that are written beside the scores, by commas; * is all",
    )
    p.add_argument(
        "--model", help="the folder of a model or a store of models, as s3://bucket/prefix"
    )
    p.add_argument("--partitions", type=int, help="tasks of a group; 0 for those of the input")
    p.add_argument("--lost", type=int, default=20, help="rows that a task may lose")
    p.add_argument(
        "--group-bytes", type=int, default=GROUP_BYTES,
        help="of input files that are committed together",
    )  # fmt: skip
    p.add_argument("--multiline", action="store_true", help="CSV fields hold line ends")
    p.add_argument(
        "--resume", action="store_true", help="go on with an output that was not finished"
    )
    p.add_argument(
        "--stale",
        type=int,
        default=300,
        help="seconds after which --resume takes another run for dead",
    )
    p.add_argument(
        "--report", help="a report on all rows, at the end: an object or path, .html or .json"
    )
    for name in ("stars", "date", "product", "id"):
        p.add_argument(f"--{name}", help=f"the column of the report's {name}")
    p.add_argument(
        "--facts",
        action="store_true",
        help="write id, product, written and stars of --id, --product, --date and --stars under "
        "these names and of one type each, as the table of deploy/cloud/bulk.yaml has them; a "
        "column of such a name and another type stays, as stars_source or written_source",
    )
    p.add_argument("--stars-of", help="the best rating, for the report (default: found)")
    p.add_argument(
        "--program", help="path of reviewlens on the executors, instead of the one in the package"
    )
    return p


def run(spark, a) -> dict:
    """Scores the input that a names; returns the contents of _reviewlens.json."""
    about = reviewlens.about(a.program, a.model)
    store = Files(spark)
    table = a.output_format == "iceberg"
    given = Input(spark, store, a)
    groups = given.groups()
    what = {
        "input": a.input,
        "base": given.base,
        "format": given.kind,
        "listing": given.listing,
        "text": a.text,
        "title": a.title,
        "keep": a.keep,
        "model": about["model"],
        "group_bytes": a.group_bytes,
        "multiline": a.multiline,
        "output_format": a.output_format,
        "facts": a.facts,
        # without --facts they concern only the report, which is made when all is scored
        **{option: getattr(a, option) if a.facts else None for option, _ in FACTS.values()},
    }
    run_id = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:12]
    output, done = a.output.rstrip("/"), []
    state = f"{output}/_reviewlens.json"
    if table:
        if spark.catalog.tableExists(a.output):
            if not a.resume:
                raise Refused(
                    f"the table {a.output} is there; give another name, or --resume to go on with "
                    "it"
                )
            done = iceberg_done(spark, a.output, run_id)
    elif store.exists(a.output):
        saved = store.read(state)
        if missing := saved and [k for k in what if k not in saved["what"]]:
            raise Refused(
                f"{a.output} is of a version of this job that did not note its "
                f"{', '.join(missing)}, so nothing can be added to it; give another folder"
            )
        changed = saved and ", ".join(k for k in what if saved["what"][k] != what[k])
        if saved and saved["finished"] and not changed:
            return saved  # the same command again only makes a missing report
        if changed and a.resume:
            raise Refused(
                f"{a.output} was begun with another {changed}; --resume goes on with the same only"
            )
        if changed:
            raise Refused(
                f"{a.output} is there; give another folder: it was begun with another {changed}"
            )
        if not a.resume:
            raise Refused(f"{a.output} is there; give another folder, or --resume to go on with it")
        if saved is None:
            raise Refused(f"{a.output} was not made by this job: it has no _reviewlens.json")
        done = saved["groups"]
    frames = (prepare(given, files, a, len(groups)) for files in groups[len(done) :])
    first = list(itertools.islice(frames, 1))  # errors are raised before anything is written
    start = datetime.datetime.now(datetime.timezone.utc)
    answer = {
        "what": what,
        "run": run_id,
        "version": about["version"],
        "groups": done,
        "finished": False,
    }
    if not table:
        end = store.claim(f"{output}/_reviewlens.lock", a.stale)
        store.write(state, answer)
    try:
        for n, df in enumerate(itertools.chain(first, frames), len(done)):
            counts = group(df, a, about, n, len(groups), run_id)
            answer["groups"] = done = [*done, counts]
            if not table:
                store.write(state, answer)
            print(
                f"group {n + 1} of {len(groups)}: {counts['rows']:,} rows, "
                f"{counts['failed_rows']} without a score for an error",
                flush=True,
            )
        answer["finished"] = True
        answer["rows"] = sum(g["rows"] for g in done)
        answer["seconds"] = round(
            (datetime.datetime.now(datetime.timezone.utc) - start).total_seconds(), 1
        )
        if not table:
            store.write(state, answer)
    finally:
        if not table:
            end()
    return answer


class Input:
    """The input: files, or a snapshot of a table at the start of the run.

    listing is the digest of the files, base the folder below which folders name=value are columns.
    """

    def __init__(self, spark, store, a):
        self.spark, self.store, self.a, self.base, self.files = spark, store, a, None, []
        if a.input_format == "iceberg":
            self.kind, self.snapshot = a.input_format, current(spark, a.input)
            self.listing = f"snapshot {self.snapshot}"
            return
        self.files = store.list(a.input)
        if not self.files:
            raise Refused(f"there are no files at {a.input}")
        self.base = store.base(a.input)
        self.listing = hashlib.sha256(json.dumps(self.files).encode()).hexdigest()
        self.kind = a.input_format
        if self.kind == "auto":
            self.kind = kind_of([path for path, _, _ in self.files])
        large = next((f for f in self.files if f[1] > MAX_CSV_BYTES), None)
        if self.kind == "csv" and a.multiline and large:
            raise Refused(
                f"{large[0]} has {large[1]:,} bytes, and one task would read them: CSV with line "
                "ends in its fields cannot be cut; split it or write Parquet, or, if no field "
                "holds one, leave --multiline out (`make bulk ONE_LINE=1`)"
            )

    def groups(self):
        """Yields lists of paths that are committed together; for a table a single None."""
        return [None] if self.kind == "iceberg" else group_files(self.files, self.a.group_bytes)

    def read(self, paths):
        """Returns the rows of some of the files, with the columns of all of them, matched by
        name."""
        if self.kind == "iceberg":
            reader = self.spark.read
            if self.snapshot:
                reader = reader.option("snapshot-id", str(self.snapshot))
            return reader.table(self.a.input)
        paths, frames = set(paths), []
        try:
            for (base, _, _), files in self.read_groups.items():
                mine = [path for path in files if path in paths]
                reader = self.reader().option("basePath", base)
                if self.schema:
                    reader = reader.schema(self.schema)
                df = load(reader, self.kind, mine or files[:1])
                frames.append(df if mine else df.limit(0))
            return functools.reduce(
                lambda one, other: one.unionByName(other, allowMissingColumns=True), frames
            )
        except (PySparkException, Py4JJavaError) as e:
            raise Refused(f"{self.a.input} cannot be read as one table: {reason(e)}") from None

    def reader(self):
        reader = self.spark.read
        if self.kind == "csv":
            reader = reader.option("header", True).option("escape", '"')
            reader = reader.option("multiLine", self.a.multiline)
        return reader

    @functools.cached_property
    def schema(self):
        """Returns the columns of all files of Parquet or JSON; None for CSV, which has a header per
        file."""
        if self.kind == "csv":
            return None
        paths = [path for path, _, _ in self.files]
        try:
            return load(self.reader().option("mergeSchema", True), self.kind, paths).schema
        except (PySparkException, Py4JJavaError):
            if self.a.keep == "*":
                raise
            return load(self.reader(), self.kind, paths).schema  # the types of others may differ

    @functools.cached_property
    def read_groups(self):
        """Yields the files that Spark can read together: below one folder with folders of the same
        names, and for CSV with the same header, since Spark uses the header of the first file for
        all.
        """
        paths = [path for path, _, _ in sorted(self.files)]
        heads = dict.fromkeys(paths)
        if self.kind == "csv" and len(paths) > 1:
            heads = self.heads(paths)
        found = {}
        for path, head in heads.items():
            found.setdefault((*self.place(path), head), []).append(path)
        return found

    def heads(self, paths):
        """Returns the columns of each file of CSV that has some. Refuses files of which one has the
        text and one does not.

        Spark reads the header of one file for all files that begin with the same line, since each
        read is a job; a header that is longer than a line is read for each file.
        """

        def head(path):
            return tuple(load(self.reader(), self.kind, [path]).columns)

        with ThreadPool(8) as pool:
            lines = dict(zip(paths, pool.map(self.store.first_line, paths)))
            alone = {path: path for path, line in lines.items() if not line or line.count('"') % 2}
            keys = {path: alone.get(path, (line,)) for path, line in lines.items()}
            firsts = {key: path for path, key in reversed(keys.items())}
            found = dict(zip(firsts, pool.map(head, firsts.values())))
        heads = [(path, found[keys[path]]) for path in paths]
        fold = reviewlens.folding(self.spark)
        heads = {path: names for path, names in heads if names} or {paths[0]: ()}
        has = {fold(self.a.text) in map(fold, names): path for path, names in heads.items()}
        if len(has) == 2:
            raise Refused(
                f"{has[False]} has no column {self.a.text!r}, which {has[True]} has; give a "
                "pattern, or correct its header"
            )
        return heads

    def place(self, path):
        """Returns the folder below which a file's folders are named name=value, and these names."""
        root = self.base.rstrip("/")
        folder, names = path.rpartition("/")[0], ()
        while folder != root:
            above, _, last = folder.rpartition("/")
            name, _, value = last.partition("=")
            if not (name and value):
                break
            folder, names = above, (name, *names)
        return (folder if names and folder != root else self.base), names


def current(spark, table):
    """Returns the id of a table's snapshot; None for an empty table."""
    try:
        found = spark.sql(f"SELECT snapshot_id FROM {table}.refs WHERE name = 'main'").first()
    except AnalysisException as e:
        raise Refused(f"{table} is no Iceberg table that can be read: {reason(e)}") from None
    return found and found["snapshot_id"]


def load(reader, kind, paths):
    """Returns the rows of files; Spark would interpret some characters of their names as a
    pattern."""
    paths = [re.sub(r"[\\{}\[\]*?]", r"\\\g<0>", path) for path in paths]
    if kind == "parquet":
        return reader.parquet(*paths)
    return reader.json(paths) if kind == "jsonl" else reader.csv(paths)


def reason(e):
    """Returns the first line of an error of Spark or Java."""
    message = e.java_exception.toString() if isinstance(e, Py4JJavaError) else str(e)
    return message.partition("\n")[0]


def check_report(df, a):
    """Refuses a report that could not be made after scoring."""
    fold = reviewlens.folding(df.sparkSession)
    names = {fold(name) for name in (df.columns if a.keep == "*" else split_names(a.keep))}
    for what in ("text", "title", "stars", "date", "product", "id"):
        name = getattr(a, what)
        if name is not None and fold(name) not in names:
            raise Refused(f"--report wants the column {name!r} for the {what}; add it to --keep")
    if not a.report.endswith((".html", ".json")):
        raise Refused(f"--report is {a.report}; want a name that ends in .html or .json")


def split_names(keep):
    return [name.strip() for name in keep.split(",")]


def report(spark, a) -> dict:
    """Writes the report on the scored rows; returns its facts. An existing one is kept."""
    if "://" in a.report and Files(spark).exists(a.report):
        return {"path": a.report, "before": True}
    if a.output_format == "iceberg":
        scored = spark.table(a.output)
    else:
        paths = [path for path, _, _ in Files(spark).list(scores_in(a.output))]
        reader = spark.read.option("basePath", scores_in(a.output))
        if a.output_format == "csv":
            reader = reader.option("header", True).option("escape", '"').option("multiLine", True)
        scored = load(reader, a.output_format, paths)
    columns = {name: getattr(a, name) for name in ("title", "stars", "date", "product", "id")}
    for name, (option, _) in FACTS.items():  # a text such as "5.0 out of 5 stars" says stars, too
        own = reviewlens.find_column(scored, getattr(a, option))
        if a.facts and own == name and name + SOURCE in scored.columns:
            columns[option] = name + SOURCE
    name = a.input.rstrip("/").rpartition("/")[2]
    rows, total = reviewlens.report(
        scored, a.report, a.text, stars_of=a.stars_of, name=name, model=a.model,
        program=a.program, **columns,
    )  # fmt: skip
    return {"path": a.report, "rows": rows, "of": total}


def prepare(given, paths, a, count):
    """Returns the rows of one of count groups of files, or of a table, with the columns that were
    named."""
    df = given.read(paths)
    if a.report:
        check_report(df, a)
    if a.facts:
        df = with_facts(df, a)
    check_written(df, reviewlens.check_columns(df, a.text, a.title, kept_columns(df, a), CHECK_COLUMN), a, count)
    return df


def check_written(df, names, a, count):
    """Refuses columns of df that the output could not have, before they are scored."""
    if a.output_format == "csv":
        nested, others = ("array<", "map<", "struct<"), ("binary", "interval", "variant", "void")
        types = dict(df.dtypes)
        for name in names:
            if types[name].startswith(nested) or types[name] in others:
                raise Refused(
                    f"CSV cannot have the column {name!r}, of {types[name]}; leave it out of "
                    "--keep, or write another format"
                )
    folders = count > 1 and a.output_format != "iceberg"
    fold = reviewlens.folding(df.sparkSession)
    if folders and (taken := next((name for name in names if fold(name) == "group"), None)):
        raise Refused(
            f"the column {taken!r} would be hidden by the folders group=N of a large input; leave "
            "it out of --keep, rename it, or write one group with a larger --group-bytes"
        )


def kept_columns(df, a):
    """Returns the names of df's columns to write with the scores; None for all."""
    if a.keep == "*":
        return None
    names = [reviewlens.find_column(df, name) or name for name in split_names(a.keep)]
    if not a.facts:
        return names
    sources = [name + SOURCE for name in FACTS if name in names and name + SOURCE in df.columns]
    return names + [name for name in FACTS if name not in names] + sources


def group(df, a, about, n, count, run_id) -> dict:
    """Scores a group of files, or a table, and commits its rows; returns the counts."""
    scored = reviewlens.score(
        df, a.text, a.title, kept_columns(df, a), a.model, about, a.partitions, a.lost, a.program,
        check=CHECK_COLUMN,
    ).persist(StorageLevel.DISK_ONLY)  # scored once, though it is counted and written
    try:
        counts = reviewlens.summarize(scored).first().asDict()
        check = scored.agg(F.sum(CHECK_COLUMN)).first()[0]
        text = F.concat_ws(
            "\x1f",
            F.coalesce(reviewlens.column(a.title), F.lit("")) if a.title else F.lit(""),
            F.coalesce(reviewlens.column(a.text), F.lit("")),
        )
        want = df.agg(
            F.count(F.lit(1)).alias("rows"), F.sum(F.crc32(F.encode(text, "UTF-8"))).alias("check")
        ).first()
        if (counts["rows"], check) != (want["rows"], want["check"]):
            raise Refused(
                f"{want['rows']:,} rows were read and {counts['rows']:,} scored, or their texts "
                f"differ; nothing of group {n + 1} was written"
            )
        write(scored.drop(CHECK_COLUMN), a, n, count, run_id, counts)
        return counts
    finally:
        scored.unpersist()


def with_facts(df, a):
    """Returns df with the columns of FACTS, null without a source. A source of the same name whose
    cells may not be numbers or dates ("5.0 out of 5 stars") is kept with the suffix SOURCE.
    """
    types, values = dict(df.dtypes), {}
    for name, (option, kind) in FACTS.items():
        named = getattr(a, option)
        source, own = reviewlens.find_column(df, named), reviewlens.find_column(df, name)
        if named and not source:
            raise Refused(
                f"there is no column {named!r} for the {option}; the columns are "
                + ", ".join(types)
            )
        if own and own != source:
            raise Refused(f"--facts would write over the column {own!r}; name it as --{option}")
        value = reviewlens.column(source) if source else F.lit(None)
        # not cast alone: from Spark 4 on that fails at a date such as "May"
        if kind != "string" and source and types[source] == "string":
            value = F.expr(f"try_cast({reviewlens.quoted(source)} AS {kind})")
        if own and kind != "string" and types[own] not in (kind, *LOSSLESS):
            if taken := reviewlens.find_column(df, name + SOURCE):
                raise Refused(
                    f"--facts would write the column {own!r} as {taken!r}, which is there; rename "
                    "one"
                )
            values[name + SOURCE] = reviewlens.column(source)
        values[name] = value.cast(kind)
        try:
            df.select(values[name])
        except AnalysisException:
            raise Refused(
                f"the column {source!r} for the {option} is of {types[source]}, which is no {kind}"
            ) from None
    return df.withColumns(values)


def scores_in(output) -> str:
    """Returns the folder that has all rows, of one group or of many, as in the table of
    deploy/cloud/bulk.yaml.
    """
    return output.rstrip("/") + "/scored"


def write(scored, a, n, count, run_id, counts):
    if a.output_format == "iceberg":
        summary = json.dumps(counts)
        writer = scored.writeTo(a.output).option("snapshot-property.reviewlens.run", run_id)
        writer = writer.option("snapshot-property.reviewlens.group", str(n)).option(
            "snapshot-property.reviewlens.counts", summary
        )
        writer.append() if n else writer.using("iceberg").create()
        return
    folder = scores_in(a.output) + (f"/group={n:05d}" if count > 1 else "")
    writer = scored.write.mode("overwrite")  # a group that is not recorded as done may have begun
    {
        "parquet": writer.parquet,
        "jsonl": writer.json,
        "csv": lambda path: (
            writer.option("header", True)
            .option("escape", '"')
            .option("ignoreLeadingWhiteSpace", False)
            .option("ignoreTrailingWhiteSpace", False)
            .csv(path)
        ),
    }[a.output_format](folder)


def iceberg_done(spark, table, run_id) -> list[dict]:
    """Returns the counts of the groups that a table's snapshots record as committed by a run of the
    same settings.
    """
    found = {}
    for row in spark.sql(f"SELECT summary FROM {table}.snapshots").collect():
        s = row["summary"]
        if s.get("reviewlens.run") == run_id:
            found[int(s["reviewlens.group"])] = json.loads(s["reviewlens.counts"])
        elif "reviewlens.run" in s:
            raise Refused(
                f"{table} was begun with another input, model or columns; --resume goes on with "
                "the same only"
            )
    if not found:
        raise Refused(f"{table} was not made by this job")
    if lost := set(range(max(found))) - set(found):
        raise Refused(
            f"{table} has the rows of group {max(found) + 1}, and no snapshot says that those of "
            f"group {min(lost) + 1} were committed: snapshots have expired; give another name"
        )
    return [found[n] for n in sorted(found)]


def kind_of(paths) -> str:
    """Returns the common format of files, by their names."""
    kinds = {}
    for path in paths:
        name = path.lower()
        for packed in PACKED_SUFFIXES:
            name = name.removesuffix(packed)
        dot = name[name.rfind(".") :] if "." in name.rpartition("/")[2] else ""
        kinds.setdefault(KINDS.get(dot), path)
    if None in kinds:
        raise Refused(f"the format of {kinds[None]} does not show in its name; give --input-format")
    if len(kinds) > 1:
        raise Refused(
            "there are files of several formats: "
            + ", ".join(f"{kind} ({path})" for kind, path in sorted(kinds.items()))
            + "; give a pattern"
        )
    return next(iter(kinds))


def group_files(listed, most):
    """Returns paths of files in groups of at most most bytes, in the order of their names."""
    groups, held = [[]], 0
    for path, size, _ in sorted(listed):
        if groups[-1] and held + size > most:
            groups.append([])
            held = 0
        groups[-1].append(path)
        held += size
    return groups


def is_hidden(base) -> bool:
    """Reports whether Spark leaves out a file or folder of this name; _day=1 is a partition."""
    return base.startswith(".") or base.startswith("_") and "=" not in base


def refuse_if_denied(method):
    """Turns a file system's refusal at the given path into a Refused."""

    @functools.wraps(method)
    def wrapper(self, name, *more):
        try:
            return method(self, name, *more)
        except Py4JJavaError as e:
            if not re.search("AccessDenied|AccessControlException", reason(e)):
                raise
            raise Refused(f"this job may not read or write {name}: {reason(e)}") from None

    return wrapper


class Files:
    """Hadoop's file systems, as Spark reaches them: local, HDFS, S3."""

    def __init__(self, spark):
        self.jvm, self.conf = spark._jvm, spark._jsc.hadoopConfiguration()

    def at(self, name):
        path = self.jvm.org.apache.hadoop.fs.Path(name)
        return path.getFileSystem(self.conf), path

    @refuse_if_denied
    def list(self, name) -> list[tuple[str, int, int]]:
        """Returns (path, bytes, time) of the files at a path or pattern, at any depth, except
        hidden ones.
        """
        fs, path = self.at(name)
        found = []
        todo = [fs.getFileStatus(path)] if fs.exists(path) else list(fs.globStatus(path) or [])
        while todo:
            status = todo.pop()
            if is_hidden(status.getPath().getName()):
                continue
            if status.isDirectory():
                todo += fs.listStatus(status.getPath())
            elif status.getLen():
                found.append(
                    (status.getPath().toString(), status.getLen(), status.getModificationTime())
                )
        return sorted(found)

    @refuse_if_denied
    def base(self, name) -> str:
        """Returns the base folder of a path or pattern: everything before the first part with a
        pattern.
        """
        fs, path = self.at(name)
        if not fs.exists(path):
            parts = name.split("/")
            odd = next(n for n, part in enumerate(parts) if re.search(r"[\\{}\[\]*?]", part))
            fs, path = self.at("/".join(parts[:odd]) or "/")
        if fs.getFileStatus(path).isFile():
            path = path.getParent()
        return fs.makeQualified(path).toString()

    @refuse_if_denied
    def exists(self, name) -> bool:
        fs, path = self.at(name)
        return fs.exists(path)

    @refuse_if_denied
    def first_line(self, name) -> str | None:
        """Returns the first line of a text, unpacked as Spark does; None if there is none."""
        fs, path = self.at(name)
        codec = self.jvm.org.apache.hadoop.io.compress.CompressionCodecFactory(self.conf).getCodec(
            path
        )
        stream = fs.open(path)
        try:
            if codec:
                stream = codec.createInputStream(stream)
            text = self.jvm.java.io.InputStreamReader(stream, "UTF-8")
            return self.jvm.java.io.BufferedReader(text).readLine()
        finally:
            stream.close()

    @refuse_if_denied
    def read(self, name):
        """Returns the content of a JSON file, or None if it does not exist."""
        fs, path = self.at(name)
        if fs.exists(path):
            return self.read_json(fs, path)
        fs, path = self.at(name + PART)
        if not fs.exists(path):
            return None
        try:  # complete, if it was to replace the other one, which is gone
            return self.read_json(fs, path)
        except (ValueError, Py4JJavaError):
            return None

    def read_json(self, fs, path):
        stream = fs.open(path)
        try:
            return json.loads(bytes(self.jvm.org.apache.commons.io.IOUtils.toByteArray(stream)))
        finally:
            stream.close()

    @refuse_if_denied
    def write(self, name, value):
        """Writes atomically: in a store the object appears when its stream is closed, elsewhere by
        a rename; if a crash prevents that, read uses the part file.
        """
        fs, path = self.at(name)
        at_once = fs.getUri().getScheme() in STORES
        target = path if at_once else self.jvm.org.apache.hadoop.fs.Path(name + PART)
        out = fs.create(target, True)
        out.write(bytearray(json.dumps(value, indent=1).encode()))
        out.close()
        if at_once:
            return
        if fs.exists(path):
            fs.delete(path, False)
        fs.rename(target, path)

    @refuse_if_denied
    def claim(self, name, stale):
        """Writes the mark that this run is writing here, and keeps it fresh; refuses if another
        run's mark is fresh. Returns the function that ends this."""
        fs, path = self.at(name)
        if fs.exists(path):
            age = time.time() - fs.getFileStatus(path).getModificationTime() / 1000
            if age < stale:
                raise Refused(
                    f"another run writes to {path.getParent()}: its mark is {age:.0f} s old; wait "
                    f"for it, or {stale} s after it has died"
                )
        ended = threading.Event()

        def mark():
            fs.create(path, True).close()

        def keep():
            while not ended.wait(min(60, stale / 5)):
                mark()

        mark()
        keeper = threading.Thread(target=keep, daemon=True)
        keeper.start()

        def end():
            ended.set()
            keeper.join()  # else it could write the mark once more
            fs.delete(path, False)

        return end


if __name__ == "__main__":
    main()
