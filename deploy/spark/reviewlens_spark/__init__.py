"""Reviewlens in Spark: the sentiment of a column of reviews, scored by the program inside this
package.

    from reviewlens_spark import score
    scored = score(df, text="review_body", title="review_headline", keep=["review_id"])

The scores equal those of `reviewlens score`, to the digit: the same program reads the same texts,
one text at a time. Works on Spark 3.5 and 4 (Glue 5.1 and 6, EMR Serverless, Databricks) with no
other dependency than pyarrow.
"""

from __future__ import annotations

import json
import pathlib
import tempfile
import zlib

from .program import Failed, Program, about, encode, locate, write_report

__all__ = ["Failed", "about", "report", "score", "summarize"]

ROWS = 2000  # per chunk
CHARACTERS = 4_000_000
WINDOW = 1000  # characters that cost about as much as one window of the model
MAX_WINDOWS = 32  # of a text
WINDOWS_PER_TASK = 40_000  # five minutes of a core
CACHED_TEXTS = 100_000  # maximum texts whose scores a task caches
MAX_REPORT_ROWS = 1_000_000
LEVELS = 40  # of sampling, each half of the previous one

NAMES = ("sentiment", "positive", "windows", "cut", "unread", "error", "model")


def score(
    df,
    text="text",
    title=None,
    keep=None,
    model=None,
    about_model=None,
    partitions=None,
    lost=20,
    program=None,
    check=None,
):
    """Returns df with the columns sentiment, positive, windows, cut, unread, error and model added.

    text, title: names of columns of strings; title may be None. keep: the columns of df to keep,
    all if None. model: the folder of a model, or a store of models ("s3://bucket/prefix"); the one
    inside the program if None. Its id is resolved once, here, and is in each row. partitions:
    number of tasks, None to choose it by the length of the texts (which reads them once more), 0
    for df's own partitions. lost: how many rows a task may lose because the program dies on them,
    each with the reason in error. program: a path on the executors, instead of the program in this
    package. check: the name of an additional column, the CRC-32 of title and text, to compare what
    was written with what was read.

    A row without a text has null for sentiment and positive. A text that the model cannot read (in
    another language, without words) is "unsure", and unread has the reason.
    """
    from pyspark.sql import functions as F
    from pyspark.sql import types as T

    kept = check_columns(df, text, title, keep, check)
    model_id = (about_model or about(program, model))["model"]
    texts = [
        F.coalesce(column(name), F.lit("")) for name in ([title] if title else []) + [text]
    ]
    if partitions is None:
        cost = sum(F.length(c) for c in texts) / F.lit(WINDOW) + F.lit(1)
        windows = df.agg(F.sum(F.least(cost, F.lit(MAX_WINDOWS)))).first()[0] or 0
        partitions = max(
            1,
            round(windows / WINDOWS_PER_TASK),
            min(df.sparkSession.sparkContext.defaultParallelism, round(windows / 500)),
        )
    # By the hash of the texts: tasks cost the same, equal texts share one, and a task that is run
    # again reads the same rows. Kept columns are numbered meanwhile, since mapInArrow takes a dot
    # in a name for a member of a struct.
    source = df.select(
        *(column(name).alias(f"__{i}") for i, name in enumerate(kept)),
        (column(title) if title else F.lit(None).cast("string")).alias("__title"),
        column(text).alias("__text"),
    )
    if partitions:
        source = source.repartition(partitions, F.xxhash64("__title", "__text"))
    fields = [
        *(df.schema[name] for name in kept),
        T.StructField("sentiment", T.StringType()),
        T.StructField("positive", T.DoubleType()),
        T.StructField("windows", T.IntegerType()),
        T.StructField("cut", T.BooleanType()),
        T.StructField("unread", T.StringType()),
        T.StructField("error", T.StringType()),
        T.StructField("model", T.StringType()),
        *([T.StructField(check, T.LongType())] if check else []),
    ]

    names = [field.name for field in fields]

    def task(batches):
        import pyarrow as pa
        from pyspark import TaskContext

        context = TaskContext.get()
        streams = max(1, context.cpus()) if context else 1
        with Program(program or locate(), model, model_id, streams, lost) as running:
            for batch in score_batches(batches, running, model_id, check):
                yield pa.RecordBatch.from_arrays(batch.columns, names)

    return source.mapInArrow(task, T.StructType(fields))


def quoted(name):
    """Returns the name of a column as SQL takes it, whatever characters it has."""
    return "`" + name.replace("`", "``") + "`"


def column(name):
    """Returns the column of a name, which may have dots."""
    from pyspark.sql import functions as F

    return F.col(quoted(name))


def folding(spark):
    """Returns the function that makes two column names equal if Spark considers them equal: it
    ignores case unless configured otherwise.
    """
    return str if spark.conf.get("spark.sql.caseSensitive") == "true" else str.lower


