"""`make test-cloud`: the templates of deploy/cloud, deployed by deploy/deploy.py into an emulator
of AWS on this machine, with the real function, and used as by users.

    build/work/cloud-test/bin/python build/cloud/test_cloud.py [-v] [Cloud.test_...]

It needs bin/lambda-x86_64.zip (`make lambda`) and bin/reviewlens (`make build`). The emulator
(ministack) listens on loopback, keeps all data in memory, checks signatures and permissions
(AUTH=true), and is stopped at the end. deploy/README.md lists what it lacks.
"""

import base64
import contextlib
import copy
import hashlib
import json
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request
import zipfile

import boto3
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from edge import Edge
from recorder import Recorder
from test_jobs import Jobs, actions, less, reviews
from test_reporting import Reporting, template

ROOT = pathlib.Path(__file__).parents[2]
ZIP = ROOT / "bin/lambda-x86_64.zip"
PROGRAM = ROOT / "bin/reviewlens"
MODEL = ROOT / "api/model/default"
STACK = "reviewlens-test"
TEXTS = ["Great kettle!", "It leaks, and it smells of plastic."]
# Maximum seconds of any wait: it only ends hangs, even on a busy machine.
TIMEOUT = 900


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Direct(urllib.request.HTTPRedirectHandler):
    """Redirects point out of the emulator: they are results."""

    def redirect_request(self, *_):
        return None


direct = urllib.request.build_opener(Direct)


class Answer:
    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:1500]}"


