"""`make test-dynamodb`: the contract of the history on the table of deploy/cloud/history.yaml in
Amazon's own DynamoDB Local.

    build/work/cloud-test/bin/python build/cloud/test_dynamodb.py

The table is created from the template; only AWS has time to live, encryption and recovery. The
server has no option for its address, so it listens on all of them during the test; it keeps all
data in memory, which is only this test's runs.
"""

import contextlib
import os
import pathlib
import subprocess
import sys
import time

import boto3
import botocore.exceptions

from test_cloud import free_port
from test_reporting import template

ROOT = pathlib.Path(__file__).parents[2]
LIBRARIES = ROOT / "build/work/dynamodb/lib"
TABLE_PROPERTIES = ("AttributeDefinitions", "KeySchema", "LocalSecondaryIndexes", "BillingMode")


def main():
    port = free_port()
    env = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")} | {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test", "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    os.environ.update({k: v for k, v in env.items() if k.startswith("AWS_")})
    server = subprocess.Popen(
        ["java", f"-Djava.library.path={LIBRARIES}", "-cp", f"{LIBRARIES}/*", "com.amazonaws.services.dynamodbv2.local.main.ServerRunner",
         "-inMemory", "-disableTelemetry", "-port", str(port)], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        table = template("history")["Resources"]["Table"]["Properties"]
        client = boto3.client("dynamodb")
        for _ in range(60):
            with contextlib.suppress(botocore.exceptions.EndpointConnectionError):
                client.create_table(TableName="runs", **{k: table[k] for k in TABLE_PROPERTIES})
                break
            time.sleep(0.5)
        return subprocess.run(["go", "test", "-count=1", "-v", "-run", "TestStoreOfATable", "./api/history/dynamodb"], cwd=ROOT,
                              env=env | {"REVIEWLENS_TEST_HISTORY": "dynamodb://runs"}).returncode
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    sys.exit(main())