def find_column(df, name):
    """Returns df's own spelling of a column's name, or None if it has no such column."""
    fold = folding(df.sparkSession)
    return next((own for own in df.columns if name and fold(own) == fold(name)), None)


def check_columns(df, text, title=None, keep=None, check=None):
    """Returns the columns to keep, as df spells them; raises ValueError if score() could not have
    these."""
    from pyspark.sql import types as T

    for what, name in (("text", text), ("title", title)):
        if name is None and what == "title":
            continue
        if not (own := find_column(df, name)):
            raise ValueError(
                f"there is no column {name!r} for the {what}; the columns are "
                + ", ".join(df.columns)
            )
        if not isinstance(df.schema[own].dataType, T.StringType):
            raise ValueError(
                f"the column {name!r} for the {what} is of "
                f"{df.schema[own].dataType.simpleString()}; want string"
            )
    names = {name: find_column(df, name) for name in (df.columns if keep is None else keep)}
    if missing := [name for name, own in names.items() if own is None]:
        raise ValueError(
            f"there is no column {missing[0]!r} to keep; the columns are {', '.join(df.columns)}"
        )
    kept, fold = list(dict.fromkeys(names.values())), folding(df.sparkSession)
    added = {fold(name) for name in (*NAMES, "__title", "__text", check or "")}
    if taken := [name for name in kept if fold(name) in added]:
        raise ValueError(
            f"the column {taken[0]!r} would be there twice; rename it, or leave it out of keep"
        )
    return kept


def score_batches(batches, running, model_id, check):
    """Yields record batches with the columns of a score instead of __title and __text."""
    import pyarrow as pa

    known = {}
    for batch in batches:
        titles, texts = (
            strings(batch.column(batch.schema.get_field_index(n))) for n in ("__title", "__text")
        )
        rows = [(title or "", text or "") for title, text in zip(titles, texts)]
        if len(known) > CACHED_TEXTS:
            known.clear()
        new = list(dict.fromkeys(row for row in rows if row not in known))
        for chunk in chunks(new):
            known.update(zip(chunk, running.score(chunk)))
        found = [known[row] for row in rows]
        columns = [
            c for c, f in zip(batch.columns, batch.schema) if f.name not in ("__title", "__text")
        ]
        names = [f.name for f in batch.schema if f.name not in ("__title", "__text")]
        for name, kind in zip(
            NAMES[:-1],
            (pa.string(), pa.float64(), pa.int32(), pa.bool_(), pa.string(), pa.string()),
        ):
            columns.append(pa.array([getattr(s, name) for s in found], kind))
            names.append(name)
        columns.append(pa.array([model_id] * len(found), pa.string()))
        names.append("model")
        if check:
            columns.append(
                pa.array(
                    [
                        zlib.crc32(f"{title}\x1f{text}".encode("utf-8", "replace"))
                        for title, text in rows
                    ],
                    pa.int64(),
                )
            )
            names.append(check)
        yield pa.RecordBatch.from_arrays(columns, names)


def strings(array):
    """Returns the strings of an array; bytes that are not UTF-8, which Spark does not look for, are
    U+FFFD."""
    import pyarrow as pa

    try:
        return array.to_pylist()
    except UnicodeDecodeError:
        large = pa.types.is_large_string(array.type)
        data = array.view(pa.large_binary() if large else pa.binary()).to_pylist()
        return [None if b is None else b.decode("utf-8", "replace") for b in data]


def chunks(rows):
    """Yields lists of rows, (title, text) each, within the limits of a chunk, with at least one
    row."""
    chunk, held = [], 0
    for row in rows:
        length = len(row[0]) + len(row[1])
        if chunk and (len(chunk) == ROWS or held + length > CHARACTERS):
            yield chunk
            chunk, held = [], 0
        chunk.append(row)
        held += length
    if chunk:
        yield chunk


def summarize(scored, by=()):
    """Returns rows, names, mean and failures of a scored DataFrame, by columns of it: the head of a
    report.

    share is of positive among positive and negative rows; unread and failed rows are in neither.
    """
    from pyspark.sql import functions as F

    def count(condition):
        return F.count(F.when(condition, 1))  # a sum of no rows is null

    s = F.col("sentiment")
    names = scored.columns
    by = [column(c) if isinstance(c, str) and c in names else c for c in by]
    counted = scored.groupBy(*by).agg(
        F.count(F.lit(1)).alias("rows"),
        count(s == "positive").alias("positive_rows"),
        count(s == "negative").alias("negative_rows"),
        count(s == "unsure").alias("unsure_rows"),
        count(s.isNull() & F.col("error").isNull()).alias("without_text"),
        count(F.col("unread").isNotNull()).alias("unread_rows"),
        count(F.col("error").isNotNull()).alias("failed_rows"),
        count(F.col("cut")).alias("cut_rows"),
        F.avg("positive").alias("mean_positive"),
    )
    both = F.col("positive_rows") + F.col("negative_rows")
    return counted.withColumn("share", F.when(both > 0, F.col("positive_rows") / both))


