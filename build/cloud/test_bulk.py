"""Tests the decisions and AWS calls of deploy/bulk.py against a simulated AWS; and runs
ENGINE=local.

    build/work/cloud-lint/bin/python build/cloud/test_bulk.py

The last part needs bin/reviewlens (`make build`), and reports if it is missing.
"""

import contextlib
import csv
import datetime
import fnmatch
import hashlib
import io
import json
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "deploy"))
sys.dont_write_bytecode = True
import boto3
import botocore.exceptions
import bulk
import yaml


class Loader(yaml.SafeLoader):
    """Parses CloudFormation's short forms as their content."""


def plain(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, True)
    return loader.construct_mapping(node, True)


Loader.add_multi_constructor("!", plain)
TEMPLATE = yaml.load((ROOT / "deploy/cloud/bulk.yaml").read_text(), Loader)


class Objects:
    """An S3 with some objects, all of the same time."""

    made = datetime.datetime(2026, 5, 1, 12, tzinfo=datetime.timezone.utc)

    class exceptions:
        ClientError = botocore.exceptions.ClientError

        class NoSuchKey(Exception):
            pass

    def __init__(self, **objects):
        self.objects, self.put = dict(objects), []

    def get_object(self, Bucket, Key):
        if Key not in self.objects:
            raise self.exceptions.NoSuchKey
        return {"Body": io.BytesIO(self.objects[Key])}

    def head_object(self, Bucket, Key):
        if Key not in self.objects:
            raise self.exceptions.ClientError({"Error": {"Code": "404"}}, "HeadObject")
        return {}

    def get_paginator(self, _):
        return self

    def paginate(self, Bucket, Prefix):
        keys = [k for k in self.objects if k.startswith(Prefix)]
        found = [
            {"Key": k, "Size": len(self.objects[k]), "LastModified": self.made} for k in keys
        ]
        return [{"Contents": found}] if found else [{}]

    def put_object(self, **given):
        self.put.append(given["Key"])


class Account:
    """A deployed stage."""

    name = "reviewlens-prod"

    def __init__(self):
        self.stacks = mock.Mock()
        self.stacks.get_template_summary.return_value = {
            "Parameters": [{"ParameterKey": k} for k in TEMPLATE["Parameters"]]
        }
        self.applied = None

    def outputs(self, part):
        if part.startswith("bulk-"):
            return {"Job": "job", "Application": "app", "Role": "role"}
        return {
            "key": {"KeyArn": "arn:key"},
            "artifacts": {"CodeBucket": "code"},
            "reporting": {"ReportDatabase": "reviewlens_prod"},
        }[part]

    def apply(self, part, template, wants, values, yes):
        self.applied = (part, wants, values)


GROUP = {"rows": 10, "positive_rows": 6, "negative_rows": 4, "failed_rows": 0}


