"""Records what the real clients send, for the Go tests: each request whole, as it came over the wire.

    build/compat/.venv/bin/python build/compat/record.py     # after a client was upgraded

Writes api/compat/comprehend/testdata and api/compat/huggingface/testdata. The keys are invented.
"""

import os
import pathlib
import re
import socketserver
import subprocess
import sys
import threading

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from huggingface_hub import InferenceClient

KEY = "an/invented+key/of=base64=="  # keys may contain any base64 character
OUT = pathlib.Path(__file__).parents[2] / "api/compat"
recorded = []


class Recorder(socketserver.StreamRequestHandler):
    def handle(self):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.rfile.readline()
        length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
        recorded.append(head + self.rfile.read(length))
        self.wfile.write(b"HTTP/1.1 418 Recorded\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")


def record(folder, name, send):
    recorded.clear()
    try:
        send()
    except Exception as refusal:  # there is no real server here
        print(name, "->", type(refusal).__name__)
    assert len(recorded) == 1, recorded
    request = re.sub(rb"(?i)(user-agent: [^ ;]+)[^\r]*", rb"\1", recorded[0])  # unsigned, machine-specific
    (OUT / folder / "testdata" / f"{name}.http").write_bytes(request)


def main():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Recorder) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        comprehend = boto3.client(
            "comprehend", endpoint_url=url + "/compat/comprehend/", region_name="eu-west-1",
            aws_access_key_id=KEY, aws_secret_access_key=KEY, config=Config(retries={"total_max_attempts": 1}))
        record("comprehend", "boto3-detect", lambda: comprehend.detect_sentiment(Text="Works as it should: café, 100%.", LanguageCode="en"))
        record("comprehend", "boto3-batch", lambda: comprehend.batch_detect_sentiment(TextList=["Lovely.", "It broke."], LanguageCode="en"))
        cli = [str(pathlib.Path(sys.executable).parent / "aws"), "comprehend", "detect-sentiment", "--endpoint-url", url + "/compat/comprehend",
               "--region", "us-east-1", "--language-code", "en", "--text", "It broke after two days."]
        env = {**os.environ, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": KEY, "AWS_MAX_ATTEMPTS": "1"}
        record("comprehend", "awscli-detect", lambda: subprocess.run(cli, env=env, capture_output=True))

        # What no client of Comprehend sends, though the signature has rules for it: a query, escapes, white space, repeated names.
        odd = AWSRequest("POST", url + "/compat/comprehend/a%20b/?b=2&a=%2F%201&a=&%C3%A9=x~y", data=b"{}",
                         headers={"X-Amz-Target": "Comprehend_20171127.DetectSentiment", "X-Odd": "  two   spaces ", "Content-Type": "application/x-amz-json-1.1"})
        SigV4Auth(Credentials(KEY, KEY), "comprehend", "us-east-1").add_auth(odd)
        lines = [f"POST {odd.url.removeprefix(url)} HTTP/1.1", f"Host: {url.removeprefix('http://')}", *(f"{k}: {v}" for k, v in odd.headers.items()), "Content-Length: 2"]
        (OUT / "comprehend/testdata/signer-odd.http").write_bytes("\r\n".join(lines).encode() + b"\r\n\r\n{}")

        hf = InferenceClient(token=KEY)
        record("huggingface", "single", lambda: hf.text_classification("It broke after two days.", model=url + "/compat/hf/"))
        record("huggingface", "top-1", lambda: hf.text_classification("Lovely.", model=url + "/compat/hf", top_k=1, function_to_apply="none"))
        record("huggingface", "list", lambda: hf.text_classification(["Lovely.", "It broke."], model=url + "/compat/hf"))
        server.shutdown()


if __name__ == "__main__":
    main()
