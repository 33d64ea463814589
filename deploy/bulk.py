"""Scores reviews in S3 in bulk: `make bulk INPUT=s3://... OUTPUT=s3://... ENGINE=...`.

    bulk.py INPUT OUTPUT [--engine local] [--yes] [--text COLUMN] [--title COLUMN] [--stars COLUMN]
            [--date COLUMN] [--product COLUMN] [--id COLUMN]
    bulk.py INPUT OUTPUT --engine glue|emr --stage NAME --text COLUMN [--flex] [--workers N]
            [--minutes N] [--one-line] ...

It says what that costs, asks, starts, follows, and ends with counts and a report beside the output
(OUTPUT-report.html). The same command again goes on where it was stopped.

local: this machine, with bin/reviewlens; INPUT and OUTPUT may be a prefix of S3, or a file each.
glue, emr: a stack of deploy/cloud/bulk.yaml in the account of a stage (`make deploy STAGE=...`), of
which it takes the key and the bucket for code; the wheel is that of `make spark`.
"""

import argparse
import contextlib
import hashlib
import json
import pathlib
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).parents[1]
PROGRAM = ROOT / "bin/reviewlens"
JOB = ROOT / "deploy/spark/reviewlens_spark/job.py"
TEMPLATE = ROOT / "deploy/cloud/bulk.yaml"
WHEELS = ROOT / "bin/dist"
PRICES = ROOT / "deploy/cost/bill/prices.json"
PACKED_SUFFIXES = (".parquet", ".gz", ".zst", ".bz2", ".snappy", ".zip", ".xlsx")
MAX_CSV_BYTES = 1 << 30  # of a CSV file that one task of job.py reads
COLUMNS = ("title", "stars", "date", "product", "id")
# Recorded only by newer versions of job.py.
NEWER_KEYS = ("multiline", "output_format", "facts", "base")
# Per executor or driver of EMR; deploy/cost uses the same.
CORES, HEAP_GB = 4, 12
BILLED_GB = 14  # GB: the heap and Spark's overhead of a tenth, rounded up
POLL = 15  # seconds between polls of a run
FINAL_STATES = {
    "SUCCEEDED": True, "SUCCESS": True, "FAILED": False, "STOPPED": False, "TIMEOUT": False,
    "ERROR": False, "EXPIRED": False, "CANCELLED": False,
}  # fmt: skip


class Stop(Exception):
    """An error message with its remedy."""


def main(arguments=None):
    a = parser().parse_args(arguments)
    try:
        sys.exit(local(a) if a.engine == "local" else cloud(a))
    except Stop as e:
        sys.exit(f"bulk: {e}")
    except KeyboardInterrupt:
        sys.exit("bulk: interrupted; the same command goes on where it was")


