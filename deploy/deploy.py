"""Deploys Reviewlens to AWS, and removes it: `make deploy STAGE=prod`, `make destroy STAGE=prod`.

    deploy.py deploy  --stage NAME [--yes] [--zip FILE] [Parameter=value ...]
    deploy.py destroy --stage NAME [--yes]

A stage is a few stacks, one for each template of deploy/cloud, so that no change of the function can
touch a table. A template's parameter gets the output of the same name of an earlier stack, else the
value given on the command line, else its previous value. The cost and the changes of each stack are
shown, and made only after a confirmation. Both commands can be repeated at any time, also after a
failure: existing resources are kept. Credentials and region are found as by any AWS tool
(AWS_PROFILE, AWS_REGION, ~/.aws).
"""

import argparse
import datetime
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

import boto3
import botocore.exceptions as failures

ROOT = pathlib.Path(__file__).parents[1]
TEMPLATES = ROOT / "deploy/cloud"
PAGE = ROOT / "web/dist"
MODEL = ROOT / "api/model/default"

# Must equal those of api/site.go; `make lint-cloud` compares.
CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
}
HASHED = re.compile(r"[.-]([0-9a-f]{8,64}|[0-9A-Z]{8})\.")
IMMUTABLE = "public, max-age=31536000, immutable"

ORDER = [
    "artifacts",
    "key",
    "models",
    "signin",
    "history",
    "jobs",
    "reporting",
    "sagemaker",
    "api",
    "web",
    "monitoring",
    "jobalarms",
]
WITH_SIGN_IN = ["signin", "history", "jobs", "reporting", "jobalarms"]
WIRED = {"KeyArn", "CodeBucket", "ModelBucket", "Table", "JobBucket", "JobFunction", "JobMachine", "Topic", "Issuer", "Client", "PageClient", "SignInHost", "Api", "ApiDomain", "Function", "FunctionMemory", "LiveFunction", "OriginSecret"}  # outputs that others take
COMPUTED = {"JobReserve", "OnlyByPage", "Repository"}  # determined here, not asked for
MIN_UNRESERVED = 100  # executions that AWS does not allow to be reserved
KEPT_ZIPS = 3  # of the function's code that are kept, in addition to those in use
KEPT_VERSIONS = 3  # of the function that can be returned to, as in rollout.py
JOB_DAYS = 8  # after which no job needs an old version of the function: stepfunctions.Age + 1

POLL = 3  # seconds between polls of a stack


class Stop(Exception):
    """An error message with its remedy."""


def session():
    """Returns a session in the region of AWS_REGION, which boto3 ignores although every other AWS
    tool reads it; without one, in that of AWS_DEFAULT_REGION or of the profile."""
    return boto3.session.Session(region_name=os.environ.get("AWS_REGION") or None)