class Runs(unittest.TestCase):
    def setUp(self):
        bulk.POLL = 0
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.wheel = pathlib.Path(folder) / "reviewlens_spark-1-py3-none-manylinux_2_34_x86_64.whl"
        self.wheel.write_bytes(b"wheel")
        self.stdout = io.StringIO()
        self.enterContext(contextlib.redirect_stdout(self.stdout))

    def run_on(self, engine, states, *more, s3=None):
        """Returns a run for which AWS reports these states in order."""
        places = ["s3://shop/in/", "s3://shop/out/"]
        a = bulk.parser().parse_args([*places, "--engine", engine, "--yes",
                                      "--text", "body", "--stars", "rating", *more])  # fmt: skip
        s3 = s3 or Objects(**{"in/a.parquet": b"x" * 1000})
        client = mock.Mock()
        client.start_job_run.return_value = {"JobRunId": "r", "jobRunId": "r"}
        remaining = iter(states)

        def look(**_):
            state = next(remaining)
            if state in ("SUCCEEDED", "SUCCESS"):
                s3.objects["out/_reviewlens.json"] = json.dumps(
                    {"finished": True, "rows": 20, "groups": [GROUP, GROUP]}
                ).encode()
            elif state == "RUNNING":
                s3.objects["out/_reviewlens.json"] = json.dumps(
                    {"finished": False, "groups": [GROUP]}
                ).encode()
            return {"JobRun": {"JobRunState": state, "ErrorMessage": "out of luck"},
                    "jobRun": {"state": state, "stateDetails": "out of luck"}}  # fmt: skip

        client.get_job_run.side_effect = look
        session = mock.Mock()
        session.client.side_effect = lambda name: s3 if name == "s3" else client
        account = Account()
        run = bulk.Run(a, account, self.wheel, session)
        return run.go(), client, account, s3

    def test_glue(self):
        states = ["STARTING", "RUNNING", "SUCCEEDED"]
        status, client, account, s3 = self.run_on("glue", states, "--flex")
        self.assertEqual(status, 0)
        part, wants, values = account.applied
        self.assertEqual(set(values), wants, "every parameter of the template has a value")
        for name, value in {"InputPrefix": "in/", "OutputPrefix": "out/", "KeyArn": "arn:key",
                            "InputFolder": "in", "OutputFolder": "out",
                            "Flex": "yes", "Database": "reviewlens_prod", "Engine": "glue",
                            "Workers": "10"}.items():  # fmt: skip
            self.assertEqual(values[name], value, name)
        self.allowed(values)
        given = client.start_job_run.call_args.kwargs
        self.assertEqual(given["Arguments"]["--report"], "s3://shop/out/_report.html")
        self.assertEqual(given["Arguments"]["--text"], "body")
        self.assertEqual(given["Arguments"]["--stars"], "rating")
        self.assertNotIn("--resume", given["Arguments"])
        self.assertTrue(s3.put[0].endswith(self.wheel.name) and s3.put[1].endswith("job.py"))
        output = self.stdout.getvalue()
        for want in ("at most $23: 10 workers, ended after 480 minutes", "of Glue FLEX",
                     "RUNNING: 10 rows are committed", "20 rows, 12 positive rows, 8 negative rows",
                     "the report: s3://shop/out/_report.html"):  # fmt: skip
            self.assertIn(want, output)

    def allowed(self, values):
        """Checks that CloudFormation accepts these values of the template's parameters."""
        for name, value in values.items():
            described = TEMPLATE["Parameters"][name]
            if pattern := described.get("AllowedPattern"):
                self.assertRegex(value, pattern, name)
            if "AllowedValues" in described:
                self.assertIn(value, described["AllowedValues"], name)
            if described["Type"] == "Number":
                self.assertLessEqual(described["MinValue"], int(value), name)
                self.assertLessEqual(int(value), described["MaxValue"], name)

    def test_emr(self):
        states = ["PENDING", "RUNNING", "SUCCESS"]
        status, client, account, s3 = self.run_on("emr", states)
        self.assertEqual(status, 0)
        self.allowed(account.applied[2])
        given = client.start_job_run.call_args.kwargs
        spark = given["jobDriver"]["sparkSubmit"]
        self.assertEqual((given["applicationId"], given["executionRoleArn"]), ("app", "role"))
        self.assertEqual(given["executionTimeoutMinutes"], 480)
        self.assertRegex(
            spark["sparkSubmitParameters"], r"spark.submit.pyFiles=s3://code/bulk/.*x86_64\.zip"
        )
        self.assertIn("--facts", spark["entryPointArguments"])
        self.assertNotIn("", spark["entryPointArguments"])
        self.assertTrue(s3.put[0].endswith(".zip"), "EMR takes no wheel")

    def test_the_longest_stage_has_a_name_that_is_allowed(self):
        with mock.patch.object(Account, "name", "reviewlens-" + 31 * "s"):  # as in deploy.Cloud
            for engine, end in (("glue", "SUCCEEDED"), ("emr", "SUCCESS")):
                _, _, account, _ = self.run_on(engine, [end])
                self.allowed(account.applied[2])
                self.assertLessEqual(len(account.applied[2]["Name"]), 64, "EMR takes no more")

    def test_the_job_takes_what_it_is_given(self):
        """Parsed by its own parser, which is that of deploy/spark."""
        source = (ROOT / "deploy/spark/reviewlens_spark/job.py").read_text()
        known = set(re.findall(r'"(--[a-z-]+)"', source))
        known |= {f"--{n}" for n in ("stars", "date", "product", "id")}
        _, client, _, _ = self.run_on("glue", ["SUCCEEDED"])
        given = set(client.start_job_run.call_args.kwargs["Arguments"])
        self.assertLessEqual(given, known)

    def test_a_run_that_ends_early_goes_on(self):
        for engine, state in (("glue", "TIMEOUT"), ("emr", "FAILED")):
            with self.assertRaisesRegex(bulk.Stop, f"{state}: out of luck; the same command"):
                self.run_on(engine, ["RUNNING", state])
        state = {"what": dict.fromkeys(bulk.NEWER_KEYS), "finished": False, "groups": []}
        noted = json.dumps(state).encode()
        unfinished = Objects(**{"in/a.csv": b"x", "out/_reviewlens.json": noted})
        _, client, _, _ = self.run_on("glue", ["SUCCEEDED"], s3=unfinished)
        self.assertIn("--resume", client.start_job_run.call_args.kwargs["Arguments"])

    def test_a_run_that_nobody_follows(self):
        """It goes on and costs, so that the command that ends it is named."""
        for engine, want in (
            ("glue", "`aws glue batch-stop-job-run --job-name job --job-run-ids r` ends it"),
            ("emr", "--application-id app --job-run-id r` ends it"),
        ):
            with mock.patch("bulk.time.sleep", side_effect=KeyboardInterrupt):
                with self.assertRaisesRegex(bulk.Stop, f"for 480 minutes at most.*{want}"):
                    self.run_on(engine, ["RUNNING"])

    def test_a_program_that_is_interrupted_ends_by_itself(self):
        script = "trap 'sleep 1; exit 130' INT; kill -INT $PPID $$; sleep 9"
        self.assertEqual(bulk.ended(["sh", "-c", script]), 130)

    def test_what_an_earlier_version_made_is_left_alone(self):
        """Otherwise the job would refuse it each time, after it has been paid for."""
        for finished in (False, True):
            state = {"what": {"input": "s3://shop/in/"}, "finished": finished, "rows": 7}
            s3 = Objects(**{"in/a.csv": b"x", "out/_reviewlens.json": json.dumps(state).encode()})
            with self.assertRaisesRegex(bulk.Stop, "did not note its multiline.*another OUTPUT"):
                self.run_on("glue", [], s3=s3)

    def finished(self):
        """Returns S3 after a run with run_on's arguments on one file."""
        listed = [("s3://shop/in/a.parquet", 4, 1777636800000)]  # format of Files.list of job.py
        what = {
            "input": "s3://shop/in/", "text": "body", "title": None, "stars": "rating",
            "date": None, "product": None, "id": None, "multiline": False,
            "output_format": "parquet", "facts": True, "base": "s3://shop/in",
            "listing": hashlib.sha256(json.dumps(listed).encode()).hexdigest(),
        }  # fmt: skip
        state = {"what": what, "finished": True, "rows": 7, "groups": []}
        return Objects(**{
            "in/a.parquet": b"rows", "out/_reviewlens.json": json.dumps(state).encode(),
            "out/_report.html": b"report",
        })  # fmt: skip

    def test_what_is_finished_is_not_done_again(self):
        status, client, account, _ = self.run_on("glue", [], s3=self.finished())
        self.assertEqual((status, client.start_job_run.called, account.applied), (0, False, None))
        self.assertIn("was finished before: 7 rows", self.stdout.getvalue())

    def test_csv_may_have_line_ends_in_its_fields(self):
        """Spark takes each for the end of a row, unless configured; then it does not split
        files."""
        for name, more, want in (
            ("a.csv", [], True), ("b.CSV.gz", [], True), ("a.csv", ["--one-line"], False),
            ("a.parquet", [], False), ("a.jsonl.gz", [], False),
        ):  # fmt: skip
            for engine, end in (("glue", "SUCCEEDED"), ("emr", "SUCCESS")):
                s3 = Objects(**{f"in/{name}": b"x" * 10})
                _, client, _, _ = self.run_on(engine, [end], *more, s3=s3)
                call = client.start_job_run.call_args.kwargs
                given = call.get("Arguments") or (
                    call["jobDriver"]["sparkSubmit"]["entryPointArguments"]
                )
                self.assertEqual("--multiline" in given, want, (name, more, engine))
        job = (ROOT / "deploy/spark/reviewlens_spark/job.py").read_text()
        self.assertIn("MAX_CSV_BYTES = 1 << 30 ", job)
        self.assertEqual(bulk.MAX_CSV_BYTES, 1 << 30)
        large = {"in/a.csv": b"x" * 10, "in/b.csv": b"x"}
        with mock.patch("bulk.MAX_CSV_BYTES", 9):
            with self.assertRaisesRegex(bulk.Stop, "in/a.csv has 10 bytes.*ONE_LINE=1"):
                self.run_on("glue", [], s3=Objects(**large))
            self.run_on("glue", ["SUCCEEDED"], "--one-line", s3=Objects(**large))

    def test_the_job_decides_whether_something_is_left(self):
        """It is called after a new file, with another column, and without a report."""
        new, changed, unreported = (self.finished() for _ in range(3))
        new.objects["in/b.parquet"] = b"more"
        changed.objects["in/a.parquet"] = b"other rows"
        del unreported.objects["out/_report.html"]
        for s3, more in (
            (new, []), (changed, []), (unreported, []), (self.finished(), ["--title", "headline"]),
            (self.finished(), ["--date", "day"]),
        ):  # fmt: skip
            _, client, _, _ = self.run_on("glue", ["SUCCEEDED"], *more, s3=s3)
            given = client.start_job_run.call_args.kwargs["Arguments"]
            self.assertNotIn("--resume", given, "what is finished does not go on")

    def test_the_most_that_it_costs(self):
        """On EMR including the driver, and memory as billed: the requested size and a tenth."""
        prices = json.loads((ROOT / "deploy/cost/bill/prices.json").read_text())["prices"]
        usd = {name: price["tiers"][0]["usd"] for name, price in prices.items()}
        self.run_on("emr", ["SUCCESS"], "--workers", "20", "--minutes", "600")
        most = 21 * 10 * (4 * usd["emr-vcpu"] + 14 * usd["emr-gb"])
        self.assertIn(
            f"at most ${most:,.0f}: 20 executors and a driver, ended after 600 minutes",
            self.stdout.getvalue(),
        )
        for more, name in ([], "glue"), (["--flex"], "glue-flex"):
            self.run_on("glue", ["SUCCEEDED"], *more)
            self.assertIn(f"at most ${80 * usd[name]:,.0f}: 10 workers", self.stdout.getvalue())

    def test_what_is_asked_for_is_what_is_reckoned_with(self):
        """By deploy/cost, before a run is started."""
        source = (ROOT / "deploy/cost/bill/bulk.go").read_text()
        reckoned = {k: int(v) for k, v in re.findall(r"^\t(\w+) += (\d+)\b", source, re.M)}
        _, client, _, _ = self.run_on("emr", ["SUCCESS"])
        driver = client.start_job_run.call_args.kwargs["jobDriver"]["sparkSubmit"]
        for who in ("executor", "driver"):
            parameters = driver["sparkSubmitParameters"]
            memory = int(re.search(rf"spark.{who}.memory=(\d+)g", parameters)[1])
            cores = int(re.search(rf"spark.{who}.cores=(\d+)", parameters)[1])
            billed = math.ceil(memory * 1.1)  # Spark's overhead, in GB as billed by EMR
            self.assertEqual((cores, billed), (reckoned["cpusOfWorker"], reckoned["gbOfWorker"]))
        self.assertIn("spark.dynamicAllocation.maxExecutors=10", parameters)
        self.assertEqual(reckoned["workers"], 10)


