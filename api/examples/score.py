"""Scores texts, a file, and a file that is left to a job: score.py reviews.csv

REVIEWLENS is the server's address, REVIEWLENS_API_KEY an API key where it wants one. Only the
standard library is needed.
"""

import hashlib
import json
import os
import sys
import time
import urllib.error
import urllib.request

SERVER = os.environ.get("REVIEWLENS", "http://localhost:8000")


def ask(path, body=None, method=None, **headers):
    """Return the answer's headers and body. An error (urllib.error.HTTPError) has a problem as its body: "detail" says what to change."""
    headers["Authorization"] = "Bearer " + os.environ.get("REVIEWLENS_API_KEY", "none")
    request = urllib.request.Request(SERVER + path, body, headers, method=method)
    with urllib.request.urlopen(request, timeout=600) as response:
        return response.headers, response.read()


def main(name):
    texts = ["Works as it should.", "Broke after two days."]
    _, body = ask("/v1/score", json.dumps({"texts": texts}).encode(), **{"Content-Type": "application/json"})
    for text, result in zip(texts, json.loads(body)["results"]):
        print(text, result["sentiment"], result["positive"])

    with open(name, "rb") as f:
        file = f.read()
    _, body = ask("/v1/score", file, **{"Content-Type": "text/csv"})
    sys.stdout.write(body.decode())

    _, body = ask("/v1/report", file, **{"Content-Type": "text/csv"})
    report = json.loads(body)
    print(report["positive"], "of", report["scored"], "are positive")

    # Repeated after a broken connection, the same key and file make no second job.
    key = hashlib.sha256(file).hexdigest()
    headers, body = ask("/v1/jobs", file, **{"Content-Type": "text/csv", "Idempotency-Key": key})
    job = json.loads(body)
    while job["state"] in ("waiting", "running"):
        time.sleep(0.5)
        job = json.loads(ask(headers["Location"])[1])
    if job["state"] == "failed":
        sys.exit(job["error"]["detail"])
    sys.stdout.write(ask(headers["Location"] + "/result")[1].decode())
    ask(headers["Location"], method="DELETE")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: score.py reviews.csv")
    try:
        main(sys.argv[1])
    except urllib.error.HTTPError as e:  # the answer is a problem
        sys.exit(f"{e.url}: {e.code}: {json.load(e)['detail']}")
    except urllib.error.URLError as e:
        sys.exit(f"{SERVER}: {e.reason}")
    except OSError as e:
        sys.exit(str(e))