class Cloud:
    def __init__(self, stage):
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", stage):
            raise Stop(f"the stage is {stage!r}; it should be a few lower-case letters and digits: make deploy STAGE=prod")
        if taken := re.search("aws|amazon|cognito", stage):
            raise Stop(f"the stage is {stage!r}; Cognito refuses names with {taken[0]!r} in them, which people would meet at sign-in alone: choose another one")
        aws = session()
        if not aws.region_name:
            raise Stop("no region is set; AWS_REGION=eu-central-1 make deploy ..., or `aws configure set region eu-central-1`")
        self.name, self.region = f"reviewlens-{stage}", aws.region_name
        self.stacks, self.s3 = aws.client("cloudformation"), aws.client("s3")
        self.lambdas = aws.client("lambda")
        caller = aws.client("sts").get_caller_identity()
        role = caller["Arn"].split(":")[-1]
        say(f"{self.name} in {self.region}, account {caller['Account']}, as {role}")

    def stack(self, part):
        """Returns the stack of a template, or None."""
        name = f"{self.name}-{part}"
        try:
            return self.stacks.describe_stacks(StackName=name)["Stacks"][0]
        except failures.ClientError as e:
            if e.response["Error"]["Code"] == "ValidationError" and "does not exist" in str(e):
                return None
            raise

    def outputs(self, part):
        stack = self.stack(part) or {}
        return {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])}

    def parameters(self, part):
        stack = self.stack(part) or {}
        return {p["ParameterKey"]: p["ParameterValue"] for p in stack.get("Parameters", [])}

    def bulk(self):
        """Returns the parts that `make bulk` made, a stack for each input."""
        name = re.compile(re.escape(self.name) + "-(bulk-(?:glue|emr)-[0-9a-f]{8})")
        tag = {"Key": "reviewlens", "Value": self.name}
        pages = self.stacks.get_paginator("describe_stacks").paginate()
        stacks = [s for page in pages for s in page["Stacks"] if tag in s.get("Tags", [])]
        return sorted(m[1] for s in stacks if (m := name.fullmatch(s["StackName"])))

    def wait(self, part):
        """Waits until nothing is in progress, and returns the status; None if there is no stack."""
        while True:
            status = (self.stack(part) or {}).get("StackStatus")
            if not status or not status.endswith("_IN_PROGRESS") or status == "REVIEW_IN_PROGRESS":
                return status
            time.sleep(POLL)

    def reasons(self, part, since):
        """Returns why the stack failed: the causes, without the cancellations that followed."""
        events = self.stacks.describe_stack_events(StackName=f"{self.name}-{part}")["StackEvents"]
        found = [f"{e['LogicalResourceId']}: {e['ResourceStatusReason']}" for e in reversed(events)
                 if e["Timestamp"].timestamp() > since - 60 and e["ResourceStatus"].endswith("_FAILED") and e.get("ResourceStatusReason")]
        return list(dict.fromkeys(f for f in found if "cancelled" not in f))

    def apply(self, part, template, accepted, values, confirm):
        """Shows what a template changes, asks for confirmation, and applies it."""
        name = f"{self.name}-{part}"
        stack = self.stack(part)
        status = stack and stack["StackStatus"]
        if status == "ROLLBACK_COMPLETE":
            say(f"{part}: could not be made the last time; what is left of it is empty and is removed first")
            confirm.ask()
            self.stacks.delete_stack(StackName=name)
            if left := self.wait(part):
                raise Stop(f"{name} is {left} and cannot be removed; the stack's events say why")
            stack = status = None
        elif status in ("ROLLBACK_FAILED", "DELETE_FAILED"):
            raise Stop(f"{name} is {status}; its events say what holds it. Free that, `aws cloudformation delete-stack --stack-name {name}`, and run this again")
        elif status == "UPDATE_ROLLBACK_FAILED":
            raise Stop(f"{name} is {status}; `aws cloudformation continue-update-rollback --stack-name {name}`, then run this again")
        elif status and status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
            raise Stop(f"{name} is {status}: someone else is at it; run this again when that is over")
        new = not stack or status == "REVIEW_IN_PROGRESS"  # never confirmed
        given = [{"ParameterKey": k, "ParameterValue": v} for k, v in values.items()]
        if not new:
            kept = accepted & set(self.parameters(part)) - set(values)
            given += [{"ParameterKey": k, "UsePreviousValue": True} for k in sorted(kept)]
        change = "deploy-" + time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        self.stacks.create_change_set(
            StackName=name, ChangeSetName=change, ChangeSetType="CREATE" if new else "UPDATE", TemplateBody=template,
            Parameters=given, Capabilities=["CAPABILITY_IAM"], Tags=[{"Key": "reviewlens", "Value": self.name}])
        while True:
            planned = self.stacks.describe_change_set(StackName=name, ChangeSetName=change)
            if planned["Status"] not in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
                break
            time.sleep(POLL)
        reason = planned.get("StatusReason", "")
        empty = re.search("didn't contain changes|No updates are to be performed", reason, re.I)
        if planned["Status"] == "FAILED" and empty:
            self.stacks.delete_change_set(StackName=name, ChangeSetName=change)
            say(f"{part}: nothing to change")
            return
        if planned["Status"] == "FAILED":
            raise Stop(f"{part}: {reason}")
        # AWS counts changes of resources only.
        say(f"{part}:" if planned["Changes"] else f"{part}: outputs alone")
        self.show(planned)
        confirm.ask()
        start = time.time()
        self.stacks.execute_change_set(StackName=name, ChangeSetName=change)
        status = self.wait(part)
        if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            undone = "Nothing of it was kept" if new else "It is as it was before"
            raise Stop("\n  ".join([f"{name} is {status}. {undone}; fix this and run the same again:", *self.reasons(part, start)]))
        say(f"{part}: {status}")

    def show(self, planned):
        for change in planned["Changes"]:
            c = change["ResourceChange"]
            replaced = ", replaced" if c.get("Replacement") == "True" else ""
            say(f"  {c['Action'].lower():7} {c['LogicalResourceId']} ({c['ResourceType']}{replaced})")

    def have(self, bucket):
        """Returns the objects of a bucket: key to MD5, which S3 reports for objects not uploaded in
        parts."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        return {o["Key"]: o["ETag"].strip('"') for page in pages for o in page.get("Contents", [])}

    def empty(self, bucket):
        for page in self.s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            versions = [{"Key": o["Key"], "VersionId": o["VersionId"]} for o in page.get("Versions", []) + page.get("DeleteMarkers", [])]
            self.delete(bucket, versions)

    def delete(self, bucket, objects):
        """Deletes up to 1,000 objects; S3 answers 200 even if it refuses some of them."""
        if not objects:
            return
        refused = self.s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True}).get("Errors", [])
        if refused:
            first = refused[0]
            raise Stop(f"{len(refused)} of {len(objects)} objects of {bucket} cannot be deleted; the first is {first['Key']}: {first['Code']}, {first.get('Message', '')}. "
                       "Whoever deletes needs s3:DeleteObject and s3:DeleteObjectVersion, and no policy or lock against it")

    def concurrency(self):
        """Returns the account's limit of concurrent functions, and how many of them are
        unreserved."""
        limit = self.lambdas.get_account_settings()["AccountLimit"]
        return limit["ConcurrentExecutions"], limit.get("UnreservedConcurrentExecutions", 0)

    def reserved(self, function):
        """Returns the reserved concurrency of a function."""
        return self.lambdas.get_function_concurrency(FunctionName=function).get("ReservedConcurrentExecutions", 0) if function else 0

    def rolling(self, function):
        """Reports whether a rollout is distributing the requests of a function between versions."""
        try:
            alias = self.lambdas.get_alias(FunctionName=function, Name="live")
        except self.lambdas.exceptions.ResourceNotFoundException:
            return False
        return bool(alias.get("RoutingConfig", {}).get("AdditionalVersionWeights"))

    def delete_old_zips(self, bucket, used):
        """Deletes old code, except the newest and what stacks refer to: an update that fails
        reverts to the previous code."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="code/")
        zips = sorted((o for page in pages for o in page.get("Contents", [])), key=lambda o: o["LastModified"])
        self.delete(bucket, [{"Key": o["Key"]} for o in zips[:-KEPT_ZIPS] if o["Key"] not in used])

    def delete_old_versions(self, function):
        """Deletes versions of the job function that were replaced before the oldest possible
        job."""
        pages = self.lambdas.get_paginator("list_versions_by_function").paginate(FunctionName=function)
        versions = sorted((v for page in pages for v in page["Versions"] if v["Version"] != "$LATEST"), key=lambda v: int(v["Version"]))
        for version, successor in zip(versions, versions[1:]):
            made = datetime.datetime.fromisoformat(successor["LastModified"].replace("+0000", "+00:00"))
            if time.time() - made.timestamp() > JOB_DAYS * 86400:
                self.lambdas.delete_function(FunctionName=function, Qualifier=version["Version"])