class Mistakes(unittest.TestCase):
    def stops(self, want, *arguments):
        with self.assertRaises(SystemExit) as caught, contextlib.redirect_stdout(io.StringIO()):
            bulk.main(list(arguments))
        self.assertIn(want, str(caught.exception))

    def test_mistakes(self):
        glue = ["--engine", "glue", "--stage", "prod", "--text", "body"]
        self.stops("say whose key", "s3://shop/in/", "s3://shop/out/", "--engine", "glue")
        self.stops("TEXT=review_body", "s3://shop/in/", "s3://shop/out/", *glue[:-2])
        self.stops("INPUT is in.csv; glue wants a prefix", "in.csv", "s3://shop/out/", *glue)
        self.stops("OUTPUT is s3://shop/out; glue wants", "s3://shop/in/", "s3://shop/out", *glue)
        self.stops("is a whole bucket", "s3://shop/in/", "s3://c/", *glue)
        self.stops("lies inside s3://shop/in/", "s3://shop/in/", "s3://shop/in/out/", *glue)
        self.stops("is no file", "absent.csv", "out.csv")
        with mock.patch("sys.stdin", io.StringIO()):
            with tempfile.NamedTemporaryFile(suffix=".csv") as f:
                self.stops("YES=1 says it beforehand", f.name, "out.csv")
        with self.assertRaisesRegex(bulk.Stop, "there are no files at s3://shop/x/"):
            bulk.sizes("s3://shop/x/", Objects(**{"y/a": b"1", "x/_SUCCESS": b"1", "x/empty": b""}))


    def test_ctrl_c(self):
        with mock.patch("bulk.sizes", side_effect=KeyboardInterrupt):
            self.stops("bulk: interrupted", "reviews.csv", "scored.csv")

    def test_what_it_costs_is_not_needed(self):
        with mock.patch("bulk.subprocess.run", side_effect=FileNotFoundError("go")):
            self.assertIn("there is no Go", bulk.cost("glue", {"a.csv": 7}))

    def test_hidden_objects_are_those_of_the_job(self):
        listed = {f"in/{name}": b"x" for name in ("a", "_SUCCESS", "_day=1/a", ".b/a", "c/_d/a")}
        found = bulk.sizes("s3://shop/in/", Objects(**listed))
        self.assertEqual(set(found), {"in/a", "in/_day=1/a"})

    def test_what_aws_refuses(self):
        """It is reported in a sentence, by the name of the error."""
        reply = {"Error": {"Code": "AccessDenied", "Message": "not authorized"}}
        denied = botocore.exceptions.ClientError(reply, "ListObjectsV2")
        for failure, want in (
            (denied, "bulk: these credentials may not do this: An error occurred (AccessDenied)"),
            (botocore.exceptions.NoCredentialsError(), "bulk: no credentials"),
            (botocore.exceptions.NoRegionError(), "AWS_REGION="),
        ):
            glue = ["--engine", "glue", "--stage", "prod", "--text", "body"]
            with mock.patch("deploy.session", side_effect=failure):
                self.stops(want, "s3://shop/in/", "s3://shop/out/", "--yes")
            with (
                tempfile.TemporaryDirectory() as folder,
                mock.patch("bulk.WHEELS", pathlib.Path(folder)),
                mock.patch("deploy.Cloud", side_effect=failure),
            ):
                (bulk.WHEELS / "reviewlens_spark-1-x86_64.whl").touch()
                self.stops(want, "s3://shop/in/", "s3://shop/out/", *glue)


