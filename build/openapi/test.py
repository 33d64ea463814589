"""Tests a running server against its own /openapi.json.

    build/openapi/.venv/bin/python build/openapi/test.py bin/reviewlens

Starts the program on a free port of this machine and runs schemathesis
(https://schemathesis.readthedocs.io) against it: valid requests, invalid ones, and sequences (a job
from its creation to its end). Any failure is this program's. One check is disabled:
positive_data_acceptance expects every string to be accepted as a CSV file or a column's name, and
JSON Schema cannot express which are.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

CASES = 25  # per route and phase
SECONDS = 600  # in all
SEED = 7  # the same cases each time
# One worker: hypothesis parses the source of lambdas, and two threads that parse concurrently break
# each other in CPython 3.11 ("AST constructor recursion depth mismatch"), which counts the depth of
# ast.parse once for all threads.
WORKERS = 1


def main(program: str) -> int:
    with tempfile.TemporaryDirectory() as work:
        server = subprocess.Popen(
            [pathlib.Path(program).resolve(), "serve", "-addr", "127.0.0.1:0", "-jobs", f"{work}/jobs", "-history", f"{work}/history.db"],
            stdout=subprocess.PIPE, stderr=open(f"{work}/log", "w"), text=True,
        )
        try:
            line = server.stdout.readline()
            if "http://" not in line:
                print(pathlib.Path(f"{work}/log").read_text(), file=sys.stderr)
                return 1
            url = "http://" + line.split("http://", 1)[1].strip()
            run = subprocess.run(
                [pathlib.Path(sys.executable).parent / "schemathesis", "run", f"{url}/openapi.json", "--checks", "all",
                 "--exclude-checks", "positive_data_acceptance", "--max-examples", str(CASES), "--seed", str(SEED),
                 "--continue-on-failure", "--request-timeout", "30",
                 "--workers", str(WORKERS), "--suppress-health-check", "all"],
                cwd=work, timeout=SECONDS,
                env=os.environ | {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(pathlib.Path(__file__).resolve().parent)},
            )
            errors = [line for line in pathlib.Path(f"{work}/log").read_text().splitlines() if '"level":"ERROR"' in line]
            for line in errors[:10]:
                print(line, file=sys.stderr)
            return run.returncode or bool(errors)
        finally:
            server.terminate()
            server.wait(30)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: test.py PROGRAM, such as bin/reviewlens")
    sys.exit(main(sys.argv[1]))