def deploy(cloud, archive, requested, confirm):
    texts = {name: (TEMPLATES / f"{name}.yaml").read_text() for name in ORDER}
    accepted = {name: {p["ParameterKey"] for p in cloud.stacks.get_template_summary(TemplateBody=text).get("Parameters", [])} for name, text in texts.items()}
    before = cloud.parameters("api")
    signed_in = requested.get("SignIn", before.get("SignIn", "no")) == "yes"
    code = archive.read_bytes()
    given = {"Name": cloud.name, "CodeKey": f"code/{hashlib.sha256(code).hexdigest()[:16]}.zip", "Architecture": re.search(r"arm64|x86_64", archive.name)[0]}
    settable = set().union(*accepted.values()) - set(given) - WIRED - COMPUTED
    if unknown := sorted(set(requested) - settable):
        raise Stop(f"there is no parameter {', '.join(unknown)}; "
                   f"there are {', '.join(sorted(settable))}")

    hosting = hosting_parameters(cloud, requested, before)
    keep_pinned(cloud, requested | hosting, before)
    values = requested | given | hosting
    if not signed_in:
        values["SignInHost"] = ""  # else the page would use the previous one
    email = cloud.parameters("monitoring").get("AlarmEmail")
    if "AlarmEmail" not in requested and email:
        values["AlarmEmail"] = email  # also of an endpoint that is made now
    files = cloud.parameters("jobs")
    reported = requested.get("Reporting", files.get("Reporting", "no")) == "yes"
    if reported and not signed_in:
        raise Stop("reports are of large files, which are there for who signs in: SignIn=yes Reporting=yes")
    number = lambda text: int(text) if text.isdecimal() else 0  # else the template reports it
    warm = number(requested.get("Warm", before.get("Warm", "0")))
    for_files = number(requested.get("JobConcurrency", files.get("JobConcurrency", "8"))) if signed_in else 0
    limit, unreserved = cloud.concurrency()
    if warm + for_files >= limit:
        raise Stop(f"JobConcurrency and Warm are {warm + for_files}, and this account may run {limit} functions at once: nothing would be left for requests. "
                   "Make them less, or ask AWS for more (Service Quotas, AWS Lambda, Concurrent executions)")
    if "Warm" in requested and (function := cloud.outputs("api").get("Function")) and cloud.rolling(function):
        raise Stop("a rollout shares the requests between two versions now, and AWS keeps no such function warm; Warm can change when that is over")
    if signed_in:
        reserved = cloud.reserved(cloud.outputs("jobs").get("JobFunction"))
        spare = unreserved + reserved - warm - MIN_UNRESERVED
        given["JobReserve"] = str(for_files if spare >= for_files else 0)
        say(f"large files: {for_files} executions are reserved for all of them together" if spare >= for_files else
            f"large files: this account may run {limit} functions at once and cannot reserve {for_files} of them, so files are scored one after another")
    guarded = requested.get("WebAclArn", cloud.parameters("web").get("WebAclArn", "")) != ""
    closed = guarded and before.get("OnlyByPage", "no") == "yes"
    given |= {"WebAclArn": requested.get("WebAclArn", cloud.parameters("web").get("WebAclArn", "")), "OnlyByPage": "yes" if closed else "no"}

    values |= given
    say(estimate(requested.get("Memory", before.get("Memory", "1769")), given["Architecture"]))
    for name in ORDER:
        if name in WITH_SIGN_IN and not signed_in or name == "reporting" and not reported:
            continue
        if name == "sagemaker" and "Hosting" not in hosting:
            continue
        cloud.apply(name, texts[name], accepted[name], {k: v for k, v in values.items() if k in accepted[name]}, confirm)
        values |= cloud.outputs(name)
        if name == "artifacts" and given["CodeKey"] not in cloud.have(values["CodeBucket"]):
            say(f"uploading {archive.name}, {len(code) / 1e6:.0f} MB")
            cloud.s3.put_object(Bucket=values["CodeBucket"], Key=given["CodeKey"], Body=code)
        if name == "web":
            page(cloud, values["WebBucket"])
            model(cloud, values["WebBucket"], requested.get("AnonymousScoring", before.get("AnonymousScoring", "yes")) == "yes")
            if guarded and not closed:  # not before: CloudFront sends the secret from now on
                values["OnlyByPage"] = "yes"
                cloud.apply("api", texts["api"], accepted["api"], {k: v for k, v in values.items() if k in accepted["api"]}, confirm)
        if name == "jobs":
            cloud.delete_old_versions(values["JobFunction"])
        if name == "api" and "Hosting" not in hosting and cloud.parameters("sagemaker"):
            say("sagemaker: the function asks no endpoint any more, and the endpoint goes")
            confirm.ask()
            remove(cloud, "sagemaker")
    cloud.delete_old_zips(
        values["CodeBucket"],
        {given["CodeKey"], before.get("CodeKey"), files.get("CodeKey")},
    )
    if (live := cloud.parameters("api").get("LiveVersion", "0")) != "0":
        say(f"requests stay with version {live} of the function; `make rollout STAGE=...` moves them to what was deployed now")
    for name in ("Url", "WebDomain", "ApiDomain", "ModelStore", "UserPool", "Client", "ReportDatabase"):
        if name in values and not (name == "ApiDomain" and guarded):  # refuses requests not via the page
            say(f"{name}: {values[name]}")