class Template(unittest.TestCase):
    """The role reads one prefix and writes one."""

    values = {
        "AWS::Partition": "aws", "InputBucket": "in", "InputPrefix": "shop/reviews/",
        "InputFolder": "shop/reviews", "OutputBucket": "out", "OutputPrefix": "scored/",
        "OutputFolder": "scored", "CodeBucket": "code", "Wheel": "w.whl", "Script": "job.py",
    }  # fmt: skip

    def allowed(self, action, resource, prefix=None):
        """Returns whether the role may do it; prefix is that of a list, None if absent."""

        def filled(text):
            text = self.values.get(text, text)  # of !Ref
            return re.sub(r"\$\{(\S+?)\}", lambda m: self.values.get(m[1], ""), text)

        def of(value):
            return value if isinstance(value, list) else [value]

        policy = TEMPLATE["Resources"]["Role"]["Properties"]["Policies"][0]["PolicyDocument"]
        for s in policy["Statement"]:
            where = [filled(text) for text in of(s["Resource"])]
            if action not in of(s["Action"]) or not any(
                fnmatch.fnmatchcase(f"arn:aws:s3:::{resource}", w) for w in where
            ):
                continue
            (kind, condition), *more = list(s.get("Condition", {"": {}}).items())
            self.assertEqual(more, [])
            self.assertIn(kind, ("", "StringLike", "StringLikeIfExists"))
            likes = [filled(text) for text in of(condition.get("s3:prefix", "*"))]
            if prefix is None and kind == "StringLike":
                continue
            if prefix is None or any(fnmatch.fnmatchcase(prefix, like) for like in likes):
                return True
        return False

    def test_rights(self):
        policy = TEMPLATE["Resources"]["Role"]["Properties"]["Policies"][0]["PolicyDocument"]
        self.assertTrue(all(s["Resource"] != "*" for s in policy["Statement"]))
        for action, resource, want in (
            ("GetObject", "in/shop/reviews/may/a.csv", True), ("GetObject", "in/shop/other", False),
            ("GetObject", "in/shop/reviews-other/a.csv", False),
            ("PutObject", "in/shop/reviews/a", False),
            ("GetObject", "out/scored/_reviewlens.json", True), ("PutObject", "out/scored/a", True),
            ("PutObject", "out/scored", False), ("DeleteObject", "out/scored-other/a", False),
            # S3A first checks whether the name without its slash is an object
            ("GetObject", "in/shop/reviews", True), ("GetObject", "out/scored", True),
            # its committers complete the remaining parts
            ("AbortMultipartUpload", "out/scored/a", True),
            ("ListMultipartUploadParts", "out/scored/a", True),
            ("ListMultipartUploadParts", "out/other/a", False),
        ):  # fmt: skip
            self.assertEqual(self.allowed(f"s3:{action}", resource), want, (action, resource))
        for action, bucket, prefix, want in (
            ("ListBucket", "in", "shop/reviews/", True), ("ListBucket", "in", "shop/reviews", True),
            ("ListBucket", "in", "shop/", False), ("ListBucket", "in", "", False),
            ("ListBucket", "out", "scored/scored/_temporary/", True),
            ("ListBucket", "out", "scored", True), ("ListBucket", "out", "other/", False),
            ("ListBucketMultipartUploads", "out", "scored/", True),
            ("ListBucketMultipartUploads", "out", "other/", False),
            # called for an absent object; without the permission S3 answers 403
            ("ListBucket", "in", None, True), ("ListBucket", "out", None, True),
        ):  # fmt: skip
            self.assertEqual(
                self.allowed(f"s3:{action}", bucket, prefix), want, (action, bucket, prefix)
            )

    def test_logs_of_emr(self):
        """The permissions that EMR Serverless requires for logs in CloudWatch."""
        policy = TEMPLATE["Resources"]["Role"]["Properties"]["Policies"][0]["PolicyDocument"]
        own, all_groups = set(), set()
        for s in policy["Statement"]:
            actions = s["Action"] if isinstance(s["Action"], list) else [s["Action"]]
            where = s["Resource"] if isinstance(s["Resource"], list) else [s["Resource"]]
            if any("/aws/emr-serverless/${Name}" in w for w in where):
                own |= set(actions)
            if any(w.endswith(":log-group:*") for w in where):
                all_groups |= set(actions)
        self.assertEqual(all_groups, {"logs:DescribeLogGroups"})
        for action in ("CreateLogGroup", "CreateLogStream", "DescribeLogStreams", "PutLogEvents"):
            self.assertIn(f"logs:{action}", own)

    def test_brakes(self):
        job = TEMPLATE["Resources"]["Job"]["Properties"]
        self.assertEqual((job["Timeout"], job["MaxRetries"]), ("Minutes", 0))
        self.assertEqual(job["GlueVersion"], "5.1")
        self.assertIn("MaximumCapacity", TEMPLATE["Resources"]["Application"]["Properties"])

    def test_the_table_has_the_columns_of_the_job(self):
        ours = self.columns(TEMPLATE["Resources"]["Scores"])
        package = (ROOT / "deploy/spark/reviewlens_spark/__init__.py").read_text()
        names = set(re.findall(r'"(\w+)"', re.search(r"^NAMES = \((.*)\)", package, re.M)[1]))
        self.assertEqual(set(ours), names | {"id", "product", "written", "stars"})
        jobs = yaml.load((ROOT / "deploy/cloud/reporting.yaml").read_text(), Loader)
        theirs = self.columns(jobs["Resources"]["Reviews"])
        for name in ours.keys() & theirs.keys():
            self.assertEqual(ours[name], theirs[name], name)

    def test_the_table_is_all_that_the_job_writes(self):
        """Athena reads everything below a table's location, of one group and of many, as long as
        the table has no partitions.
        """
        table = TEMPLATE["Resources"]["Scores"]["Properties"]["TableInput"]
        self.assertTrue(table["StorageDescriptor"]["Location"].endswith("${OutputPrefix}scored/"))
        self.assertNotIn("PartitionKeys", table)
        job = (ROOT / "deploy/spark/reviewlens_spark/job.py").read_text()
        self.assertIn('return output.rstrip("/") + "/scored"', job)

    def columns(self, table):
        described = table["Properties"]["TableInput"]["StorageDescriptor"]["Columns"]
        return {c["Name"]: c["Type"] for c in described}


