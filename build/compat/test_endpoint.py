"""Tests the container behind a test double of a SageMaker endpoint, called by boto3's
sagemaker-runtime and by the program itself.

    make test-compat
"""

import json
import os
import subprocess
import unittest
import urllib.request

import boto3
import botocore.exceptions
from botocore.config import Config

from endpoint import REAL_TIME, SERVERLESS, Endpoint
from serving import PROGRAM, Server

GOOD = "Great kettle, quick and quiet, I love it."
BAD = "It broke after two days and nobody answers."
ACCOUNT = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "secret",
           "AWS_REGION": "eu-central-1", "AWS_CONFIG_FILE": os.devnull,
           "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


def scores(url, texts):
    body = json.dumps({"texts": texts}).encode()
    request = urllib.request.Request(url + "/v1/score", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


class SageMaker(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.container = Server("-sagemaker")
        cls.endpoint = Endpoint(cls.container.url)

    @classmethod
    def tearDownClass(cls):
        cls.endpoint.close()
        cls.container.close()

    def client(self, endpoint=None, secret="secret"):
        return boto3.client("sagemaker-runtime", endpoint_url=(endpoint or self.endpoint).url,
                            region_name="eu-central-1", aws_access_key_id="test",
                            aws_secret_access_key=secret,
                            config=Config(retries={"max_attempts": 1}))

    def invoke(self, body, content_type, client=None, name="reviews"):
        client = client or self.client()
        return client.invoke_endpoint(EndpointName=name, ContentType=content_type, Body=body)

    def refused(self, *args, **kwargs):
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            self.invoke(*args, **kwargs)
        return caught.exception.response

    def test_boto3_gets_what_the_container_answers(self):
        answer = self.invoke(json.dumps({"inputs": [GOOD, BAD]}), "application/json")
        labels = [r["label"] for r in json.load(answer["Body"])]
        self.assertEqual(labels, ["POSITIVE", "NEGATIVE"])
        self.assertEqual(answer["InvokedProductionVariant"], "all")
        answer = self.invoke(f'"{GOOD}",5\n"{BAD}",1\n', "text/csv")
        rows = answer["Body"].read().decode().splitlines()
        self.assertEqual([row.split(",")[0] for row in rows], ["POSITIVE", "NEGATIVE"])

    def test_what_is_refused_says_why(self):
        error = self.refused(b"<xml/>", "text/xml")
        self.assertEqual((error["Error"]["Code"], error["OriginalStatusCode"]), ("ModelError", 415))
        self.assertIn("Content-Type should be", error["OriginalMessage"])
        error = self.refused(b"RVL", "application/vnd.reviewlens.frame")
        self.assertEqual((error["Error"]["Code"], error["OriginalStatusCode"]), ("ModelError", 400))
        error = self.refused(b"{}", "application/json", name="other")
        self.assertEqual(error["Error"]["Code"], "ValidationError")
        error = self.refused(b"{}", "application/json", client=self.client(secret="other"))
        self.assertEqual(error["Error"]["Code"], "InvalidSignatureException")

    def test_sizes(self):
        serverless = Endpoint(self.container.url, most=SERVERLESS)
        self.addCleanup(serverless.close)
        for endpoint in (self.endpoint, serverless):
            text = "good " * (endpoint.most // 5 - 20)
            client = self.client(endpoint)
            answer = self.invoke(json.dumps({"inputs": text}), "application/json", client=client)
            self.assertEqual(len(json.load(answer["Body"])), 1)
            too_much = b"x" * (endpoint.most + 1)
            error = self.refused(too_much, "application/json", client=client)
            self.assertEqual(error["ResponseMetadata"]["HTTPStatusCode"], 413)

    def test_a_server_before_an_endpoint_answers_as_one_alone(self):
        alone = Server()
        self.addCleanup(alone.close)
        texts = [f"{(GOOD, BAD)[i % 2]} Number {i}. " + "It works. " * (i % 50)
                 for i in range(300)]
        for mode in ("", "?serverless=1"):
            before = len(self.endpoint.invoked)
            door = Server("-engine", "sagemaker://reviews" + mode,
                         AWS_ENDPOINT_URL=self.endpoint.url, **ACCOUNT)
            self.addCleanup(door.close)
            want, got = scores(alone.url, texts), scores(door.url, texts)
            self.assertEqual(got["model"], want["model"])
            for a, b in zip(want["results"], got["results"], strict=True):
                self.assertEqual({**a, "positive": 0}, {**b, "positive": 0})
                self.assertAlmostEqual(a["positive"], b["positive"], delta=1e-6)
            types = {t["Content-Type"] for t in self.endpoint.invoked[before:]}
            self.assertEqual(types, {"application/vnd.reviewlens.frame"})

    def test_a_server_before_nothing_says_so(self):
        for engine, want in (("sagemaker://other", "Endpoint not found"),
                             ("sagemaker://re_views", "want sagemaker://NAME")):
            env = {**os.environ, **ACCOUNT, "AWS_ENDPOINT_URL": self.endpoint.url}
            command = [str(PROGRAM), "serve", "-addr", "127.0.0.1:0", "-history", "none",
                       "-engine", engine]
            done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(want, done.stderr)


if __name__ == "__main__":
    assert REAL_TIME > SERVERLESS
    unittest.main()