NEEDS_NOTHING = {"Engine": "", "ModelSource": "inside", "SignIn": "no", "WebAclArn": ""}


def keep_pinned(cloud, requested, before):
    """Refuses to remove what a version that serves requests needs: it keeps its own settings, and
    the permissions, the endpoint and the secret that they refer to would be gone."""
    live = requested.get("LiveVersion", before.get("LiveVersion", "0"))
    function = cloud.outputs("api").get("Function")
    rolling = bool(function) and cloud.rolling(function)
    if live == "0" and not rolling:
        return
    hosting = cloud.parameters("sagemaker").get("Hosting")
    moves = requested.get("Hosting", hosting) != hosting
    for name, nothing in NEEDS_NOTHING.items():
        has = before.get(name, nothing)
        gets = requested.get(name, has)
        other = gets != has if name == "Engine" else gets == nothing
        if has == nothing or not (other or name == "Engine" and moves):
            continue
        if rolling:
            raise Stop(
                f"a rollout shares the requests between two versions now, and one of them needs "
                f"{name}={has}; it can change when that is over"
            )
        raise Stop(
            f"version {live} of the function has the requests and needs {name}={has}. LiveVersion=0 "
            "beside it gives them to what is deployed then, at once; `make rollout` pins that"
        )


HOSTINGS = {
    "lambda": set(),
    "realtime": {"InstanceType", "Instances", "MostInstances", "InvocationsPerMinute"},
    "serverless": {"ServerlessMemory", "ServerlessConcurrency"},
    "async": {"InstanceType", "MostInstances", "AsyncBucket"},
}
IMAGE = re.compile(r"[0-9]{12}\.dkr\.ecr\.([a-z0-9-]+)\.[a-z0-9.]+/([^:@]+)[:@].+")