class Cloud(Jobs, Reporting, unittest.TestCase):
    """Tests run in the order of their names, on one deployment."""

    @classmethod
    def setUpClass(cls):
        for needed, how in ((ZIP, "make lambda"), (PROGRAM, "make build")):
            if not needed.exists():
                raise unittest.SkipTest(f"needs {needed.relative_to(ROOT)}; `{how}` makes it")
        port = free_port()
        cls.url = f"http://127.0.0.1:{port}"
        cls.port = port
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="reviewlens-cloud-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        cls.env = inherited | {
            "AWS_ENDPOINT_URL": cls.url, "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
        os.environ.update({k: v for k, v in cls.env.items() if k.startswith("AWS_")})
        cls.recorder = Recorder(port)
        cls.addClassCleanup(cls.recorder.stop)
        recorded = {f"AWS_ENDPOINT_URL_{service}": f"http://localhost:{cls.recorder.port}" for service in ("S3", "DYNAMODB", "SFN")}
        log = open(cls.folder / "emulator.log", "w")
        cls.addClassCleanup(log.close)
        cls.emulator = subprocess.Popen(
            [pathlib.Path(sys.executable).parent / "ministack"], cwd=cls.folder, stdout=log, stderr=subprocess.STDOUT,
            # IoT would listen on all addresses.
            env=inherited | recorded | {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "AUTH": "true", "IOT_MTLS_ENABLED": "0", "AWS_ENDPOINT_URL": cls.url, "TMPDIR": str(cls.folder), "STATE_DIR": str(cls.folder / "state")})
        cls.addClassCleanup(cls.stop, cls.emulator)
        cls.until(lambda: urllib.request.urlopen(cls.url + "/_ministack/health", timeout=1).status == 200)
        completed = cls.deploy("SignIn=yes", "DriftAlarm=no", "DailyCost=0", "JobConcurrency=2", "Reporting=yes", "Queries=no")
        assert completed.returncode == 0, completed.stdout
        cls.read_outputs()
        cls.users = {name: cls.sign_in(cls.out["UserPool"], cls.out["Client"], name) for name in ("ann", "bob")}

    @staticmethod
    def stop(process):
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    @staticmethod
    def until(true):
        end = time.time() + TIMEOUT
        while True:
            with contextlib.suppress(OSError):
                if true():
                    return
            if time.time() > end:
                raise AssertionError(f"not within {TIMEOUT} s")
            time.sleep(0.2)

    @classmethod
    def run_deploy(cls, *args, **env):
        return subprocess.run([sys.executable, ROOT / "deploy/deploy.py", *args], env=cls.env | env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=180)

    @classmethod
    def deploy(cls, *parameters, **env):
        return cls.run_deploy("deploy", "--stage", "test", "--yes", "--zip", str(ZIP), *parameters, **env)

    @classmethod
    def read_outputs(cls):
        stacks = [s for s in boto3.client("cloudformation").describe_stacks()["Stacks"] if s["StackName"].startswith(STACK + "-")]
        cls.out = {o["OutputKey"]: o["OutputValue"] for s in stacks for o in s.get("Outputs", [])}
        function = boto3.client("lambda").get_function_configuration(FunctionName=cls.out["Function"])
        cls.role = function["Role"].split("/")[-1]

    @classmethod
    def sign_in(cls, pool, client, name):
        """Returns a user's token."""
        cognito, password = boto3.client("cognito-idp"), "Correct-Horse-9-Battery"
        with contextlib.suppress(cognito.exceptions.UsernameExistsException):
            cognito.admin_create_user(UserPoolId=pool, Username=f"{name}@example.com", MessageAction="SUPPRESS")
            cognito.admin_set_user_password(UserPoolId=pool, Username=f"{name}@example.com", Password=password, Permanent=True)
        return cognito.initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={
            "USERNAME": f"{name}@example.com", "PASSWORD": password})["AuthenticationResult"]["AccessToken"]

    def ask(self, method, path, body=None, kind="application/json", token=None, host=None, headers=None):
        """Sends a request to the API, or to another host of the emulator."""
        headers = {"Host": host or f"{self.out['Api']}.execute-api.localhost:{self.port}"} | (headers or {})
        if body is not None:
            headers["Content-Type"] = kind
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        if token:
            headers["Authorization"] = "Bearer " + token
        request = urllib.request.Request(self.url + path, method=method, data=body, headers=headers)
        try:
            with direct.open(request, timeout=40) as response:
                return Answer(response)
        except urllib.error.HTTPError as e:
            return Answer(e)

    def log(self, group="function"):
        pages = boto3.client("logs").get_paginator("filter_log_events").paginate(logGroupName=f"/reviewlens/{STACK}/{group}")
        return "\n".join(e["message"] for page in pages for e in page["events"])

    def models(self, *args, code=0):
        done = subprocess.run([PROGRAM, "models", *args], env=self.env, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout + done.stderr

    def run_of(self, name):
        return {"name": name, "created": "2026-05-01T00:00:00Z", "model": "0123456789ab", "rows": 3, "positive": 2, "negative": 1, "unsure": 0}

    # Scoring

    def test_10_scores_as_json_frame_and_file(self):
        answer = self.ask("POST", "/v1/score", {"texts": TEXTS})
        self.assertEqual(answer.status, 200, answer)
        scored = answer.json()
        self.assertEqual([r["sentiment"] for r in scored["results"]], ["positive", "negative"])

        lines = subprocess.run([PROGRAM, "tokens"], input="\n".join(json.dumps({"text": t}) for t in TEXTS), capture_output=True, text=True, check=True).stdout
        windows = [[101, *json.loads(line)["ids"], 102] for line in lines.splitlines()]
        model = scored["model"].encode()
        frame = b"RVL\x01\x00" + bytes([len(model)]) + model + struct.pack("<I", len(windows)) + struct.pack(f"<{len(windows)}H", *[1] * len(windows))
        frame += struct.pack(f"<{len(windows)}H", *map(len, windows)) + b"".join(struct.pack(f"<{len(w)}H", *w) for w in windows)
        answer = self.ask("POST", "/v1/score", frame, "application/vnd.reviewlens.frame")
        self.assertEqual((answer.status, answer.body[:3]), (200, b"RVS"), answer)
        got = struct.unpack("<" + "Bf" * len(windows), answer.body[-5 * len(windows):])
        for i, result in enumerate(scored["results"]):
            self.assertEqual(got[2 * i], 0)
            self.assertAlmostEqual(got[2 * i + 1], result["positive"], places=5)

        answer = self.ask("POST", "/v1/score?column=review", b"id,review\n1,Great kettle!\n2,\"two\nlines, both awful\"\n", "text/csv")
        rows = answer.body.decode().splitlines()
        self.assertEqual((answer.status, rows[0]), (200, "id,review,sentiment,positive,windows"), answer)
        self.assertEqual(rows[1], f"1,Great kettle!,positive,{scored['results'][0]['positive']:.4f},1")

    def test_11_says_what_is_wrong(self):
        self.assertEqual(self.ask("POST", "/v1/score", b"{").json()["type"], "/problems/bad-json")
        self.assertEqual(self.ask("GET", "/v1/jobs/1").status, 401)
        self.assertEqual(self.ask("GET", "/v1/config").json()["history"], True)

    def test_12_logs_metrics_and_no_text(self):
        log = self.log()
        line = next(json.loads(line) for line in log.splitlines() if '"_aws"' in line and '"Reviews":2' in line)
        self.assertEqual((line["Function"], line["_aws"]["CloudWatchMetrics"][0]["Namespace"]), (self.out["Function"], "Reviewlens"))
        self.assertIn('"msg":"ready"', log)
        for word in ("kettle", "plastic"):
            self.assertNotIn(word, log)

    # The page

    def test_20_page(self):
        host = self.out["WebDomain"]
        https = {"X-Forwarded-Proto": "https"}  # the emulator's way to say so
        page = self.ask("GET", "/", host=host, headers=https | {"Accept-Encoding": "gzip, br"})
        self.assertEqual((page.status, page.headers["Content-Encoding"], page.headers["Cache-Control"]), (200, "br", "no-cache"), page.headers)
        self.assertIn("default-src 'self'", page.headers["Content-Security-Policy"])
        plain = self.ask("GET", "/some/page", host=host, headers=https)
        self.assertIn(b"<html", plain.body[:200])
        name = next(f.name for f in (ROOT / "web/dist/web").glob("app.*.wasm"))
        program = self.ask("GET", f"/web/{name}", host=host, headers=https | {"Accept-Encoding": "br"})
        self.assertEqual((program.headers["Content-Type"], program.headers["Cache-Control"]), ("application/wasm", "public, max-age=31536000, immutable"))
        self.assertEqual(program.body, (ROOT / f"web/dist/web/{name}.br").read_bytes())
        self.assertIn(self.ask("GET", "/web/nothing.js", host=host, headers=https).status, (403, 404))  # the emulator's 403 is 404 at AWS
        self.assertEqual(self.ask("GET", "/", host=host).status, 301)  # to https

    def test_22_model_for_the_browser(self):
        manifest = json.loads((MODEL / "manifest.json").read_text())
        for name in ("model", "aspects"):
            file = next(f for f in manifest["files"] if f["name"] == name + ".onnx")
            answer = self.ask(
                "GET",
                f"/v1/models/{manifest['id']}/{name}",
                host=self.out["WebDomain"],
                headers={"X-Forwarded-Proto": "https"},
            )
            digest = hashlib.sha256(answer.body).hexdigest()
            self.assertEqual((answer.status, digest), (200, file["sha256"]))
            self.assertEqual(
                (answer.headers["Content-Type"], answer.headers["Cache-Control"]),
                ("application/octet-stream", "public, max-age=31536000, immutable"),
            )
        self.assertIn(self.ask("GET", "/v1/models/000000000000/model", host=self.out["WebDomain"], headers={"X-Forwarded-Proto": "https"}).status, (403, 404))

    def test_21_bucket_is_private(self):
        self.assertEqual(self.ask("GET", f"/{self.out['WebBucket']}/plain/index.html", host=f"127.0.0.1:{self.port}").status, 403)

    def test_23_page_in_a_browser(self):
        behaviors = template("web")["Resources"]["Distribution"]["Properties"]["DistributionConfig"]["CacheBehaviors"]
        edge = Edge(self.port, behaviors, {"page": self.out["WebDomain"], "api": f"{self.out['Api']}.execute-api.localhost:{self.port}"})
        self.addCleanup(edge.stop)
        file = ROOT / "web/example-reviews.csv"
        done = subprocess.run(["node", ROOT / "build/cloud/browser.mjs", f"http://localhost:{edge.port}", file, self.folder], capture_output=True, text=True, timeout=180)
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual(report["verdict"], "Negative")
        self.assertIn(["/v1/score", "application/vnd.reviewlens.frame", 200], report["answers"])
        self.assertEqual({status for _, _, status in report["answers"]}, {200})
        subprocess.run([PROGRAM, "score", file, "-o", self.folder / "here.csv"], capture_output=True, timeout=120)  # 3: a row has no text
        self.assertEqual((self.folder / report["name"]).read_bytes(), (self.folder / "here.csv").read_bytes())
        self.assertEqual(sum(report["split"].values()), 110)

    # History

    def test_30_history_is_its_owners(self):
        ann, bob = self.users["ann"], self.users["bob"]
        for name in ("May", "June"):
            self.assertEqual(self.ask("PUT", f"/v1/runs/{name}", self.run_of(name), token=ann).status, 204)
        self.assertEqual(self.ask("PUT", "/v1/runs/May", self.run_of("Bob's"), token=bob).status, 204)
        self.assertEqual([r["name"] for r in self.ask("GET", "/v1/runs", token=ann).json()["runs"]], ["June", "May"])
        self.assertEqual([r["name"] for r in self.ask("GET", "/v1/runs", token=bob).json()["runs"]], ["Bob's"])
        self.assertEqual(self.ask("PATCH", "/v1/runs/May", {"name": "Spring"}, token=ann).status, 204)
        self.assertEqual(self.ask("GET", "/v1/runs/May", token=ann).json()["name"], "Spring")
        self.assertEqual(self.ask("DELETE", "/v1/runs", token=ann).status, 204)
        self.assertEqual(self.ask("GET", "/v1/runs", token=ann).json()["runs"], [])
        self.assertEqual(self.ask("GET", "/v1/runs/May", token=bob).json()["name"], "Bob's")

    def test_31_tokens_that_are_none(self):
        token = self.users["ann"]
        head, body, signature = token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(body + "=="))
        forged = base64url(json.dumps(claims | {"sub": "bob"}).encode())
        cognito = boto3.client("cognito-idp")
        pool = cognito.create_user_pool(PoolName="elsewhere")["UserPool"]["Id"]
        client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="x", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])["UserPoolClient"]["ClientId"]
        other = cognito.create_user_pool_client(UserPoolId=self.out["UserPool"], ClientName="other", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])["UserPoolClient"]["ClientId"]
        for what, bad in (
            ("none", None), ("expired", self.signed(head, claims | {"exp": int(time.time()) - 1})), ("tampered", f"{head}.{forged}.{signature}"), ("no signature", f"{head}.{body}."),
            ("another pool's", self.sign_in(pool, client, "ann")), ("another client's", self.sign_in(self.out["UserPool"], other, "ann")), ("nonsense", "abc"),
        ):
            for method, path in (("GET", "/v1/runs"), ("PUT", "/v1/runs/x"), ("DELETE", "/v1/runs"), ("GET", "/v1/runs/May")):
                self.assertEqual(self.ask(method, path, self.run_of("x") if method == "PUT" else None, token=bad).status, 401, what)
        for good in (token, self.signed(head, claims)):
            self.assertEqual(self.ask("GET", "/v1/runs", token=good).status, 200)

    def signed(self, head, claims):
        """Returns a token signed by the pool, with the key that the emulator stores."""
        key = serialization.load_pem_private_key((self.folder / f"state/cognito-pool-keys/{self.out['UserPool']}-access.pem").read_bytes(), password=None)
        text = f"{head}.{base64url(json.dumps(claims).encode())}"
        return f"{text}.{base64url(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"

    def test_32_table_keeps_what_a_store_promises(self):
        done = subprocess.run(["go", "test", "-count=1", "-v", "-run", "TestStoreOfATable", "./api/history/dynamodb"], cwd=ROOT, capture_output=True, text=True, timeout=300,
                              env=self.env | {"REVIEWLENS_TEST_HISTORY": "dynamodb://" + self.out["Table"]})
        self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-1000:])
        self.assertIn("--- PASS: TestStoreOfATable", done.stdout)

    def test_33_every_right_is_needed(self):
        """Each permission on the table is removed once: the operations that need it, and only
        those, fail."""
        iam, ann = boto3.client("iam"), self.users["ann"]
        policy = iam.get_role_policy(RoleName=self.role, PolicyName="history")["PolicyDocument"]
        uses = {
            "dynamodb:PutItem": ("PUT", "/v1/runs/r", self.run_of("r")), "dynamodb:GetItem": ("GET", "/v1/runs/r", None),
            "dynamodb:UpdateItem": ("PATCH", "/v1/runs/r", {"name": "s"}), "dynamodb:Query": ("GET", "/v1/runs", None),
            "dynamodb:DeleteItem": ("DELETE", "/v1/runs/r", None), "dynamodb:BatchWriteItem": ("DELETE", "/v1/runs", None),
        }
        self.assertEqual({a for s in policy["Statement"] for a in actions(s)}, set(uses))
        try:
            for action, use in uses.items():
                self.assertEqual(self.ask("PUT", "/v1/runs/r", self.run_of("r"), token=ann).status, 204)
                iam.put_role_policy(RoleName=self.role, PolicyName="history", PolicyDocument=json.dumps(less(policy, action)))
                self.assertEqual(self.ask(*use, token=ann).status, 500, action)
                iam.put_role_policy(RoleName=self.role, PolicyName="history", PolicyDocument=json.dumps(policy))
                self.assertLess(self.ask(*use, token=ann).status, 300, action)
        finally:
            iam.put_role_policy(RoleName=self.role, PolicyName="history", PolicyDocument=json.dumps(policy))
        self.assertIn("AccessDenied", self.log())

    def test_34_errors_of_the_table_lose_nothing(self):
        ann = self.users["ann"]
        names = lambda: {r["id"]: r["name"] for r in self.ask("GET", "/v1/runs", token=ann).json()["runs"]}
        self.assertEqual(self.ask("PUT", "/v1/runs/kept", self.run_of("kept"), token=ann).status, 204)
        uses = {
            "dynamodb:PutItem": ("PUT", "/v1/runs/new", self.run_of("new")), "dynamodb:GetItem": ("GET", "/v1/runs/kept", None),
            "dynamodb:UpdateItem": ("PATCH", "/v1/runs/kept", {"name": "other"}), "dynamodb:Query": ("GET", "/v1/runs", None),
            "dynamodb:DeleteItem": ("DELETE", "/v1/runs/kept", None), "dynamodb:BatchWriteItem": ("DELETE", "/v1/runs", None),
        }
        for code, status, want in (("InternalServerError", 500, (500, "internal")), ("ThrottlingException", 400, (429, "overloaded")), ("ResourceNotFoundException", 400, (500, "internal"))):
            for action, use in uses.items():
                with self.broken(lambda a, _: (status, code) if a == action else None):
                    answer = self.ask(*use, token=ann)
                log = "" if answer.status == want[0] else self.log()[-3000:]
                self.assertEqual((answer.status, answer.json()["type"], answer.headers["Content-Type"]), (want[0], f"/problems/{want[1]}", "application/problem+json"), f"{action} {code}\n{log}")
                self.assertEqual("Retry-After" in answer.headers, want[0] == 429, action)
                self.assertNotIn("dynamo", answer.body.decode().lower())
            self.assertEqual(names(), {"kept": "kept"}, code)
        for action, use in uses.items():  # a single failure is retried unnoticed, also if it was executed and the answer got lost
            for lose in (False, True):
                self.assertEqual(self.ask("PUT", "/v1/runs/kept", self.run_of("kept"), token=ann).status, 204)
                left = [(500, "InternalServerError")]
                with self.broken(lambda a, _: left.pop() if a == action and left else None, lose):
                    self.assertLess(self.ask(*use, token=ann).status, 300, f"{action} {lose}")
                self.assertEqual(left, [], action)
        self.assertEqual(names(), {})
        with self.broken(lambda a, _: (400, "ConditionalCheckFailedException") if a == "dynamodb:UpdateItem" else None):
            answer = self.ask("PATCH", "/v1/runs/kept", {"name": "other"}, token=ann)
        self.assertEqual((answer.status, answer.json()["type"]), (404, "/problems/not-found"))

    def test_35_half_of_a_deletion_is_gone_on_with(self):
        ann = self.users["ann"]
        for i in range(30):
            self.assertEqual(self.ask("PUT", f"/v1/runs/r{i}", self.run_of(f"r{i}"), token=ann).status, 204)
        left = [None]  # the first batch, of 25
        with self.broken(lambda a, _: None if a != "dynamodb:BatchWriteItem" else left.pop() if left else (500, "InternalServerError")):
            self.assertEqual(self.ask("DELETE", "/v1/runs", token=ann).status, 500)
        self.assertEqual(len(self.ask("GET", "/v1/runs", token=ann).json()["runs"]), 5)
        self.assertEqual(self.ask("DELETE", "/v1/runs", token=ann).status, 204)
        self.assertEqual(self.ask("GET", "/v1/runs", token=ann).json()["runs"], [])

    # Models

    def variant(self, **edit):
        """Returns a model folder like the built-in one, with another manifest and therefore another
        id."""
        manifest = json.loads((MODEL / "manifest.json").read_text()) | edit
        manifest.pop("id")
        canonical = json.dumps(manifest, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        manifest = {"id": hashlib.sha256(canonical.encode()).hexdigest()[:12]} | manifest
        folder = self.folder / manifest["id"]
        folder.mkdir()
        (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False))
        for f in manifest["files"]:
            shutil.copy(MODEL / f["name"], folder)
        return folder

    def serves(self):
        answer = self.ask("GET", "/v1/model")
        self.assertEqual(answer.status, 200, f"{answer}\n{self.log()[-2000:]}")
        return answer.json()["id"]

    def becomes(self, model):
        self.until(lambda: self.serves() == model)

    def test_40_models_are_published_activated_refused_and_rolled_back(self):
        store = self.out["ModelStore"]
        first = json.loads((MODEL / "manifest.json").read_text())["id"]
        self.assertIn("published", self.models("publish", store, str(MODEL)))
        self.models("activate", store, first)
        versions = self.job_versions()
        completed = self.deploy("ModelSource=bucket")
        self.assertEqual(len(self.job_versions()), len(versions) + 1)
        self.assertEqual(completed.returncode, 0, completed.stdout)
        # The emulator does not support TLS, which the bucket's policy requires of all but the
        # account's root: checked, then removed.
        s3, bucket = boto3.client("s3"), store.split("/")[2]
        refused = self.ask("GET", "/v1/model")
        self.assertEqual((refused.status, b"AccessDenied" in refused.body), (502, True), refused)
        s3.delete_bucket_policy(Bucket=bucket)
        self.until(lambda: self.ask("GET", "/v1/model").status == 200)
        self.assertEqual(self.serves(), first)
        self.assertIn(f'"store":"{store}"', self.log())

        second = self.variant(accuracy={"made": "for this test"})
        self.models("publish", store, str(second))
        self.models("activate", store, second.name)
        self.becomes(second.name)

        # A model that does not reproduce its golden scores: the tool does not publish it, and a
        # function that gets it refuses it.
        golden = json.loads((MODEL / "manifest.json").read_text())["golden"]
        broken = self.variant(golden=[golden[0] | {"positive": 0.5}, *golden[1:]])
        self.models("publish", store, str(broken), code=1)
        for file in broken.iterdir():
            s3.upload_file(str(file), bucket, f"models/{broken.name}/{file.name}")
        self.models("activate", store, broken.name)
        self.until(lambda: self.ask("GET", "/healthz").status and "model not usable" in self.log())
        self.assertEqual(self.serves(), second.name)
        self.assertEqual(self.ask("POST", "/v1/score", {"texts": TEXTS}).json()["model"], second.name)

        self.models("rollback", store)
        self.models("activate", store, first)
        self.becomes(first)

    def test_41_models_want_their_right(self):
        """A function that starts without it serves nothing, and reports why. (Without s3:ListBucket
        AWS answers 403 for an absent object, the emulator 404.)"""
        want = {"s3:GetObject", "s3:ListBucket", "s3:PutObject"}
        self.assertEqual(self.granted(self.role, "models"), want)

        def starts():
            self.kill(self.out["Function"])
            self.ask("GET", "/v1/model")  # reaches the killed process
            return self.ask("GET", "/v1/model")

        with self.without(self.role, "models", "s3:GetObject"):
            refused = starts()
            self.assertEqual((refused.status, b"permission denied" in refused.body), (502, True), refused)
        self.assertEqual(starts().status, 200)

    def test_42_every_right_to_publish_is_needed(self):
        iam, store = boto3.client("iam"), self.out["ModelStore"]
        version = iam.get_policy(PolicyArn=self.out["PublisherPolicy"])["Policy"]["DefaultVersionId"]
        policy = iam.get_policy_version(PolicyArn=self.out["PublisherPolicy"], VersionId=version)["PolicyVersion"]["Document"]
        iam.create_user(UserName="publisher")
        key = iam.create_access_key(UserName="publisher")["AccessKey"]
        publisher = self.env | {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        first = self.serves()
        # The use of each: to publish, to activate, to list.
        for statement in policy["Statement"]:  # the emulator does not support s3:if-none-match, and treats it as absent
            statement.pop("Condition", None)
        fails = {"s3:GetObject": [0, 1, 1], "s3:ListBucket": [0, 0, 1], "s3:PutObject": [1, 1, 0], None: [0, 0, 0]}
        granted = {a for s in policy["Statement"] for a in actions(s)}
        self.assertEqual({a for a in granted if not a.startswith("kms:")}, set(fails) - {None})
        for action, want in fails.items():
            model = self.variant(accuracy={"made": str(action)})
            iam.put_user_policy(UserName="publisher", PolicyName="less", PolicyDocument=json.dumps(less(policy, action)))
            verbs = ["publish", store, model], ["activate", store, model.name], [store]
            done = [subprocess.run([PROGRAM, "models", *verb], env=publisher, capture_output=True, text=True, timeout=120) for verb in verbs]
            self.assertEqual([d.returncode for d in done], want, (action, done))
            if action:
                self.assertIn("permission denied", next(d.stderr for d in done if d.returncode), action)
        self.models("activate", store, first)
        self.becomes(first)

    # Deploying

    def test_50_again_is_nothing(self):
        completed = self.deploy()
        self.assertEqual(completed.returncode, 0, completed.stdout)
        self.assertEqual(completed.stdout.count(": nothing to change"), 11, completed.stdout)
        self.assertIn("page: 0 files uploaded", completed.stdout)

    def test_51_mistakes_are_told(self):
        for what, want, args, env in (
            ("parameter", "there is no parameter Memery", ["Memery=1"], {}),
            ("range", "Memory", ["Memory=100"], {}),
            ("quota", "nothing would be left for requests", ["JobConcurrency=1000"], {}),
            ("no number", "JobConcurrency", ["JobConcurrency=many"], {}),
            ("region", "no region is set", [], {"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}),
            ("no credentials", "no credentials", [], {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}),
            ("credentials", "does not know these credentials", [], {"AWS_ACCESS_KEY_ID": "AKIAXXXXXXXXXXXXXXXX"}),
            ("nobody there", "cannot be reached", [], {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}"}),
        ):
            completed = self.deploy(*args, **env)
            self.assertEqual(completed.returncode, 1, what)
            self.assertIn(want, completed.stdout, what)
            self.assertNotIn("Traceback", completed.stdout, what)
        completed = self.run_deploy("deploy", "--stage", "other", "--zip", str(ZIP))
        self.assertIn("nobody can be asked here", completed.stdout)

    def test_52_what_could_not_be_made_is_made_the_next_time(self):
        stage = ("deploy", "--stage", "second", "--yes", "--zip", str(ZIP))
        # the alarm's metric math is not supported by the emulator
        completed = self.run_deploy(*stage, "DriftAlarm=yes", "DailyCost=0")
        self.assertEqual(completed.returncode, 1, completed.stdout)
        self.assertIn("reviewlens-second-monitoring is ROLLBACK_COMPLETE", completed.stdout)
        self.assertIn("metric math", completed.stdout)
        completed = self.run_deploy(*stage, "DriftAlarm=no", "DailyCost=0")
        self.assertEqual(completed.returncode, 0, completed.stdout)
        self.assertIn("is removed first", completed.stdout)
        self.assertIn("api: nothing to change", completed.stdout)

    def job_versions(self):
        """Returns versions of the function that scores large files, oldest first."""
        pages = boto3.client("lambda").get_paginator("list_versions_by_function").paginate(FunctionName=self.out["JobFunction"])
        return sorted((v["Version"] for page in pages for v in page["Versions"] if v["Version"] != "$LATEST"), key=int)

    def pinned_to(self, job):
        """Returns the version that a job's execution calls."""
        arn = self.out["JobMachine"].replace(":stateMachine:", ":execution:") + ":" + job
        events = boto3.client("stepfunctions").get_execution_history(executionArn=arn)["events"]
        outputs = [json.loads(e["stateExitedEventDetails"]["output"]) for e in events if e.get("stateExitedEventDetails", {}).get("name") == "Pin"]
        return outputs[0]["function"].rsplit(":", 1)[1]

    def test_79_a_model_is_tried_by_two_users(self):
        """A model is published, tried, shared between users and devices, stopped, tried again,
        promoted."""
        store, first = self.out["ModelStore"], self.serves()
        s3, bucket = boto3.client("s3"), store.split("/")[2]
        folder = self.variant(accuracy={"made": "to be tried"})
        second = folder.name
        self.models("publish", store, str(folder))

        def gets(trial, unit):  # as in api/trial/split.go
            hashed = hashlib.sha256(f"{trial}\0{unit}".encode()).digest()
            return second if int.from_bytes(hashed[:8], "big") % 10_000 < 5_000 else first

        def subject(token):
            return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))["sub"]

        for _ in range(50):  # until the two get different ones
            self.models("try", store, second, "-share", "50%", "-shadow", "20%")
            written = s3.get_object(Bucket=bucket, Key="models/trial.json")["Body"].read()
            trial = json.loads(written)["id"]
            want = {who: gets(trial, "owner:" + subject(t)) for who, t in self.users.items()}
            if set(want.values()) == {first, second}:
                break
            self.models("stop", store)
        self.assertEqual(set(want.values()), {first, second})

        def serves(device):
            return self.ask("GET", "/v1/model", headers={"Reviewlens-Run": device}).json()["id"]

        devices = {str(n): gets(trial, f"run:{n}") for n in range(20)}
        self.assertEqual(set(devices.values()), {first, second})
        self.until(lambda: all(serves(d) == model for d, model in devices.items()))
        for device, model in devices.items():
            named = {"Reviewlens-Run": device}
            answer = self.ask("POST", "/v1/score", {"texts": TEXTS}, headers=named)
            self.assertEqual(answer.json()["model"], model, device)
        self.assertEqual(self.serves(), first)  # for an anonymous request

        file = reviews(40)
        for who, model in want.items():
            job = self.make(file, who)
            self.assertEqual(self.upload(job, file), 200)
            self.until(lambda: self.job(job["id"], who).json()["state"] == "finished")
            self.assertEqual(self.job(job["id"], who).json()["model"], model, who)

        # What an environment of the function counts is in the bucket within a minute of requests to
        # it; the one that served until now may get no more.
        counted = re.compile(r"^requests +[1-9]\d* and [1-9]", re.M)

        def counts():
            for device in devices:
                self.ask("POST", "/v1/score", {"texts": TEXTS}, headers={"Reviewlens-Run": device})
            return counted.search(self.models("status", store))

        self.until(counts)
        config = self.ask("GET", "/v1/config").json()
        self.assertTrue(config["corrections"])
        self.assertLessEqual({first, second}, set(config["models"]))

        self.models("stop", store, "-why", "the test is over")
        self.until(lambda: all(serves(d) == first for d in devices))
        self.assertIn("the test is over", self.models("status", store))
        # its runs continue
        self.assertEqual(self.ask("GET", f"/v1/models/{second}").json()["id"], second)

        self.models("try", store, second)
        self.models("promote", store)
        self.becomes(second)
        self.models("rollback", store)
        self.becomes(first)

    def test_80_an_upgrade_loses_nothing(self):
        ann, store = self.users["ann"], self.out["ModelStore"]
        before = copy.deepcopy(self.out)
        code = lambda: boto3.client("lambda").get_function_configuration(FunctionName=self.out["Function"])["CodeSha256"]
        self.assertEqual(self.ask("PUT", "/v1/runs/upgrade", self.run_of("upgrade"), token=ann).status, 204)
        old, models, result = code(), self.models(store), self.made(self.kept, "result")
        newer = self.folder / "lambda-x86_64.zip"
        shutil.copy(ZIP, newer)
        with zipfile.ZipFile(newer, "a") as z:
            z.writestr("RELEASE", "newer")
        running, file = self.make(reviews(3000)), reviews(3000)
        self.upload(running, file)
        self.until(lambda: self.job(running["id"]).json()["done"] > 0)
        version = self.job_versions()[-1]
        completed = self.run_deploy("deploy", "--stage", "test", "--yes", "--zip", str(newer), "HistoryDays=365", "Memory=2048", "LogDays=60", "RequestsPerSecond=60", "ReportDays=100")
        self.assertEqual(completed.returncode, 0, completed.stdout)
        self.assertNotIn("replaced", completed.stdout)
        self.read_outputs()
        for name in ("Table", "UserPool", "Client", "ModelBucket", "JobBucket", "KeyArn", "WebBucket", "Api", "JobMachine"):
            self.assertEqual(self.out[name], before[name], name)
        self.assertNotEqual(code(), old)
        self.assertEqual(self.ask("GET", "/v1/runs/upgrade", token=ann).json()["name"], "upgrade")
        self.assertEqual(self.ask("GET", "/v1/runs/upgrade", token=self.sign_in(self.out["UserPool"], self.out["Client"], "ann")).status, 200)
        self.assertEqual(self.models(store), models)
        self.assertEqual(self.made(self.kept, "result"), result)
        self.assertEqual(self.ask("POST", "/v1/score", {"texts": TEXTS}).status, 200)

        # The job that ran meanwhile ends with the version with which it began; the next one uses
        # the new one.
        last = self.becomes_state(running["id"], "finished")[-1]
        self.assertEqual((last["done"], last.get("failed"), self.pinned_to(running["id"])), (3000, None, version))
        after = self.make(reviews(5))
        self.upload(after, reviews(5))
        self.becomes_state(after["id"], "finished")
        self.assertEqual(self.pinned_to(after["id"]), self.job_versions()[-1])
        self.assertGreater(int(self.job_versions()[-1]), int(version))

    def test_81_a_version_is_pinned(self):
        """The alias serves from the first deployment on: pinning moves it, with requests and the
        canary."""
        lambdas, function = boto3.client("lambda"), self.out["Function"]
        alias = lambda: lambdas.get_alias(FunctionName=function, Name="live")["FunctionVersion"]
        self.assertEqual(alias(), "$LATEST")
        done = subprocess.run([sys.executable, ROOT / "deploy/rollout.py", "forward", "--stage", "test"], env=self.env, capture_output=True, text=True, timeout=180)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(alias(), done.stdout.strip())
        self.assertEqual(self.ask("POST", "/v1/score", {"texts": TEXTS}).status, 200)
        target = boto3.client("events").list_targets_by_rule(Rule=boto3.client("events").list_rules()["Rules"][0]["Name"])["Targets"][0]
        self.assertTrue(target["Arn"].endswith(":live"), target)

    def test_90_what_cannot_be_made_again_stays(self):
        completed = self.run_deploy("destroy", "--stage", "test", "--yes")
        self.assertEqual(completed.returncode, 0, completed.stdout)
        self.assertIn(self.out["Table"], completed.stdout)
        self.assertIn(self.out["Table"], boto3.client("dynamodb").list_tables()["TableNames"])
        buckets = [b["Name"] for b in boto3.client("s3").list_buckets()["Buckets"]]
        self.assertIn(self.out["ModelStore"].split("/")[2], buckets)
        self.assertNotIn(self.out["WebBucket"], buckets)
        self.assertIn("there is nothing to remove", self.run_deploy("destroy", "--stage", "test", "--yes").stdout)


if __name__ == "__main__":
    unittest.main()
