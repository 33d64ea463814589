"""The part of `make test-cloud` about reports (deploy/cloud/reporting.yaml)."""

import base64
import collections
import copy
import csv
import io
import json
import pathlib
import re

import boto3
import botocore.exceptions
import duckdb
import yaml

CLOUD = pathlib.Path(__file__).parents[2] / "deploy/cloud"
GOOD, BAD = "Great kettle!", "It leaks, and it smells of plastic."
TYPES = {"string": "VARCHAR", "int": "INTEGER", "bigint": "BIGINT", "double": "DOUBLE", "date": "DATE", "varchar": "VARCHAR"}


def opinions():
    """Returns a file in which the kettle gets worse in the last three months, the pump does not,
    and the lid's stars disagree with its texts."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["id", "product", "review", "stars", "date"])
    for i in range(1440):
        month, product = i // 3 % 12 + 1, ("Kettle", "Pump, small", "Lid")[i % 3]
        good = {"Kettle": month < 10 or i % 5 == 0, "Pump, small": i // 36 % 2 == 0, "Lid": False}[product]
        writer.writerow([i, product, GOOD if good else BAD, 5 if good or product == "Lid" else 1, f"2025-{month:02}-15"])
    writer.writerow([1440, "Lid", "", "", ""])
    return out.getvalue().encode()


class Reporting:
    """Tests of a Cloud; they run in the order of their names."""

    def catalogue(self):
        """Returns Glue's tables, by name."""
        return {t["Name"]: t for t in boto3.client("glue").get_tables(DatabaseName=self.out["ReportDatabase"])["TableList"]}

    def engine(self, job):
        """Returns a DuckDB with the table and the views of the catalogue, over the rows of one
        job."""
        s3, tables = boto3.client("s3"), self.catalogue()
        where = re.fullmatch(r"s3://([^/]+)/(.*)", tables["reviews"]["StorageDescriptor"]["Location"])
        keys = [o["Key"] for o in s3.list_objects_v2(Bucket=where[1], Prefix=where[2])["Contents"] if job in o["Key"]]
        self.assertEqual(len(keys), 1)
        self.assertRegex(keys[0], rf"^{where[2]}made=20\d\d-\d\d-\d\d/")
        file = self.folder / "rows.parquet"
        s3.download_file(where[1], keys[0], str(file))
        db = duckdb.connect()
        self.addCleanup(db.close)
        db.execute(f"CREATE VIEW reviews AS SELECT * FROM read_parquet('{file}')")
        for name in ("products", "months", "topics"):
            db.execute(f"CREATE VIEW {name} AS {self.view(tables[name])['originalSql']}")
        for name, table in tables.items():
            have = {column: kind for column, kind, *_ in db.execute(f"DESCRIBE {name}").fetchall()}
            self.assertEqual({c["Name"]: TYPES[c["Type"]] for c in table["StorageDescriptor"]["Columns"]}, have, name)
        return db

    def view(self, table):
        """Returns a view's definition as Athena reads it."""
        text = re.fullmatch(r"/\* Presto View: (\S+) \*/", table["ViewOriginalText"])[1]
        view = json.loads(base64.b64decode(text))
        self.assertEqual((view["catalog"], view["schema"]), ("awsdatacatalog", self.out["ReportDatabase"]))
        self.assertEqual([(c["name"], TYPES[c["type"]]) for c in view["columns"]], [(c["Name"], TYPES[c["Type"]]) for c in table["StorageDescriptor"]["Columns"]])
        return view

    def test_70_reports_are_those_of_the_jobs(self):
        file = opinions()
        job = self.make(file)
        self.upload(job, file)
        self.becomes_state(job["id"], "finished")
        type(self).reported = job["id"]
        report = json.loads(self.made(job["id"], "report"))
        db = self.engine(job["id"])
        have = db.execute("SELECT product, reviews, positive, negative, unsure, share, low, high FROM products ORDER BY product").fetchall()
        want = [(p["name"], p["rows"], p["positive"], p["negative"], p["unsure"], *(p["share"][k] for k in ("share", "low", "high"))) for p in sorted(report["products"], key=lambda p: p["name"])]
        self.assertEqual(len(have), 3)
        for one, other in zip(have, want, strict=True):
            self.assertEqual(one[:5], other[:5])
            for a, b in zip(one[5:], other[5:]):
                self.assertAlmostEqual(a, b, places=6)
        counted = collections.Counter((r[1], r[4][:7], r[5]) for r in self.rows(job["id"]) if r[5])
        for product, month, reviews, positive, negative, share in db.execute("SELECT * FROM months").fetchall():
            want = [counted.pop((product, month.isoformat()[:7], s), 0) for s in ("positive", "negative", "unsure")]
            self.assertEqual((reviews, positive, negative), (sum(want), *want[:2]))
            self.assertAlmostEqual(share, want[0] / sum(want))
        self.assertEqual(counted, {})
        self.assertEqual(db.execute("SELECT * FROM topics").fetchall(), [])  # they were not requested

        queries = {k: r["Properties"]["QueryString"] for k, r in template("reporting")["Resources"].items() if r["Type"] == "AWS::Athena::NamedQuery"}
        self.assertEqual(set(queries), {"Disliked", "Changed", "Contradicted"})
        answers = {name: db.execute(query).fetchall() for name, query in queries.items()}
        self.assertEqual([a[0] for a in answers["Disliked"]], ["Lid", "Pump, small", "Kettle"])
        self.assertEqual([(a[0], a[1], a[3]) for a in answers["Changed"]], [("Kettle", 120, 120)])
        self.assertEqual([(a[0], a[2]) for a in answers["Contradicted"]], [("Lid", report["against"])])

    def test_71_athena_answers_who_may_ask(self):
        iam, s3 = boto3.client("iam"), boto3.client("s3")
        iam.create_user(UserName="analyst")
        iam.attach_user_policy(UserName="analyst", PolicyArn=self.out["ReaderPolicy"])
        key = iam.create_access_key(UserName="analyst")["AccessKey"]
        analyst = boto3.Session(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
        ask = {"QueryString": f"SELECT count(*) FROM reviews WHERE job = '{self.reported}' AND made >= '2026-01-01'", "WorkGroup": self.out["ReportGroup"]}
        query = analyst.client("athena").start_query_execution(**ask, QueryExecutionContext={"Database": self.out["ReportDatabase"]})["QueryExecutionId"]
        athena = boto3.client("athena")  # the emulator does not know whose group a query's id is of, and refuses the analyst
        state = lambda: athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]["State"]
        self.until(lambda: state() not in ("QUEUED", "RUNNING"))
        self.assertEqual(state(), "SUCCEEDED")
        rows = athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]
        self.assertEqual(rows[1]["Data"][0]["VarCharValue"], "1441")
        keys = [o["Key"] for o in s3.list_objects_v2(Bucket=self.out["JobBucket"])["Contents"] if self.reported in o["Key"]]
        for k in keys:
            get = lambda: analyst.client("s3").get_object(Bucket=self.out["JobBucket"], Key=k)
            if k.startswith("rows/"):
                get()
            else:
                with self.assertRaisesRegex(botocore.exceptions.ClientError, "AccessDenied", msg=k):
                    get()
        self.assertIn("input", {k.split("/")[-1] for k in keys})

    def test_72_rows_go_with_their_job(self):
        """The permission to write them is removed, too: the last step then fails, and is repeated
        with it."""
        iam = boto3.client("iam")
        _, (worker, role) = self.roles()
        job = next(o["Key"] for o in boto3.client("s3").list_objects_v2(Bucket=self.out["JobBucket"], Prefix="jobs/")["Contents"] if self.reported in o["Key"])
        step = {"bucket": self.out["JobBucket"], "job": job.rsplit("/", 1)[0].split(self.reported)[0] + self.reported, "step": "finish"}
        policy = iam.get_role_policy(RoleName=role, PolicyName="jobs")["PolicyDocument"]
        less = copy.deepcopy(policy)
        less["Statement"] = [s for s in less["Statement"] if not str(s["Resource"]).endswith("/rows/*")]
        self.assertEqual(len(less["Statement"]), len(policy["Statement"]) - 1)
        iam.put_role_policy(RoleName=role, PolicyName="jobs", PolicyDocument=json.dumps(less))
        try:
            self.assertIn("AccessDenied", str(self.invoke(worker, step)))
        finally:
            iam.put_role_policy(RoleName=role, PolicyName="jobs", PolicyDocument=json.dumps(policy))
        self.assertEqual(self.invoke(worker, step), {"state": "done"})
        kept = lambda: [o["Key"] for o in boto3.client("s3").list_objects_v2(Bucket=self.out["JobBucket"], Prefix="rows/").get("Contents", []) if self.reported in o["Key"]]
        self.assertEqual(len(kept()), 1)
        self.assertEqual(self.ask("DELETE", f"/v1/jobs/{self.reported}", token=self.users["ann"]).status, 204)
        self.assertEqual(kept(), [])


def template(name):
    """Returns a template, its short functions as plain content."""
    class Loader(yaml.SafeLoader):
        pass

    def short(loader, tag, node):
        return {tag: loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else loader.construct_sequence(node) if isinstance(node, yaml.SequenceNode) else loader.construct_mapping(node)}

    Loader.add_multi_constructor("!", short)
    return yaml.load((CLOUD / f"{name}.yaml").read_text(), Loader)