def hosting_parameters(cloud, requested, before):
    """Returns the stack parameters for where the model runs: Engine, empty for the function, and
    with an endpoint Hosting and Repository. It refuses here what AWS would refuse midway."""
    made = cloud.parameters("sagemaker")
    hosting = requested.get("Hosting", made.get("Hosting", "lambda"))
    if hosting not in HOSTINGS:
        raise Stop(f"Hosting is {hosting!r}; there are {', '.join(HOSTINGS)}")
    misplaced = set().union(*HOSTINGS.values()) - HOSTINGS[hosting]
    if unknown := sorted(set(requested) & misplaced):
        takes = ", ".join(sorted(HOSTINGS[hosting])) or "none of these"
        raise Stop(f"{unknown[0]} means nothing with Hosting={hosting}; it takes {takes}")
    if hosting == "lambda":
        if "EndpointImage" in requested:
            raise Stop("EndpointImage is of an endpoint: Hosting=realtime, serverless or async")
        # an endpoint of the user's own stays, one that was made here is deleted
        return {"Engine": ""} if made and "Engine" not in requested else {}
    if requested.get("Engine"):
        raise Stop(f"Hosting={hosting} makes an endpoint, and Engine names another; leave one out")
    image = requested.get("EndpointImage", made.get("EndpointImage", ""))
    found = IMAGE.fullmatch(image)
    if not found:
        raise Stop(
            f"Hosting={hosting} runs the image of deploy/Dockerfile: push it to ECR and give "
            f"EndpointImage=ACCOUNT.dkr.ecr.{cloud.region}.amazonaws.com/NAME@sha256:DIGEST, not {image!r}"
        )
    if found[1] != cloud.region:
        raise Stop(
            f"EndpointImage is in {found[1]}, and SageMaker takes images of its own region, "
            f"{cloud.region}"
        )
    def number(name, default):
        text = requested.get(name, made.get(name, default))
        if not text.isdecimal():
            raise Stop(f"{name} is {text!r}; want a number")
        return int(text)

    machine = requested.get("InstanceType", made.get("InstanceType"))
    if made.get("Hosting") in ("realtime", "async") and (
        hosting == "serverless" or machine != made.get("InstanceType")
    ):
        raise Stop(
            "AWS changes no machine of an endpoint whose machines come and go by themselves. "
            "`Hosting=lambda` first, so that the function scores and the endpoint goes; then this"
        )
    if hosting == "realtime" and number("Instances", "1") > number("MostInstances", "4"):
        raise Stop("Instances is more than MostInstances")
    if hosting == "async":
        if requested.get("AsyncBucket", made.get("AsyncBucket", "none")) == "none":
            raise Stop("Hosting=async reads requests from a bucket of yours: AsyncBucket=NAME")
    else:
        for name, needed, why in (
            ("ModelSource", "inside", "an endpoint runs the model that is in its image"),
            ("SnapStart", "no", "connections to an endpoint do not outlive a snapshot"),
        ):
            if requested.get(name, before.get(name, needed)) != needed:
                raise Stop(f"Hosting={hosting} goes with {name}={needed}: {why}")
    return {"Hosting": hosting, "Repository": found[2]}