@unittest.skipUnless(bulk.PROGRAM.exists(), "wants bin/reviewlens: make build")
class Local(unittest.TestCase):
    def test_a_file_is_scored_and_reported(self):
        stdout = self.enterContext(contextlib.redirect_stdout(io.StringIO()))
        with tempfile.TemporaryDirectory() as folder:
            source, out = pathlib.Path(folder) / "in.csv", pathlib.Path(folder) / "out.parquet"
            with source.open("w", newline="") as f:
                w = csv.writer(f)
                w.writerow(["review", "stars"])
                w.writerows([f"It works well, {i}.", 5] for i in range(30))
            with self.assertRaises(SystemExit) as ended:
                bulk.main([str(source), str(out), "--yes", "--text", "review"])
            self.assertEqual(ended.exception.code, 0)
            self.assertTrue(out.read_bytes().startswith(b"PAR1"))
            self.assertIn("</html>", (pathlib.Path(folder) / "out-report.html").read_text())
        self.assertIn("hours of a processor of this machine", stdout.getvalue())

    def test_a_prefix_is_scored_and_reported(self):
        """In a bucket of a server in memory; repeating the command does nothing more."""
        server = subprocess.Popen(
            ["go", "run", "./build/s3", "shop"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.addCleanup(server.wait)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.stdin.close)
        given = {"AWS_ENDPOINT_URL": server.stdout.readline().strip(), "AWS_REGION": "us-east-1",
                 "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
                 "AWS_DEFAULT_REGION": "us-east-1"}  # fmt: skip
        self.enterContext(mock.patch.dict(os.environ, given))
        s3 = boto3.session.Session().client("s3", endpoint_url=given["AWS_ENDPOINT_URL"])
        for n in range(2):
            rows = "".join(f"It works well on day {i} of {n}.,5\n" for i in range(20))
            s3.put_object(Bucket="shop", Key=f"in/{n}.csv", Body=f"review,stars\n{rows}".encode())
        for _ in range(2):
            with contextlib.redirect_stdout(io.StringIO()) as stdout:
                with self.assertRaises(SystemExit) as ended:
                    bulk.main(["s3://shop/in/", "s3://shop/out/", "--yes", "--text", "review"])
            self.assertEqual(ended.exception.code, 0)
            keys = {o["Key"] for o in s3.list_objects_v2(Bucket="shop")["Contents"]}
            made = {"out/0.parquet", "out/1.parquet", "out/_reviewlens.json", "out-report.html"}
            self.assertEqual(keys - {"in/0.csv", "in/1.csv"}, made)
        self.assertIn("the report was made before: s3://shop/out-report.html", stdout.getvalue())


if __name__ == "__main__":
    unittest.main()
