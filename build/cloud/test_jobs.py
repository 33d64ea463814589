"""The part of `make test-cloud` about large files (deploy/cloud/jobs.yaml)."""

import contextlib
import csv
import io
import json
import os
import pathlib
import signal
import subprocess
import time
import urllib.parse
import urllib.request

import boto3

ROOT = pathlib.Path(__file__).parents[2]
PROGRAM = ROOT / "bin/reviewlens"
ROWS = 5000


def reviews(rows, quoted=False):
    """Returns a file of short reviews, all different; if quoted, many have line ends, quotes and
    commas in them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["id", "review", "stars", "date"])
    says = ["Great kettle", "It leaks", "Smells of plastic", "Very quiet", "Broke at once", "Good lid", "Fine for the price"]
    for i in range(rows):
        text = f"{says[i % len(says)]}, number {i}."
        if quoted and i % 3 == 0:
            text = f'{says[i % len(says)]},\nsaid "{i}"\r\n\r\nof us'
        writer.writerow([i, text, i % 5 + 1, f"2026-{i % 12 + 1:02}-01"])
    return out.getvalue().encode()


class Jobs:
    """Tests of a Cloud; they run in the order of their names."""

    def local(self, file):
        """Returns the result of a local server for a file: the annotated file and the report."""
        server = subprocess.Popen([PROGRAM, "serve", "-addr", "127.0.0.1:0", "-jobs", self.folder / "local-jobs", "-history", self.folder / "local.db"],
                                  env=self.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            url = "http://" + server.stdout.readline().split("http://", 1)[1].strip()
            (self.folder / "reviews.csv").write_bytes(file)
            subprocess.run([PROGRAM, "submit", self.folder / "reviews.csv", "-server", url, "-o", self.folder / "local.csv"], env=self.env, check=True, capture_output=True, timeout=300)
            request = urllib.request.Request(url + "/v1/report", data=file, headers={"Content-Type": "text/csv"})
            with urllib.request.urlopen(request, timeout=300) as response:
                report = json.load(response)
        finally:
            server.terminate()
            server.wait(30)
            server.stdout.close()
        return (self.folder / "local.csv").read_bytes(), report

    def make(self, file, who="ann", query="", key=None):
        answer = self.ask("POST", f"/v1/jobs?bytes={len(file)}{query}", token=self.users[who], headers={"Idempotency-Key": key} if key else None)
        self.assertEqual(answer.status, 202, answer)
        return answer.json()

    def upload(self, job, file):
        request = urllib.request.Request(job["upload"]["url"], method="PUT", data=file, headers=job["upload"]["headers"])
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status
        except urllib.error.HTTPError as e:
            return e.code

    def job(self, id, who="ann"):
        return self.ask("GET", f"/v1/jobs/{id}", token=self.users[who])

    def becomes_state(self, id, state):
        seen = []

        def there():
            answer = self.job(id)
            self.assertEqual(answer.status, 200, f"{answer}\n{self.log()[-2000:]}")
            seen.append(answer.json())
            self.assertIn(seen[-1]["state"], ("waiting", "running", state), seen[-1])
            return seen[-1]["state"] == state

        self.until(there)
        return seen

    def made(self, id, part, who="ann"):
        answer = self.ask("GET", f"/v1/jobs/{id}/{part}", token=self.users[who])
        self.assertEqual(answer.status, 307, answer)
        with urllib.request.urlopen(answer.headers["Location"], timeout=60) as response:
            return response.read()

    def rows(self, id):
        return list(csv.reader(io.StringIO(self.made(id, "result").decode())))[1:]

    def test_60_files_want_tls(self):
        # The emulator does not support TLS, which the bucket's policy requires of all but the
        # account's root: checked, then removed.
        refused = self.ask("POST", "/v1/jobs?bytes=10", token=self.users["ann"])
        self.assertEqual(refused.status, 500, refused)
        self.assertIn("AccessDenied", self.log())
        boto3.client("s3").delete_bucket_policy(Bucket=self.out["JobBucket"])
        config = self.ask("GET", "/v1/config").json()["jobs"]
        self.assertEqual((config["upload"], config["bytes"]), (True, 5 << 30))

    def test_61_five_thousand_rows(self):
        file = reviews(ROWS)
        want, report = self.local(file)
        job = self.make(file)
        asks = {"Origin": "https://page.example", "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": ",".join(job["upload"]["headers"]).lower()}
        with urllib.request.urlopen(urllib.request.Request(job["upload"]["url"], method="OPTIONS", headers=asks), timeout=60) as answer:  # as the page's browser
            origin = answer.headers["Access-Control-Allow-Origin"]
            self.assertIn(origin, ("*", "https://page.example"))
            self.assertIn("PUT", answer.headers["Access-Control-Allow-Methods"])
        self.assertEqual(self.upload(job, file[:-1]), 403)  # not the signed size
        self.assertEqual(self.upload(job, file), 200)
        self.assertEqual(self.upload(job, file), 412)  # it can be written only once
        seen = self.becomes_state(job["id"], "finished")
        self.assertTrue(any(0 < s["done"] < ROWS for s in seen), [s["done"] for s in seen])
        last = seen[-1]
        self.assertEqual((last["rows"], last["done"], last.get("failed")), (ROWS, ROWS, None))
        self.assertEqual(self.made(job["id"], "result"), want)
        self.assertEqual(json.loads(self.made(job["id"], "report")), report)
        machine = boto3.client("stepfunctions")
        runs = machine.list_map_runs(executionArn=self.out["JobMachine"].replace(":stateMachine:", ":execution:") + ":" + job["id"])["mapRuns"]
        counts = machine.describe_map_run(mapRunArn=runs[0]["mapRunArn"])["itemCounts"]
        self.assertEqual((len(runs), counts["total"], counts["succeeded"]), (1, ROWS // 500, ROWS // 500))
        log = self.log("jobs")
        self.assertIn('"step":"finish"', log)
        self.assertNotIn("kettle", log)
        type(self).kept = job["id"]

    def test_62_the_tool_submits_what_is_hard_to_cut(self):
        file = reviews(1700, quoted=True)
        want, _ = self.local(file)
        out = self.folder / "cloud.csv"
        url = f"{self.url}/_aws/execute-api/{self.out['Api']}/$default"
        done = subprocess.run([PROGRAM, "submit", self.folder / "reviews.csv", "-server", url, "-o", out], capture_output=True, text=True, timeout=300,
                              env=self.env | {"REVIEWLENS_API_KEY": self.users["ann"]})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("X-Amz-Signature", done.stderr)
        self.assertEqual(out.read_bytes(), want)
        kept = boto3.client("s3").list_objects_v2(Bucket=self.out["JobBucket"])
        self.assertEqual({o["Key"].split("/")[2] for o in kept["Contents"] if o["Key"].startswith("jobs/")}, {self.kept})  # the tool's is deleted

    def test_63_a_job_is_its_owners(self):
        for method, path in (("GET", ""), ("GET", "/result"), ("GET", "/report"), ("DELETE", "")):
            self.assertEqual(self.ask(method, f"/v1/jobs/{self.kept}{path}", token=self.users["bob"]).status, 404, method + path)
            self.assertEqual(self.ask(method, f"/v1/jobs/{self.kept}{path}").status, 401, method + path)
        mine, others = self.make(b"1234567890", key="same"), self.make(b"1234567890", who="bob", key="same")
        self.assertNotEqual(mine["id"], others["id"])
        self.assertEqual(self.make(b"1234567890", key="same")["id"], mine["id"])
        parts = urllib.parse.urlsplit(others["upload"]["url"])
        foreign = parts._replace(path=parts.path.replace(others["id"], mine["id"])).geturl()
        self.assertEqual(self.upload({"upload": others["upload"] | {"url": foreign}}, b"1234567890"), 403)  # signed for one object only
        public = f"{self.url}/{self.out['JobBucket']}/{parts.path.split('/', 2)[2]}"
        self.assertEqual(self.upload({"upload": others["upload"] | {"url": public}}, b"1234567890"), 403)
        for who, job in (("ann", mine), ("bob", others)):
            self.assertEqual(self.ask("DELETE", f"/v1/jobs/{job['id']}", token=self.users[who]).status, 204)

    def test_64_a_function_that_is_killed(self):
        file = reviews(3000)
        job = self.make(file)
        self.upload(job, file)
        self.until(lambda: 0 < self.job(job["id"]).json()["done"] < 2000)
        self.assertGreater(self.kill(self.out["JobFunction"]), 0)
        last = self.becomes_state(job["id"], "finished")[-1]
        self.assertEqual((last["done"], last.get("failed")), (3000, None))
        self.assertEqual([bool(r[-1]) for r in self.rows(job["id"])], [True] * 3000)
        events = boto3.client("stepfunctions").list_executions(stateMachineArn=self.out["JobMachine"])["executions"]
        self.assertEqual([e["status"] for e in events if e["name"] == job["id"]], ["SUCCEEDED"])

    @contextlib.contextmanager
    def broken(self, fault, lose=False):
        """AWS calls of the functions get errors as answers (recorder.Recorder)."""
        self.recorder.fault, self.recorder.lose = fault, lose
        try:
            yield
        finally:
            self.recorder.fault, self.recorder.lose = None, False

    def kill(self, function):
        """Ends the processes of a function, so that its next event reaches a new one."""
        killed = self.processes(function)
        for pid in killed:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(killed)

    def processes(self, function):
        """Returns the processes of the emulator, which this test started, that run a function."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError):
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                if parent == self.emulator.pid and f"AWS_LAMBDA_FUNCTION_NAME={function}\0".encode() in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
        return found

    def test_65_a_range_that_fails_is_listed(self):
        file = reviews(1200)
        job = self.make(file)
        tries = []

        def fault(action, path):
            if action == "s3:PutObject" and "/parts/000001-" in path:
                tries.append(path)
                return 500, "InternalError"
            return None

        with self.broken(fault):
            self.upload(job, file)
            last = self.becomes_state(job["id"], "finished")[-1]
        self.assertEqual(last["failed"], [{"first": 501, "last": 1000}])
        self.assertEqual(len(tries), 4 * 5)  # once, three times more by the state machine; each five times by the client (api/awsretry)
        self.assertEqual([bool(r[-1]) for r in self.rows(job["id"])], [True] * 500 + [False] * 500 + [True] * 200)
        report = json.loads(self.made(job["id"], "report"))
        self.assertEqual((report["rows"], report["scored"], report["failed"]), (1200, 700, 500))

    def test_66_what_cannot_be_read_is_told(self):
        for file, query, says in ((b"id,review\n", "", "no row below it"), (b"id,review\n1,x\n", "&column=txet", "no column")):
            job = self.make(file, query=query)
            self.upload(job, file)
            last = self.becomes_state(job["id"], "failed")[-1]
            self.assertIn(says, last["error"]["detail"])
            self.assertEqual(self.ask("GET", f"/v1/jobs/{job['id']}/result", token=self.users["ann"]).status, 409)

    def test_67_cancelled_in_the_middle(self):
        file = reviews(3000)
        job = self.make(file)
        self.upload(job, file)
        self.until(lambda: self.job(job["id"]).json()["done"] > 0)
        self.assertEqual(self.ask("DELETE", f"/v1/jobs/{job['id']}", token=self.users["ann"]).status, 204)
        self.assertEqual(self.job(job["id"]).status, 404)
        run = boto3.client("stepfunctions").describe_execution(executionArn=self.out["JobMachine"].replace(":stateMachine:", ":execution:") + ":" + job["id"])
        self.assertEqual(run["status"], "ABORTED")

    @contextlib.contextmanager
    def without(self, role, name, action):
        """Returns a role whose policy lacks an action."""
        iam = boto3.client("iam")
        policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(less(policy, action)))
        try:
            yield
        finally:
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy))

    def granted(self, role, name):
        """Returns the actions of a policy, except those on the key, which S3 uses on behalf of the
        function."""
        policy = boto3.client("iam").get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        return {a for s in policy["Statement"] for a in actions(s) if not a.startswith("kms:")}

    def roles(self):
        """Returns the functions and their roles: that of the API, and that of the state machine."""
        for function in (self.out["Function"], self.out["JobFunction"]):
            config = boto3.client("lambda").get_function_configuration(FunctionName=function)
            yield config, config["Role"].split("/")[-1]

    def test_68_every_right_to_files_is_needed(self):
        """Each is removed once: the operations that need it fail, and work again with it."""
        (_, api), (worker, steps) = self.roles()
        ann = self.users["ann"]
        s3 = boto3.client("s3")
        notifications = s3.get_bucket_notification_configuration(Bucket=self.out["JobBucket"])
        notifications.pop("ResponseMetadata")
        s3.put_bucket_notification_configuration(Bucket=self.out["JobBucket"], NotificationConfiguration={})
        lost, lost_at = self.make(reviews(5)), time.time()
        self.upload(lost, reviews(5))
        s3.put_bucket_notification_configuration(Bucket=self.out["JobBucket"], NotificationConfiguration=notifications)
        file = reviews(2500)
        running = self.make(file)
        self.upload(running, file)
        self.until(lambda: self.job(running["id"]).json()["state"] == "running")
        waiting = self.make(b"1234567890")
        uses = {
            "states:StopExecution": ("DELETE", f"/v1/jobs/{running['id']}"), "s3:PutObject": ("POST", "/v1/jobs?bytes=10"), "s3:ListBucket": ("POST", "/v1/jobs?bytes=10"),
            "s3:GetObject": ("GET", f"/v1/jobs/{self.kept}"), "states:DescribeExecution": ("GET", f"/v1/jobs/{waiting['id']}"),
            "s3:DeleteObject": ("DELETE", f"/v1/jobs/{waiting['id']}"), "states:StartExecution": ("GET", f"/v1/jobs/{lost['id']}"),
        }
        self.assertEqual(self.granted(api, "jobs"), set(uses))
        for action, (method, path) in uses.items():
            if action == "states:StartExecution":  # its event is considered lost only then
                time.sleep(max(0, lost_at + 62 - time.time()))
            with self.without(api, "jobs", action):
                self.assertEqual(self.ask(method, path, token=ann).status, 500, action)
            self.assertLess(self.ask(method, path, token=ann).status, 300, action)
        self.becomes_state(lost["id"], "finished")

        job = "/".join(o["Key"] for o in s3.list_objects_v2(Bucket=self.out["JobBucket"], Prefix="jobs/")["Contents"] if self.kept in o["Key"]).split(self.kept)[0] + self.kept
        event = {"Records": [{"eventSource": "aws:s3", "s3": {"bucket": {"name": self.out["JobBucket"]}, "object": {"key": f"{job}/input"}}}]}
        step = {"bucket": self.out["JobBucket"], "job": job}
        uses = {
            "s3:GetObject": step | {"step": "plan"}, "s3:PutObject": step | {"step": "plan"}, "s3:ListBucket": step | {"step": "finish"}, "states:StartExecution": event,
        }
        self.assertEqual(self.granted(steps, "jobs"), set(uses) | {STEPS_RARELY})
        for action, payload in uses.items():
            with self.without(steps, "jobs", action):
                self.assertIn("AccessDenied", str(self.invoke(worker, payload)), action)
            self.assertIn(self.invoke(worker, payload), [{"state": "done"}], action)

    def invoke(self, function, payload):
        answer = boto3.client("lambda").invoke(FunctionName=function["FunctionName"], Payload=json.dumps(payload))
        return json.loads(answer["Payload"].read())

    def test_69_what_is_asked_is_what_is_granted(self):
        """Every AWS call of the functions in the previous tests is granted, and nothing else is."""
        for config, role in self.roles():
            requests = self.recorder.of(config)
            used = {a for a, bucket in requests if bucket == self.out["JobBucket"] or a.startswith("states:")}
            rarely = set() if role == self.role else {STEPS_RARELY}
            self.assertEqual(used | rarely, self.granted(role, "jobs"), role)
            table = {a for a, _ in requests if a.startswith("dynamodb:")}
            self.assertEqual(table, self.granted(role, "history") if role == self.role else set(), role)
            elsewhere = {bucket for a, bucket in requests if a.startswith("s3:")} - {self.out["JobBucket"], self.out["ModelStore"].split("/")[2]}
            self.assertEqual(elsewhere, set(), role)


# Steps need it if a job is deleted during a write (TestDeleteDuringAWrite of
# api/jobs/stepfunctions).
STEPS_RARELY = "s3:DeleteObject"


def actions(statement):
    return [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]


def less(policy, action):
    """Returns a policy without an action."""
    kept = [s | {"Action": [a for a in actions(s) if a != action]} for s in policy["Statement"]]
    return policy | {"Statement": [s for s in kept if s["Action"]]}
