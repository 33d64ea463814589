"""deploy/spark where reviews lie: a bucket of S3, in a server of the test's own, and an Iceberg
table of a Hadoop catalogue in it.

    make test-spark            # Spark 3.5, with hadoop-aws and the runtime of Iceberg

What commits to S3 here is Hadoop's committer, by rename. Those of EMR and of Glue are theirs alone.
"""

import csv
import http.server
import io
import json
import os
import subprocess
import threading
import unittest

from local import HERE, PROGRAM, ROOT, session
from reviewlens_spark import job

WORK = ROOT / "build/work/spark"

spark = server = None


def setUpModule():
    global spark, server
    server = subprocess.Popen(
        [WORK / "s3", "reviews"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    url = server.stdout.readline().strip()
    os.environ |= {
        "AWS_ENDPOINT_URL": url,  # for the program, which writes reports
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    settings = {
        # not spark.jars: that is copied to the executor, 280 MB of it
        "spark.driver.extraClassPath": str(WORK / "jars/*"),
        "spark.hadoop.fs.s3a.endpoint": url,
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.access.key": "test",
        "spark.hadoop.fs.s3a.secret.key": "test",
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",  # as on EMR
        "spark.hadoop.fs.s3a.change.detection.mode": "warn",
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.catalog.lake": "org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.lake.type": "hadoop",
        "spark.sql.catalog.lake.warehouse": "s3a://reviews/lake",
    }
    spark = session(settings)


def tearDownModule():
    spark.stop()
    server.stdin.close()
    server.wait()


def rows(n):
    return [
        (i, f"Works well, in week {i % 37}." if i % 3 else f"It leaks, since day {i}.", i % 5 + 1)
        for i in range(n)
    ]


def frame(n, partitions=3):
    return spark.createDataFrame(rows(n), "id int, text string, stars int").repartition(partitions)


def run(source, output, **changes):
    given = {"text": "text", "stars": "stars", "id": "id", **changes}
    flags = [f"--{k.replace('_', '-')}" + ("" if v is True else f"={v}") for k, v in given.items()]
    a = job.parser().parse_args([f"--input={source}", f"--output={output}", *flags])
    done = job.run(spark, a)
    if a.report:
        done["report"] = job.report(spark, a)
    return done


def scores(path):
    """Returns the program's own scores of the same rows: positive by id."""
    with path.open("w", newline="") as f:
        w = csv.writer(f)
        w.writerow(["id", "text", "stars"])
        w.writerows(rows(200))
    command = [PROGRAM, "score", path, "-text", "text"]
    done = subprocess.run(command, capture_output=True, check=True)
    return {int(r["id"]): r["positive"] for r in csv.DictReader(io.StringIO(done.stdout.decode()))}


class Places(unittest.TestCase):
    def test_from_s3_to_s3(self):
        frame(200).write.parquet("s3a://reviews/in/")
        done = run(
            "s3://reviews/in/",
            "s3://reviews/out/",
            report="s3://reviews/out/_report.html",
            facts=True,
        )
        self.assertEqual((done["finished"], done["rows"]), (True, 200))
        self.assertEqual((done["report"]["rows"], done["report"]["of"]), (200, 200))
        found = spark.read.parquet("s3a://reviews/out/scored/")
        got = {r["id"]: f"{r['positive']:.4f}" for r in found.collect()}
        self.assertEqual({int(i): p for i, p in got.items()}, scores(HERE / "same.csv"))
        self.assertEqual(dict(found.dtypes)["written"], "date")
        self.assertIn(b"</html>", self.object("out/_report.html"))
        again = run(
            "s3://reviews/in/",
            "s3://reviews/out/",
            report="s3://reviews/out/_report.html",
            facts=True,
        )
        self.assertEqual(again["run"], done["run"], "the same command again does nothing")
        self.assertTrue(again["report"]["before"])
        with self.assertRaisesRegex(job.Refused, "there are no files at"):
            run("s3://reviews/none/", "s3://reviews/new/")
        with self.assertRaisesRegex(job.Refused, "is there; give another folder"):
            run("s3://reviews/in/", "s3://reviews/out/", text="text", keep="id")

    def test_a_bucket_that_is_closed(self):
        """Its server answers 403, as S3 does if a role lacks a permission."""

        class Closed(http.server.BaseHTTPRequestHandler):
            def do_HEAD(self):
                self.send_response(403)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_PUT = do_HEAD

            def log_message(self, *_):
                pass

        closed = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Closed)
        threading.Thread(target=closed.serve_forever, daemon=True).start()
        self.addCleanup(closed.server_close)
        self.addCleanup(closed.shutdown)
        url = f"http://127.0.0.1:{closed.server_port}"
        spark._jsc.hadoopConfiguration().set("fs.s3a.bucket.closed.endpoint", url)
        frame(3).write.parquet("s3a://reviews/open/")
        for source, output in (("closed/in/", "reviews/new/"), ("reviews/open/", "closed/out/")):
            address = f"s3://{source if source.startswith('closed') else output}"
            with self.assertRaisesRegex(job.Refused, f"may not read or write {address}.*Access"):
                run(f"s3://{source}", f"s3://{output}")

    def object(self, key):
        import urllib.request

        with urllib.request.urlopen(f"{os.environ['AWS_ENDPOINT_URL']}/reviews/{key}") as answer:
            return answer.read()

    def test_the_report_is_of_one_file(self):
        """The report of the program itself on Spark's output, read from the bucket."""
        frame(200).write.parquet("s3a://reviews/report-in/")
        report = "s3://reviews/report.json"
        run("s3://reviews/report-in/", "s3://reviews/report-out/", report=report)
        made = json.loads(self.object("report.json"))
        done = subprocess.run(
            [PROGRAM, "report", "s3://reviews/report-out/scored/", "-scored", "-text", "text"]
            + ["-stars", "stars", "-topics=false", "-format", "json"],
            capture_output=True,
            check=True,
        )
        same = json.loads(done.stdout)
        for name in ("rows", "scored", "positive", "negative", "unsure", "repeated"):
            self.assertEqual(made[name], same[name], name)
        self.assertEqual([s["rows"] for s in made["stars"]], [s["rows"] for s in same["stars"]])

    def test_iceberg(self):
        frame(120).writeTo("lake.shop.reviews").using("iceberg").create()
        tables = {"input_format": "iceberg", "output_format": "iceberg"}
        done = run("lake.shop.reviews", "lake.shop.scored", **tables)
        self.assertEqual((done["finished"], done["rows"]), (True, 120))
        found = spark.table("lake.shop.scored")
        self.assertEqual(sorted(r["id"] for r in found.collect()), list(range(120)))
        snapshots = spark.sql("SELECT summary FROM lake.shop.scored.snapshots").collect()
        self.assertEqual(len(snapshots), 1, "one snapshot for all rows")
        self.assertEqual(snapshots[0]["summary"]["reviewlens.run"], done["run"])
        with self.assertRaisesRegex(job.Refused, "the table lake.shop.scored is there"):
            run("lake.shop.reviews", "lake.shop.scored", **tables)
        again = run("lake.shop.reviews", "lake.shop.scored", **tables, resume=True)
        self.assertEqual(again["groups"], done["groups"], "what was committed is not done again")
        self.assertEqual(spark.table("lake.shop.scored").count(), 120)

    def test_a_table_that_changes(self):
        """The input is the snapshot of the beginning, and a later one is another input."""
        frame(30).writeTo("lake.shop.changing").using("iceberg").create()
        tables = {"input_format": "iceberg"}
        output = "s3://reviews/changing/"
        given = job.parser().parse_args(
            ["--input=lake.shop.changing", f"--output={output}", "--text=text"]
            + ["--input-format=iceberg"]
        )
        source = job.Input(spark, job.Files(spark), given)
        done = run("lake.shop.changing", output, **tables)
        self.assertEqual(done["rows"], 30)
        again = run("lake.shop.changing", output, **tables)
        self.assertEqual(again["run"], done["run"], "the same command again does nothing")
        frame(10).writeTo("lake.shop.changing").append()
        self.assertEqual(source.read(None).count(), 30)
        self.assertEqual(spark.table("lake.shop.changing").count(), 40)
        for more in ({}, {"resume": True}):
            with self.assertRaisesRegex(job.Refused, "begun with another listing"):
                run("lake.shop.changing", output, **tables, **more)
        with self.assertRaisesRegex(job.Refused, "lake.shop.none is no Iceberg table"):
            run("lake.shop.none", "s3://reviews/new/", **tables)
        spark.sql("CREATE TABLE lake.shop.empty (id int, text string, stars int) USING iceberg")
        self.assertEqual(run("lake.shop.empty", "s3://reviews/none-out/", **tables)["rows"], 0)

    def test_snapshots_that_have_expired(self):
        """The completed groups of a table are then unknown, and no rows are added twice."""
        frame(60).write.parquet("s3a://reviews/expiring/")
        given = {"output_format": "iceberg", "group_bytes": 1}
        done = run("s3://reviews/expiring/", "lake.shop.expiring", **given)
        self.assertEqual(len(done["groups"]), 3)
        spark.sql(
            "CALL lake.system.expire_snapshots(table => 'shop.expiring', retain_last => 1, "
            "older_than => TIMESTAMP '2100-01-01 00:00:00')"
        )
        with self.assertRaisesRegex(job.Refused, "of group 1 were committed: snapshots have expir"):
            run("s3://reviews/expiring/", "lake.shop.expiring", **given, resume=True)

    def test_from_s3_to_iceberg_in_groups(self):
        frame(90).write.parquet("s3a://reviews/groups/")
        done = run(
            "s3://reviews/groups/", "lake.shop.groups", output_format="iceberg", group_bytes=1
        )
        self.assertEqual(len(done["groups"]), 3)
        self.assertEqual(spark.table("lake.shop.groups").count(), 90)
        snapshots = spark.sql("SELECT summary FROM lake.shop.groups.snapshots").collect()
        self.assertEqual(len(snapshots), 3, "a snapshot for each group")


if __name__ == "__main__":
    unittest.main(warnings="ignore")