def estimate(memory, arch):
    """Returns the estimated cost, from deploy/cost."""
    try:
        estimated = subprocess.run(["go", "run", "./deploy/cost", "-brief", "-memory", memory, "-arch", arch], cwd=ROOT, capture_output=True, text=True)
    except FileNotFoundError:
        return "what it costs is not known here: `go run ./deploy/cost` says it, and there is no Go"
    return (estimated.stdout or f"what it costs is not known: {estimated.stderr}").strip()


def page(cloud, bucket):
    """Uploads the page twice, compressed and not; files that refer to others come last, so that
    visitors during the upload find them."""
    files = [f for f in PAGE.rglob("*") if f.is_file() and f.suffix != ".br" and f.name != ".keep"]
    have, sent = cloud.have(bucket), 0
    for file in sorted(files, key=lambda f: (not HASHED.search(f.name), f.name == "index.html", f)):
        name = file.relative_to(PAGE).as_posix()
        packed = file.with_name(file.name + ".br")
        for prefix, source in (("plain/", file), ("br/", packed if packed.exists() else file)):
            data = source.read_bytes()
            if have.get(prefix + name) == hashlib.md5(data).hexdigest():
                continue
            more = {"ContentEncoding": "br"} if source is packed else {}
            cloud.s3.put_object(Bucket=bucket, Key=prefix + name, Body=data, ContentType=CONTENT_TYPES.get(file.suffix, "application/octet-stream"),
                                CacheControl=IMMUTABLE if HASHED.search(file.name) else "no-cache", **more)
            sent += 1
    say(f"page: {sent} files uploaded, {2 * len(files) - sent} were there")


