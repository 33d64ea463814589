"""Tests the drop-ins with their real clients, against the real program with the real model.

    make test-compat

Starts bin/reviewlens three times on free ports: open, with an API key, and as a SageMaker
container. boto3, the AWS CLI and huggingface_hub.InferenceClient are the real ones; for TEI and
SageMaker, whose clients are plain HTTP, the documented contract is tested.
"""

import json
import os
import pathlib
import secrets
import subprocess
import sys
import unittest
import urllib.error
import urllib.request

import boto3
import botocore.exceptions
from botocore.config import Config
from huggingface_hub import InferenceClient
from huggingface_hub.errors import BadRequestError, HfHubHTTPError

from serving import PROGRAM, ROOT, Server

ASPECTS = ROOT / "api/infer/testdata/aspects"  # random weights, which find something
AWS = pathlib.Path(sys.executable).parent / "aws"

GOOD, BAD = "Great kettle, quick and quiet, I love it.", "It broke after two days and nobody answers."
MIXED = "The picture is wonderful and the setup was easy. The sound is poor and the remote feels cheap."


def http(url, body=None, content_type="application/json", key=None):
    """Sends one request as any HTTP client does: returns status, headers, body."""
    headers = {"Content-Type": content_type, **({"Authorization": f"Bearer {key}"} if key else {})}
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers)) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.status, refusal.headers, refusal.read()


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.key = secrets.token_urlsafe(24) + "/+=="  # the other characters of base64
        cls.open, cls.locked = Server(), Server(REVIEWLENS_API_KEYS=cls.key)

    @classmethod
    def tearDownClass(cls):
        for server in (cls.open, cls.locked):
            log = server.read_log()
            server.close()
            assert "kettle" not in log and cls.key not in log, "the log holds what clients sent"