def report(
    scored,
    output,
    text="text",
    title=None,
    stars=None,
    date=None,
    product=None,
    id=None,
    stars_of=None,
    dayfirst=None,
    topics=False,
    rows=MAX_REPORT_ROWS,
    name="reviews",
    model=None,
    program=None,
):
    """Writes the report on a scored DataFrame, one HTML file, or JSON if output ends in .json, to a
    path of the driver, or of Spark's file systems (s3://..., hdfs://...), which must not exist yet.
    Returns (rows of the report, all rows).

    text, title, stars, date, product, id: names of columns, None for an absent one. Stars go from 1
    to stars_of (found in the rows if None); dayfirst selects which number of 3/4/2024 is the day.
    topics: whether to find the topics of the reviews, which runs a model on the driver. model: as
    for score. Nothing is scored again.

    For up to MAX_REPORT_ROWS rows the report is that of `reviewlens report` on all of them. For
    more it is on a sample, and states that: the rows whose texts have a hash that ends in n zero
    bits, for the least n that fits, so that either all rows of a text are in it or none, and the
    same ones however the rows are partitioned. summarize() counts them all. The driver needs the
    disk space for the sample's texts.
    """
    from pyspark.sql import functions as F

    roles = {"text": text, "title": title, "stars": stars, "date": date, "product": product}
    columns = {k: v for k, v in {**roles, "id": id}.items() if v is not None}
    needed = [*columns.values(), "sentiment", "positive"]
    if missing := [c for c in needed if not find_column(scored, c)]:
        raise ValueError(
            f"there is no column {missing[0]!r} to report; the columns are "
            + ", ".join(scored.columns)
        )
    place = FileSystem(scored.sparkSession, str(output)) if "://" in str(output) else None
    fields = [column(v).cast("string").alias(k) for k, v in columns.items()]
    fields += [F.col("sentiment"), F.col("positive")]
    if "model" in scored.columns and find_column(scored, text) != "model":
        fields.append(F.col("model"))
    chosen = scored.select(*fields)
    hashed = F.xxhash64(*(k for k in ("title", "text") if k in columns))
    level, kept, total = sample_level(chosen, hashed, rows)
    if not total:
        raise ValueError("there is no row to report")
    if level:
        chosen = chosen.where(ends_in_zeros(hashed, level))
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / f"{name.replace('/', '_') or 'reviews'}.jsonl"
        with open(path, "wb") as file:
            for row in chosen.toLocalIterator(prefetchPartitions=True):
                file.write(encode([json.dumps(row.asDict(), ensure_ascii=False)]))
        made = output
        if place:
            made = pathlib.Path(folder) / f"report{pathlib.PurePosixPath(str(output)).suffix}"
        write_report(
            program or locate(),
            path,
            made,
            {k: k if v is not None else "-" for k, v in roles.items()},
            stars_of,
            dayfirst,
            topics,
            total if level else None,
            model,
        )
        if place:
            place.put(made)
    return kept, total


class FileSystem:
    """A file system of Hadoop, as Spark reaches it, and an unused path in it."""

    def __init__(self, spark, name):
        self.jvm, self.name = spark._jvm, name
        self.path = self.jvm.org.apache.hadoop.fs.Path(name)
        self.fs = self.path.getFileSystem(spark._jsc.hadoopConfiguration())
        if self.fs.exists(self.path):
            raise ValueError(f"{name} is there already; remove it, or give another name")

    def put(self, local):
        """Copies a local file to it."""
        source = self.jvm.org.apache.hadoop.fs.Path(f"file://{local}")
        self.fs.copyFromLocalFile(False, False, source, self.path)


def ends_in_zeros(hashed, level):
    from pyspark.sql import functions as F

    return F.pmod(hashed, F.lit(1 << level)) == 0


def sample_level(df, hashed, most):
    """Returns the least level with at most this many rows, their number, and the number of all
    rows."""
    from pyspark.sql import functions as F

    levels = [
        F.sum(F.when(ends_in_zeros(hashed, n), 1).otherwise(0)).alias(str(n))
        for n in range(1, LEVELS)
    ]
    counts = df.agg(F.count(F.lit(1)).alias("0"), *levels).first()
    for n in range(LEVELS):
        if (count := counts[n] or 0) <= most and (count or not counts[0]):
            return n, count, counts[0]
    raise ValueError(
        f"no sample of at most {most:,} of the {counts[0]:,} rows is to be had: a text is repeated "
        "more often; leave its rows out"
    )