def parser():
    p = argparse.ArgumentParser(prog="bulk.py", description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    p.add_argument("input")
    p.add_argument("output")
    p.add_argument("--engine", choices=("local", "glue", "emr"), default="local")
    p.add_argument("--yes", action="store_true", help="do not ask")
    p.add_argument("--text", help="the column of the reviews (local: found)")
    for name in COLUMNS:
        p.add_argument(f"--{name}", help=f"the column of the {name}")
    p.add_argument("--stage", help="whose key and bucket of code are used")
    p.add_argument("--flex", action="store_true", help="Glue on spare capacity")
    p.add_argument("--workers", type=int, default=10, help="of 4 vCPUs each")
    p.add_argument("--minutes", type=int, default=480, help="after which a run is ended")
    p.add_argument("--one-line", action="store_true",
                   help="no field of the CSV holds a line end, so that files of any size are cut")
    return p


@contextlib.contextmanager
def stop_on_aws_error():
    """Turns an error of AWS into a Stop."""
    import deploy

    try:
        yield
    except deploy.Stop as e:
        raise Stop(e) from e
    except deploy.REFUSALS as e:
        raise Stop(deploy.refusal(e)) from e


def say(line):
    print(line, flush=True)


def ask(yes):
    """Asks for confirmation, and stops without a yes."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Stop("nobody is there to say yes; YES=1 says it beforehand")
    if input("Go on? [y/N] ").strip().lower() not in ("y", "yes"):
        raise Stop("nothing was started")


def split(address):
    """Returns the bucket and the key of s3://bucket/key."""
    bucket, _, key = address.removeprefix("s3://").partition("/")
    return bucket, key


def sizes(address, s3=None):
    """Returns names and sizes of the files at an address, or of a local file."""
    if not address.startswith("s3://"):
        path = pathlib.Path(address)
        if not path.is_file():
            raise Stop(f"{address} is no file; a folder has to lie in S3")
        return {address: path.stat().st_size}
    if s3 is None:
        import deploy

        s3 = deploy.session().client("s3")
    found = {o["Key"]: o["Size"] for o in objects(address, s3)}
    if not found:
        raise Stop(f"there are no files at {address}")
    return found


def objects(address, s3):
    """Lists the files at an address in S3, except empty and hidden ones."""
    bucket, key = split(address)
    prefix = key.split("*")[0].split("?")[0].split("[")[0]
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for o in page.get("Contents", []):
            if o["Size"] and not any(map(is_hidden, o["Key"][len(prefix):].split("/"))):
                yield o


def is_hidden(part):
    """Reports whether a part of a key hides the object, as in Spark; _day=1 is a partition."""
    return part.startswith(".") or part.startswith("_") and "=" not in part


def listing(address, s3):
    """Returns the digest of the files at an address that job.py records, of (path, bytes, time) as
    in Hadoop.
    """
    bucket = split(address)[0]
    listed = sorted(
        (f"s3://{bucket}/{o['Key']}", o["Size"], int(o["LastModified"].timestamp()) * 1000)
        for o in objects(address, s3)
    )
    return hashlib.sha256(json.dumps(listed).encode()).hexdigest()


def is_csv(name):
    """Reports whether a file is CSV by its name, as job.py does."""
    name = name.lower()
    for packed in (".gz", ".zst", ".snappy", ".bz2"):
        name = name.removesuffix(packed)
    return name.endswith(".csv")


def cost(engine, files):
    """Returns the line of deploy/cost on files of these sizes."""
    packed = any(name.lower().endswith(PACKED_SUFFIXES) for name in files)
    command = ["go", "run", "./deploy/cost", "-engine", engine, "-bytes", str(sum(files.values()))]
    command += ["-packed"] * packed
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    except FileNotFoundError:
        return "what it costs is not known here: `go run ./deploy/cost` says it, and there is no Go"
    return done.stdout.strip() or f"what it costs is not known: {done.stderr.strip()}"


def report_name(output):
    """Returns the address of the report: next to the output, not in it, or the next run would read
    it."""
    stem = output.rstrip("/")
    for ending in (".parquet", ".csv", ".jsonl"):
        stem = stem.removesuffix(ending)
    return f"{stem}-report.html"


def ended(command):
    """Runs a command and returns its exit status. Ctrl-C reaches it as well: it ends by itself, and
    leaves nothing half done; without a handler here, subprocess.run would kill it.
    """
    before = signal.signal(signal.SIGINT, lambda *_: None)  # the command's is the default again
    try:
        return subprocess.run(command).returncode
    finally:
        signal.signal(signal.SIGINT, before)


def local(a):
    with stop_on_aws_error() if a.input.startswith("s3://") else contextlib.nullcontext():
        files = sizes(a.input)
    say(f"{len(files):,} files of {sum(files.values()):,} bytes at {a.input}, to {a.output}")
    say(cost("local", files))
    ask(a.yes)
    columns = [f"-{n}={v}" for n in ("text", *COLUMNS[:-1]) if (v := getattr(a, n)) is not None]
    score = [PROGRAM, "score", a.input, "-o", a.output, *columns]
    if a.output.endswith("/"):
        score += ["-format", "parquet"]
    status = ended(score)
    if status not in (0, 3):  # 3: rows without a score, which were listed
        raise Stop("it was not scored; the same command goes on where it was")
    made = report_name(a.output)
    report = subprocess.run([PROGRAM, "report", a.output, "-scored", *columns, "-o", made],
                            capture_output=True, text=True)  # fmt: skip
    sys.stderr.write(report.stderr)
    if report.returncode not in (0, 3):
        if "is there already" not in report.stderr:
            raise Stop("it was scored, and no report could be made")
        say(f"the report was made before: {made}")
    else:
        say(f"the report: {made}")
    return status


def cloud(a):
    import deploy

    if a.stage is None:
        raise Stop("say whose key and bucket are used: STAGE=prod, as in `make deploy STAGE=prod`")
    if not a.text:
        raise Stop("say which column has the reviews: TEXT=review_body; Spark guesses none")
    (_, source), (_, target) = split(a.input), split(a.output)
    for what, address in (("INPUT", a.input), ("OUTPUT", a.output)):
        if not address.startswith("s3://") or not address.endswith("/"):
            raise Stop(f"{what} is {address}; {a.engine} wants a prefix, s3://bucket/reviews/")
    if not target:
        raise Stop("OUTPUT is a whole bucket; name a prefix in it")
    if split(a.input)[0] == split(a.output)[0] and target.startswith(source):
        raise Stop(f"{a.output} lies inside {a.input}, and would be read by the next run")
    wheel = max(WHEELS.glob("reviewlens_spark-*x86_64.whl"), default=None,
                key=lambda p: p.stat().st_mtime)  # fmt: skip
    if wheel is None:
        raise Stop("there is no wheel in bin/dist; `make spark` builds it")
    with stop_on_aws_error():
        return Run(a, deploy.Cloud(a.stage), wheel).go()


class Run:
    """One run on Glue or EMR Serverless, in the account of a stage."""

    def __init__(self, a, account, wheel, session=None):
        import deploy

        self.a, self.account, self.wheel = a, account, wheel
        session = session or deploy.session()
        self.s3 = session.client("s3")
        self.engine = session.client("glue" if a.engine == "glue" else "emr-serverless")
        digest = hashlib.sha256(f"{a.input} {a.output}".encode()).hexdigest()[:8]
        self.part = f"bulk-{a.engine}-{digest}"
        self.name = f"{account.name}-{self.part}"

    def go(self):
        import deploy

        a = self.a
        files = sizes(a.input, self.s3)
        self.multiline = not a.one_line and any(is_csv(name) for name in files)
        before = self.state()
        lacking = [k for k in NEWER_KEYS if k not in before.get("what", {})] if before else []
        if lacking:
            raise Stop(
                f"{a.output} is of a version of this command that did not note its "
                f"{', '.join(lacking)}, so nothing can be added to it; give another OUTPUT"
            )
        if before and self.is_finished(before):
            say(f"{a.output} was finished before: {before['rows']:,} rows")
            say(f"the report: {report_in(a.output)}")
            return 0
        for name, size in files.items():
            if self.multiline and is_csv(name) and size > MAX_CSV_BYTES:
                raise Stop(
                    f"{name} has {size:,} bytes, and one task would read them: CSV whose fields "
                    "may hold line ends cannot be cut. Split it or write Parquet; if no field "
                    "holds one, ONE_LINE=1 (--one-line) says so"
                )
        engine = "flex" if a.engine == "glue" and a.flex else a.engine
        say(f"{len(files):,} files of {sum(files.values()):,} bytes at {a.input}, to {a.output}")
        say(cost(engine, files))
        say(self.cost_limit())
        ask(a.yes)
        keys = self.upload()
        template = TEMPLATE.read_text()
        given = self.account.stacks.get_template_summary(TemplateBody=template)["Parameters"]
        accepted = {p["ParameterKey"] for p in given}
        values, confirm = self.parameters(*keys), deploy.Confirmation(a.yes)
        self.account.apply(self.part, template, accepted, values, confirm)
        outputs = self.account.outputs(self.part)
        look, ends = self.start(outputs, keys)
        try:
            return self.follow(look)
        except KeyboardInterrupt:
            raise Stop(
                f"nobody follows the run now; it goes on, for {a.minutes} minutes at most, and "
                f"costs what it costs. `{ends}` ends it; the same command then goes on with what "
                "was committed"
            ) from None

    def is_finished(self, state):
        """Reports whether a state covers all the input's files, as they are now, and the report
        exists. If not, the job is started and determines whether there is work, or an error: it
        knows its model and its columns.
        """
        a, what = self.a, state.get("what", {})
        same = all(k in what and what[k] == getattr(a, k) for k in ("input", "text", *COLUMNS))
        return (
            bool(state.get("finished"))
            and same
            and what.get("multiline") == self.multiline
            and what.get("listing") == listing(a.input, self.s3)
            and self.is_there(report_in(a.output))
        )

    def is_there(self, address):
        bucket, key = split(address)
        try:
            self.s3.head_object(Bucket=bucket, Key=key)
        except self.s3.exceptions.ClientError as e:
            if e.response["Error"]["Code"] not in ("404", "NoSuchKey"):
                raise
            return False
        return True

    def cost_limit(self):
        """Returns the maximum time and cost of a run, as text."""
        a, of = self.a, json.loads(PRICES.read_text())["prices"]
        prices = {name: price["tiers"][0]["usd"] for name, price in of.items()}
        if a.engine == "glue":
            hour, unit = prices["glue-flex" if a.flex else "glue"] * a.workers, "workers"
        else:
            worker = CORES * prices["emr-vcpu"] + BILLED_GB * prices["emr-gb"]
            hour, unit = worker * (a.workers + 1), "executors and a driver"
        usd = hour * a.minutes / 60
        return f"at most ${usd:,.0f}: {a.workers} {unit}, ended after {a.minutes} minutes"

    def parameters(self, wheel, script):
        a = self.a
        shared = {}
        for part in ("key", "artifacts", "reporting"):
            shared |= self.account.outputs(part)
        if missing := {"KeyArn", "CodeBucket"} - set(shared):
            raise Stop(
                f"the stage {a.stage} has no {' and no '.join(sorted(missing))}; `make deploy "
                f"STAGE={a.stage}` makes them"
            )
        (source, source_key), (target, target_key) = split(a.input), split(a.output)
        cpus = CORES * (a.workers + 1)
        return {
            "Name": self.name, "Engine": a.engine, "InputBucket": source, "InputPrefix": source_key,
            "InputFolder": source_key.rstrip("/"), "OutputFolder": target_key.rstrip("/"),
            "OutputBucket": target, "OutputPrefix": target_key, "CodeBucket": shared["CodeBucket"],
            "Wheel": wheel, "Script": script, "KeyArn": shared["KeyArn"],
            "Flex": "yes" if a.flex else "no", "Workers": str(a.workers),
            "Minutes": str(a.minutes), "VCpus": str(cpus), "MemoryGB": str(4 * cpus),
            "Database": shared.get("ReportDatabase", ""),
        }  # fmt: skip

    def upload(self):
        """Uploads wheel and script to the bucket for code; returns their keys. EMR accepts a wheel
        as the zip file that it is.
        """
        bucket = self.account.outputs("artifacts").get("CodeBucket")
        if not bucket:
            raise Stop(
                f"the stage {self.a.stage} has no bucket of code; `make deploy "
                f"STAGE={self.a.stage}` makes it"
            )
        keys = []
        for path in (self.wheel, JOB):
            data = path.read_bytes()
            name = path.name.replace(".whl", ".zip") if self.a.engine == "emr" else path.name
            keys.append(f"bulk/{hashlib.sha256(data).hexdigest()[:16]}/{name}")
            self.s3.put_object(Bucket=bucket, Key=keys[-1], Body=data)
        return keys

    def arguments(self):
        a = self.a
        given = {"--input": a.input, "--output": a.output, "--text": a.text}
        given["--report"] = report_in(a.output)
        given |= {f"--{n}": v for n in COLUMNS if (v := getattr(a, n))}
        if self.multiline:
            given["--multiline"] = ""
        state = self.state()
        if state and not state.get("finished"):
            given["--resume"] = ""
        return given | {"--facts": ""}

    def start(self, outputs, keys):
        """Starts the job; returns a function that reads its state, and the command that ends
        it."""
        a, given = self.a, self.arguments()
        if a.engine == "glue":
            run = self.engine.start_job_run(JobName=outputs["Job"], Arguments=given)["JobRunId"]
            say(f"started {outputs['Job']}, run {run}")

            def look():
                now = self.engine.get_job_run(JobName=outputs["Job"], RunId=run)["JobRun"]
                return now["JobRunState"], now.get("ErrorMessage", "")

            job = outputs["Job"]
            return look, f"aws glue batch-stop-job-run --job-name {job} --job-run-ids {run}"
        code = self.account.outputs("artifacts")["CodeBucket"]
        spark = {
            "spark.submit.pyFiles": f"s3://{code}/{keys[0]}", "spark.executor.cores": f"{CORES}",
            "spark.executor.memory": f"{HEAP_GB}g", "spark.driver.cores": f"{CORES}",
            "spark.driver.memory": f"{HEAP_GB}g",
            "spark.dynamicAllocation.maxExecutors": str(a.workers),
        }  # fmt: skip
        run = self.engine.start_job_run(
            applicationId=outputs["Application"], executionRoleArn=outputs["Role"],
            executionTimeoutMinutes=a.minutes,
            jobDriver={"sparkSubmit": {
                "entryPoint": f"s3://{code}/{keys[1]}",
                "entryPointArguments": [x for pair in given.items() for x in pair if x],
                "sparkSubmitParameters": " ".join(f"--conf {k}={v}" for k, v in spark.items()),
            }},
        )["jobRunId"]  # fmt: skip
        say(f"started {outputs['Application']}, run {run}")

        def look():
            now = self.engine.get_job_run(applicationId=outputs["Application"], jobRunId=run)
            now = now["jobRun"]
            return now["state"], now.get("stateDetails", "")

        application = outputs["Application"]
        return look, (
            f"aws emr-serverless cancel-job-run --application-id {application} --job-run-id {run}"
        )

    def follow(self, look):
        """Prints changes of the state until the run has ended; returns the exit status."""
        was = None
        while True:
            state, why = look()
            done = self.state() or {}
            now = f"{state}: {sum(g['rows'] for g in done.get('groups', [])):,} rows are committed"
            if now != was:
                say(now)
                was = now
            if state in FINAL_STATES:
                break
            time.sleep(POLL)
        if not FINAL_STATES[state]:
            raise Stop(
                f"the run is {state}: {why or 'its log says why'}; the same command goes on with "
                "what was committed"
            )
        result = self.state()
        if not result or not result.get("finished"):
            raise Stop(
                f"the run ended, and {self.a.output}_reviewlens.json does not say that all was "
                "scored"
            )
        counts = {}
        for group in result["groups"]:
            for name, n in group.items():
                if name.endswith("rows") or name == "without_text":
                    counts[name] = counts.get(name, 0) + n
        say(", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in counts.items()))
        say(f"the scores: {self.a.output}scored/, the report: {report_in(self.a.output)}")
        return 0

    def state(self):
        """Returns the contents of the job's _reviewlens.json, or None if there is none."""
        bucket, key = split(self.a.output)
        try:
            body = self.s3.get_object(Bucket=bucket, Key=f"{key}_reviewlens.json")["Body"].read()
        except self.s3.exceptions.NoSuchKey:
            return None
        return json.loads(body)


def report_in(output):
    """Returns the address of a job's report: inside its output, which is all that its role may
    write, and hidden from readers of it.
    """
    return f"{output}_report.html"


if __name__ == "__main__":
    main()