class Comprehend(Case):
    def client(self, server, key="anything", secret="anything", path="/compat/comprehend/", **config):
        return boto3.client("comprehend", endpoint_url=server.url + path, region_name="us-east-1", aws_access_key_id=key,
                            aws_secret_access_key=secret, config=Config(retries={"total_max_attempts": 1}, **config))

    def refused(self, call, code):
        with self.assertRaises(botocore.exceptions.ClientError) as refusal:
            call()
        self.assertEqual(refusal.exception.response["Error"]["Code"], code)
        self.assertTrue(refusal.exception.response["Error"]["Message"])
        return refusal.exception

    def check(self, result, sentiment):
        self.assertEqual(result["Sentiment"], sentiment)
        scores = result["SentimentScore"]
        self.assertEqual(set(scores), {"Positive", "Negative", "Neutral", "Mixed"})
        self.assertAlmostEqual(sum(scores.values()), 1, places=6)
        self.assertEqual(max(scores, key=scores.get).upper(), sentiment)

    def test_detect(self):
        for path in ("/compat/comprehend/", "/compat/comprehend"):
            client = self.client(self.open, path=path)
            for text, sentiment in ((GOOD, "POSITIVE"), (BAD, "NEGATIVE"), (MIXED, "MIXED"), ("It arrived on Tuesday.", "NEUTRAL"), ("Naïve “quotes” aside – I love it, it’s perfect…", "POSITIVE")):
                answer = client.detect_sentiment(Text=text, LanguageCode="en")
                self.check(answer, sentiment)
                self.assertTrue(answer["ResponseMetadata"]["RequestId"])

    def test_same_score_as_the_service(self):
        _, _, body = http(self.open.url + "/v1/score", {"texts": [GOOD]})
        positive = json.loads(body)["results"][0]["positive"]
        scores = self.client(self.open).detect_sentiment(Text=GOOD, LanguageCode="en")["SentimentScore"]
        self.assertAlmostEqual(scores["Positive"] / (scores["Positive"] + scores["Negative"]), positive, places=6)

    def test_batch(self):
        answer = self.client(self.open).batch_detect_sentiment(TextList=[GOOD, "é" * 2501, BAD, " "], LanguageCode="en")
        self.assertEqual([r["Index"] for r in answer["ResultList"]], [0, 2])
        self.check(answer["ResultList"][0], "POSITIVE")
        self.check(answer["ResultList"][1], "NEGATIVE")
        self.assertEqual([(e["Index"], e["ErrorCode"]) for e in answer["ErrorList"]], [(1, "TEXT_SIZE_LIMIT_EXCEEDED"), (3, "INVALID_REQUEST")])

    def test_targeted(self):
        server = Server("-model", str(ASPECTS))
        self.addCleanup(server.close)
        client = self.client(server)
        text = "👍 It is a good lid &amp; so comfortable."
        _, _, body = http(server.url + "/v1/score?topics=1", {"texts": [text]})
        wanted = [
            (m["start"], m["end"], m["polarity"].upper(), m["probability"])
            for m in json.loads(body)["results"][0]["mentions"]
        ]
        self.assertGreater(len(wanted), 1)
        answer = client.detect_targeted_sentiment(Text=text, LanguageCode="en")
        entities = answer["Entities"]
        for e in entities:
            self.assertTrue(all(i < len(e["Mentions"]) for i in e["DescriptiveMentionIndex"]))
        mentions = [m for e in entities for m in e["Mentions"]]
        for m in mentions:
            self.assertEqual(text[m["BeginOffset"] : m["EndOffset"]], m["Text"])
            self.assertEqual((m["Type"], m["GroupScore"]), ("ATTRIBUTE", 1))
            self.check(m["MentionSentiment"], m["MentionSentiment"]["Sentiment"])
        found = [
            (m["BeginOffset"], m["EndOffset"], m["MentionSentiment"]["Sentiment"], m["Score"])
            for m in mentions
        ]
        self.assertEqual(sorted(found), wanted)

        def ask(texts):
            return client.batch_detect_targeted_sentiment(TextList=texts, LanguageCode="en")

        answer = ask([text, " ", "é" * 2501])
        results = [(r["Index"], r["Entities"]) for r in answer["ResultList"]]
        self.assertEqual(results, [(0, entities)])
        errors = [(e["Index"], e["ErrorCode"]) for e in answer["ErrorList"]]
        self.assertEqual(errors, [(1, "INVALID_REQUEST"), (2, "TEXT_SIZE_LIMIT_EXCEEDED")])
        self.refused(lambda: ask(["a"] * 26), "BatchSizeLimitExceededException")
        self.refused(
            lambda: client.detect_targeted_sentiment(Text="a" * 5001, LanguageCode="en"),
            "TextSizeLimitExceededException",
        )

    def test_limits(self):
        client = self.client(self.open)
        client.detect_sentiment(Text="a" * 5000, LanguageCode="en")
        self.assertEqual(len(client.batch_detect_sentiment(TextList=[GOOD] * 25, LanguageCode="en")["ResultList"]), 25)
        refusal = self.refused(lambda: client.detect_sentiment(Text="a" * 5001, LanguageCode="en"), "TextSizeLimitExceededException")
        self.assertIsInstance(refusal, client.exceptions.TextSizeLimitExceededException)
        refusal = self.refused(lambda: client.batch_detect_sentiment(TextList=[GOOD] * 26, LanguageCode="en"), "BatchSizeLimitExceededException")
        self.assertIsInstance(refusal, client.exceptions.BatchSizeLimitExceededException)
        refusal = self.refused(lambda: client.detect_sentiment(Text=GOOD, LanguageCode="de"), "UnsupportedLanguageException")
        self.assertIsInstance(refusal, client.exceptions.UnsupportedLanguageException)
        refusal = self.refused(lambda: client.detect_sentiment(Text=" ", LanguageCode="en"), "InvalidRequestException")
        self.assertIsInstance(refusal, client.exceptions.InvalidRequestException)
        self.refused(lambda: client.detect_entities(Text=GOOD, LanguageCode="en"), "UnknownOperationException")

    def test_keys(self):
        self.check(self.client(self.locked, self.key, self.key).detect_sentiment(Text=BAD, LanguageCode="en"), "NEGATIVE")
        for key, secret, code in (("another", self.key, "UnrecognizedClientException"), (self.key, "another", "InvalidSignatureException")):
            self.refused(lambda: self.client(self.locked, key, secret).detect_sentiment(Text=BAD, LanguageCode="en"), code)
        unsigned = boto3.client("comprehend", endpoint_url=self.locked.url + "/compat/comprehend/", region_name="us-east-1",
                                config=Config(signature_version=botocore.UNSIGNED))
        self.refused(lambda: unsigned.detect_sentiment(Text=BAD, LanguageCode="en"), "MissingAuthenticationTokenException")

    def cli(self, server, *args, key="anything", secret=None):
        env = {**os.environ, "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret or key, "AWS_MAX_ATTEMPTS": "1", "AWS_CONFIG_FILE": "/dev/null",
               "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}
        return subprocess.run([str(AWS), "comprehend", *args, "--region", "eu-west-1", "--output", "json", "--language-code", "en",
                               "--endpoint-url", server.url + "/compat/comprehend/"], env=env, capture_output=True, text=True)

    def test_cli(self):
        done = self.cli(self.locked, "detect-sentiment", "--text", MIXED, key=self.key)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.check(json.loads(done.stdout), "MIXED")
        done = self.cli(self.open, "batch-detect-sentiment", "--text-list", GOOD, BAD)
        self.assertEqual([r["Sentiment"] for r in json.loads(done.stdout)["ResultList"]], ["POSITIVE", "NEGATIVE"], done.stderr)
        done = self.cli(self.locked, "detect-sentiment", "--text", GOOD, key=self.key, secret="another")
        self.assertIn("InvalidSignatureException", done.stderr)
        self.assertNotEqual(done.returncode, 0)


class HuggingFace(Case):
    def test_client(self):
        for path in ("/compat/hf/", "/compat/hf"):
            client = InferenceClient(model=self.open.url + path)
            for text, label in ((GOOD, "POSITIVE"), (BAD, "NEGATIVE")):
                first, second = client.text_classification(text)
                self.assertEqual(first.label, label)
                self.assertGreater(first.score, second.score)
                self.assertAlmostEqual(first.score + second.score, 1, places=6)

    def test_parameters(self):
        client = InferenceClient(model=self.open.url + "/compat/hf")
        self.assertEqual([e.label for e in client.text_classification(BAD, top_k=1)], ["NEGATIVE"])
        raw = client.text_classification(BAD, function_to_apply="none")
        self.assertAlmostEqual(raw[0].score, -raw[1].score, places=6)
        self.assertGreater(raw[0].score, 0)
        self.assertEqual(client.text_classification([BAD, GOOD])[0].label, "NEGATIVE")  # the client returns only the first

    def test_list(self):
        _, _, body = http(self.open.url + "/compat/hf", {"inputs": [GOOD, BAD]})
        self.assertEqual([labels[0]["label"] for labels in json.loads(body)], ["POSITIVE", "NEGATIVE"])

    def test_refusals(self):
        with self.assertRaises(BadRequestError) as refusal:
            InferenceClient(model=self.open.url + "/compat/hf").text_classification("")
        self.assertIn("Text 1 is empty", str(refusal.exception))
        self.assertEqual(InferenceClient(model=self.locked.url + "/compat/hf", token=self.key).text_classification(GOOD)[0].label, "POSITIVE")
        with self.assertRaises(HfHubHTTPError) as refusal:
            InferenceClient(model=self.locked.url + "/compat/hf", token="another").text_classification(GOOD)
        self.assertEqual(refusal.exception.response.status_code, 401)
        self.assertEqual(http(self.locked.url + "/compat/hf", {"inputs": GOOD})[0], 401)


class TEI(Case):
    def test_contract(self):
        url = self.open.url + "/compat/tei"
        _, _, body = http(url + "/info")
        info = json.loads(body)
        self.assertEqual(info["model_type"]["classifier"]["id2label"], {"0": "NEGATIVE", "1": "POSITIVE"})
        self.assertEqual(http(url + "/health")[0], 200)
        _, _, body = http(url + "/predict", {"inputs": GOOD})
        self.assertEqual(json.loads(body)[0]["label"], "POSITIVE")
        _, _, body = http(url + "/predict", {"inputs": [[GOOD], [BAD]], "raw_scores": True})
        self.assertEqual([p[0]["label"] for p in json.loads(body)], ["POSITIVE", "NEGATIVE"])
        long = {"inputs": GOOD * info["max_input_length"]}
        for request, status, kind in (({"inputs": [GOOD, BAD]}, 422, "Validation"), ({"inputs": ""}, 422, "Tokenizer"), (long, 413, "Validation")):
            got, _, body = http(url + "/predict", request)
            self.assertEqual((got, json.loads(body)["error_type"]), (status, kind), body)
            self.assertTrue(json.loads(body)["error"])
        self.assertEqual(http(url + "/predict", {**long, "truncate": True})[0], 200)

    def test_keys(self):
        url = self.locked.url + "/compat/tei"
        self.assertEqual(http(url + "/predict", {"inputs": GOOD})[0], 401)
        self.assertEqual(http(url + "/predict", {"inputs": GOOD}, key=self.key)[0], 200)
        self.assertEqual(http(url + "/health")[0], 200)


class SageMaker(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        lines = (ROOT / "deploy/Dockerfile").read_text().splitlines()
        (entrypoint,) = (json.loads(line.removeprefix("ENTRYPOINT")) for line in lines if line.startswith("ENTRYPOINT"))
        command = [word.replace("/opt/reviewlens/reviewlens", str(PROGRAM)) for word in entrypoint]
        cls.server = Server(command=command)  # as in the image

    @classmethod
    def tearDownClass(cls):
        cls.server.close()
        assert cls.server.process.returncode == 0, f"SIGTERM made it exit with {cls.server.process.returncode}"

    def test_contract(self):
        self.assertEqual(http(self.server.url + "/ping")[0::2], (200, b""))
        url = self.server.url + "/invocations"
        status, headers, body = http(url, {"inputs": [GOOD, BAD]})
        self.assertEqual((status, headers["Content-Type"], [r["label"] for r in json.loads(body)]), (200, "application/json", ["POSITIVE", "NEGATIVE"]))
        lines = "\n".join(json.dumps(line) for line in ({"inputs": GOOD}, BAD, {"inputs": ""})).encode()
        status, headers, body = http(url, lines, "application/jsonlines")
        rows = [json.loads(line) for line in body.splitlines()]
        self.assertEqual((status, rows[0]["label"], rows[1]["label"], list(rows[2])), (200, "POSITIVE", "NEGATIVE", ["error"]))
        status, headers, body = http(url, f'"{GOOD}",5\r\n"{BAD}",1\r\n"",3\r\n'.encode(), "text/csv")
        rows = body.decode().splitlines()
        self.assertEqual((status, headers["Content-Type"]), (200, "text/csv"))
        self.assertEqual([row.split(",")[0] for row in rows], ["POSITIVE", "NEGATIVE", ""])
        self.assertEqual(http(url, b"<xml/>", "text/xml")[0], 415)

    def test_no_keys(self):
        done = subprocess.run([str(PROGRAM), "serve", "-sagemaker"], env={**os.environ, "REVIEWLENS_API_KEYS": "k" * 24}, capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("unset REVIEWLENS_API_KEYS", done.stderr)


if __name__ == "__main__":
    unittest.main()