def model(cloud, bucket, open_to_all):
    """Publishes the model inside the function for browsers that score by themselves, if scoring is
    open to all; a model of the model bucket is never published. The newest of the other models
    stay, as many as there are versions to return to: browsers whose requests a pinned version or a
    rollout answers ask for theirs."""
    manifest = json.loads((MODEL / "manifest.json").read_text())
    graphs = {f"v1/models/{manifest['id']}/model": MODEL / "model.onnx"}
    if "aspects" in manifest:
        name = manifest["aspects"]["file"]
        graphs[f"v1/models/{manifest['id']}/aspects"] = MODEL / name
    pages = cloud.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="v1/models/")
    have = {o["Key"]: o["LastModified"] for page in pages for o in page.get("Contents", [])}
    written = {}  # each other model's ID to when it was last written
    for key, time_written in have.items():
        if (id := key.split("/")[2]) != manifest["id"]:
            written[id] = max(time_written, written.get(id, time_written))
    newest = sorted(written, key=written.get, reverse=True)[:KEPT_VERSIONS]
    kept = {manifest["id"], *newest} if open_to_all else set()
    for old in have:
        if old.split("/")[2] not in kept:
            cloud.s3.delete_object(Bucket=bucket, Key=old)
    for key, file in graphs.items():
        if not open_to_all or key in have:  # the id covers its content
            continue
        cloud.s3.put_object(
            Bucket=bucket,
            Key=key,
            Body=file.read_bytes(),
            ContentType="application/octet-stream",
            CacheControl=IMMUTABLE,
        )
        size = file.stat().st_size / 1e6
        say(f"model: {manifest['id']}, {file.name}, {size:.0f} MB, uploaded for browsers")


def destroy(cloud, confirm):
    existing = [part for part in reversed(ORDER) if cloud.stack(part)]
    bulk = cloud.bulk()
    if not existing and not bulk:
        say("there is nothing to remove")
        return
    say(f"""page, API, alarms, logs, large files and the rows of reports of {cloud.name} go. What cannot be made again stays, and is removed by hand:
  models   {cloud.outputs("models").get("ModelStore", "none")}: empty and delete the bucket
  key      {cloud.outputs("key").get("KeyArn", "none")}: aws kms schedule-key-deletion, once nobody needs the models
  history  {cloud.outputs("history").get("Table", "none")}: turn deletion protection off, then aws dynamodb delete-table
  users    {cloud.outputs("signin").get("UserPool", "none")}: turn deletion protection off, then aws cognito-idp delete-user-pool""")
    if bulk:
        say(f"jobs of `make bulk` go, too, and their scores stay: {', '.join(bulk)}")
    confirm.ask()
    for part in bulk:  # they use the key and the bucket of code
        remove(cloud, part)
    for part in existing:
        if bucket := cloud.outputs(part).get({"web": "WebBucket", "artifacts": "CodeBucket", "jobs": "JobBucket"}.get(part)):
            cloud.empty(bucket)
        remove(cloud, part)


def remove(cloud, part):
    start = time.time()
    cloud.stacks.delete_stack(StackName=f"{cloud.name}-{part}")
    status = cloud.wait(part)
    if status and status != "DELETE_COMPLETE":
        raise Stop("\n  ".join([f"{cloud.name}-{part} is {status}; fix this and run the same again:", *cloud.reasons(part, start)]))
    say(f"{part}: removed")


class Confirmation:
    """Asks for confirmation, or confirms everything."""

    def __init__(self, given):
        self.given = given

    def ask(self):
        if self.given:
            return
        if not sys.stdin.isatty():
            raise Stop("nobody can be asked here; YES=1 (or --yes) says yes to all")
        answer = input("Go on? [y/N/all] ").strip().lower()
        self.given = answer == "all"
        if answer not in ("y", "yes", "all"):
            raise Stop("stopped; what was done before stays, and running this again goes on from there")


def say(message):
    print(message, flush=True)


NO_CREDENTIALS = (
    failures.NoCredentialsError, failures.PartialCredentialsError, failures.TokenRetrievalError,
    failures.CredentialRetrievalError, failures.SSOError, failures.ProfileNotFound,
    failures.ConfigParseError, failures.InvalidConfigError,
)  # fmt: skip
UNREACHABLE = (failures.ConnectionError, failures.HTTPClientError)
UNKNOWN = {
    "InvalidClientTokenId", "SignatureDoesNotMatch", "ExpiredToken", "ExpiredTokenException",
    "AuthFailure", "UnrecognizedClientException",
}  # fmt: skip
REFUSALS = (failures.BotoCoreError, failures.ClientError)  # all that boto3 raises


def refusal(e):
    """Returns the message of one of REFUSALS, with its remedy if it is known."""
    if isinstance(e, NO_CREDENTIALS):
        return f"no credentials ({e}); `aws configure`, `aws sso login`, or AWS_PROFILE=name"
    if isinstance(e, failures.NoRegionError):
        return f"{e} AWS_REGION=eu-central-1 names one, or `aws configure set region eu-central-1`"
    if isinstance(e, failures.EndpointConnectionError):
        return f"AWS cannot be reached ({e}); is the region's name right?"
    if isinstance(e, UNREACHABLE):
        return f"AWS cannot be reached ({e})"
    if not isinstance(e, failures.ClientError):
        return str(e)
    code = e.response["Error"]["Code"]
    if code in UNKNOWN:
        return (f"AWS does not know these credentials, or no longer ({code}); "
                "`aws sts get-caller-identity` asks again, `aws sso login` renews")
    if code in ("AccessDenied", "AccessDeniedException"):
        return f"these credentials may not do this: {e}"
    return str(e)


def settings(arguments):
    """Returns values by parameter. An argument may have several, as SET= of make does: each begins
    at a space followed by Name=, and may itself contain spaces."""
    found = [p for word in arguments for p in re.split(r"\s+(?=[A-Z]\w*=)", word.strip()) if p]
    if unknown := [p for p in found if not re.match(r"\w+=", p)]:
        raise Stop(f"{unknown[0].split()[0]!r} is no Parameter=value")
    return dict(p.split("=", 1) for p in found)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=["deploy", "destroy"])
    parser.add_argument("--stage", required=True)
    parser.add_argument("--yes", action="store_true", help="ask nothing")
    parser.add_argument("--zip", type=pathlib.Path, default=ROOT / "bin/lambda-arm64.zip", help="the function, from `make lambda`")
    parser.add_argument("parameters", nargs="*", metavar="Parameter=value", help="of the templates in deploy/cloud")
    args = parser.parse_intermixed_args()
    try:
        requested = settings(args.parameters)
        cloud = Cloud(args.stage)
        if args.verb == "destroy":
            destroy(cloud, Confirmation(args.yes))
            return
        for needed, how in ((args.zip, "make lambda"), (PAGE / "index.html", "make build")):
            if not needed.exists():
                raise Stop(f"{needed} is missing; `{how}` makes it")
        deploy(cloud, args.zip, requested, Confirmation(args.yes))
    except Stop as e:
        sys.exit(f"deploy: {e}")
    except REFUSALS as e:
        sys.exit(f"deploy: {refusal(e)}")
    except KeyboardInterrupt:
        sys.exit("deploy: interrupted; a stack that is being changed goes on, and the same command "
                 "goes on from there")


if __name__ == "__main__":
    main()
