"""Tests the decisions of deploy/deploy.py against a simulated AWS.

    build/work/cloud-lint/bin/python build/cloud/test_deploy.py
"""

import datetime
import json
import pathlib
import re
import shlex
import subprocess
import sys
import time
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "deploy"))
sys.dont_write_bytecode = True
import deploy
import rollout


class Pages:
    def __init__(self, *pages):
        self.pages = pages

    def paginate(self, **_):
        return self.pages


def cloud(**clients):
    """Returns a Cloud without any calls yet."""
    made = object.__new__(deploy.Cloud)
    made.name, made.region = "reviewlens-x", "eu-central-1"
    for name, client in clients.items():
        setattr(made, name, client)
    return made


class Stages(unittest.TestCase):
    def test_names_that_cognito_refuses_are_refused_at_once(self):
        for stage in ("aws", "my-aws-stage", "amazonas", "cognito1"):
            with self.assertRaisesRegex(deploy.Stop, "Cognito refuses"):
                deploy.Cloud(stage)
        with self.assertRaisesRegex(deploy.Stop, "a few lower-case letters"):
            deploy.Cloud("Prod")


class Connecting(unittest.TestCase):
    def test_the_region_is_the_one_that_other_aws_tools_take(self):
        """boto3 does not read AWS_REGION, which the AWS CLI and bin/reviewlens prefer."""
        nothing = {"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}
        for given, want in (
            ({}, None), ({"AWS_REGION": "eu-west-1"}, "eu-west-1"),
            ({"AWS_DEFAULT_REGION": "us-east-1"}, "us-east-1"),
            ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-east-1"}, "eu-west-1"),
            ({"AWS_REGION": "", "AWS_DEFAULT_REGION": "us-east-1"}, "us-east-1"),
        ):  # fmt: skip
            with mock.patch.dict("os.environ", nothing | given, clear=True):
                self.assertEqual(deploy.session().region_name, want, given)

    def test_every_error_of_boto3_is_a_sentence(self):
        f = deploy.failures
        for failure, want in (
            (f.ConnectionClosedError(endpoint_url="x"), "AWS cannot be reached"),
            (f.ReadTimeoutError(endpoint_url="x"), "AWS cannot be reached"),
            (f.SSLError(endpoint_url="x", error="a proxy"), "AWS cannot be reached"),
            (f.EndpointConnectionError(endpoint_url="x"), "is the region's name right?"),
            (f.UnauthorizedSSOTokenError(), "no credentials"),
            (f.SSOTokenLoadError(error_msg="none"), "no credentials"),
            (f.CredentialRetrievalError(provider="p", error_msg="none"), "no credentials"),
            (f.ConfigParseError(path="config"), "no credentials"),
            (f.InvalidConfigError(error_msg="no such source_profile"), "no credentials"),
            (f.ParamValidationError(report='Invalid bucket name "_"'), "Invalid bucket name"),
        ):
            self.assertIsInstance(failure, deploy.REFUSALS)
            self.assertIn(want, deploy.refusal(failure))


class Changing(unittest.TestCase):
    """How a stack that exists is changed, by the change set that AWS plans."""

    def sentences(self, planned):
        stacks = mock.Mock(describe_change_set=mock.Mock(return_value=planned))
        made, lines = cloud(stacks=stacks), []
        made.stack = lambda part: {"StackStatus": "UPDATE_COMPLETE"}
        with mock.patch.object(deploy, "say", lines.append):
            made.apply("jobs", "", set(), {}, deploy.Confirmation(True))
        return lines, stacks.execute_change_set.called

    def test_outputs_that_alone_change_are_made(self):
        """The plan has no changes then, and can be executed: other stacks take the outputs."""
        lines, executed = self.sentences({"Status": "CREATE_COMPLETE", "Changes": []})
        self.assertEqual(lines, ["jobs: outputs alone", "jobs: UPDATE_COMPLETE"])
        self.assertTrue(executed)

    def test_nothing_is_nothing(self):
        reason = "The submitted information didn't contain changes. Submit different information"
        planned = {"Status": "FAILED", "StatusReason": reason, "Changes": []}
        self.assertEqual(self.sentences(planned), (["jobs: nothing to change"], False))


class Deleting(unittest.TestCase):
    def test_what_s3_refuses_is_told(self):
        """S3 answers 200, with the refusals inside; the stack's deletion would fail later without a
        reason."""
        s3 = mock.Mock()
        s3.get_paginator.return_value = Pages({"Versions": [{"Key": "a", "VersionId": "1"}, {"Key": "b", "VersionId": "2"}]}, {"DeleteMarkers": []})
        s3.delete_objects.return_value = {"Errors": [{"Key": "b", "Code": "AccessDenied", "Message": "a lock"}]}
        with self.assertRaisesRegex(deploy.Stop, "1 of 2 objects of bucket cannot be deleted; the first is b: AccessDenied, a lock"):
            cloud(s3=s3).empty("bucket")
        s3.delete_objects.return_value = {}
        cloud(s3=s3).empty("bucket")

    def test_old_code_goes_and_what_is_in_use_stays(self):
        day = lambda n: datetime.datetime(2026, 1, n, tzinfo=datetime.timezone.utc)
        s3 = mock.Mock()
        s3.get_paginator.return_value = Pages({"Contents": [{"Key": f"code/{n}.zip", "LastModified": day(n)} for n in range(1, 8)]})
        s3.delete_objects.return_value = {}
        cloud(s3=s3).delete_old_zips("bucket", {"code/2.zip", None})
        deleted = [o["Key"] for o in s3.delete_objects.call_args.kwargs["Delete"]["Objects"]]
        self.assertEqual(deleted, ["code/1.zip", "code/3.zip", "code/4.zip"])

    def test_versions_stay_while_a_job_may_have_them(self):
        """A version is deleted once its successor is older than any large file."""
        now = time.time()
        ago = lambda days: datetime.datetime.fromtimestamp(now - days * 86400, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        lambdas = mock.Mock()
        lambdas.get_paginator.return_value = Pages({"Versions": [{"Version": "$LATEST"}, {"Version": "10", "LastModified": ago(1)}, {"Version": "7", "LastModified": ago(90)},
                                                                 {"Version": "8", "LastModified": ago(9)}, {"Version": "9", "LastModified": ago(7)}]})
        cloud(lambdas=lambdas).delete_old_versions("files")
        self.assertEqual([c.kwargs for c in lambdas.delete_function.call_args_list], [{"FunctionName": "files", "Qualifier": "7"}])


class Models(unittest.TestCase):
    """The models that browsers download: the manifest's, and those of versions to return to."""

    id = json.loads((deploy.MODEL / "manifest.json").read_text())["id"]

    def publish(self, there, open_to_all=True):
        """Returns the keys that are deleted and those that are uploaded, given the days on which
        each existing key was written."""
        day = lambda n: datetime.datetime(2026, 1, n, tzinfo=datetime.timezone.utc)
        objects = [{"Key": k, "ETag": "", "LastModified": day(n)} for k, n in there]
        pages = Pages(*({"Contents": [o]} for o in objects), {})
        s3 = mock.Mock(get_paginator=lambda _: pages)
        graph = mock.Mock(read_bytes=lambda: b"", stat=lambda: mock.Mock(st_size=0))
        text = (deploy.MODEL / "manifest.json").read_text()
        graph.read_text = lambda: text
        folder = mock.MagicMock(__truediv__=lambda *_: graph)
        with mock.patch.multiple(deploy, MODEL=folder, say=lambda _: None):
            deploy.model(cloud(s3=s3), "web", open_to_all)
        keys = lambda method: sorted(c.kwargs["Key"] for c in method.call_args_list)
        return keys(s3.delete_object), keys(s3.put_object)

    def test_models_of_versions_to_return_to_stay(self):
        key = lambda id: f"v1/models/{id}/model"
        others = [(key(f"{n:012}"), n) for n in range(2, 8)]
        others.append(("v1/models/000000000002/aspects", 2))
        deleted, uploaded = self.publish([*others, (key(self.id), 1)])
        gone = [key("000000000002"), key("000000000003"), key("000000000004")]
        self.assertEqual(deleted, sorted([*gone, "v1/models/000000000002/aspects"]))
        self.assertNotIn(key(self.id), uploaded)
        deleted, uploaded = self.publish(others[3:6])
        self.assertEqual(deleted, [])
        self.assertIn(key(self.id), uploaded)

    def test_as_many_models_stay_as_versions(self):
        self.assertEqual(deploy.KEPT_VERSIONS, rollout.KEPT_VERSIONS)

    def test_no_model_is_published_where_scoring_is_not_open(self):
        there = [(f"v1/models/{self.id}/model", 1), ("v1/models/000000000002/model", 2)]
        self.assertEqual(self.publish(there, False), (sorted(k for k, _ in there), []))


class Applying(unittest.TestCase):
    """A deployment whose stacks are recorded, not created."""

    def run_deploy(self, settings, limit=1000, unreserved=1000, before=None, ours=0, rolling=False):
        before = before or {}
        applied = []
        made = cloud(stacks=mock.Mock(), s3=mock.Mock(), lambdas=mock.Mock())
        made.stacks.get_template_summary = lambda TemplateBody: {"Parameters": parameters(TemplateBody)}
        made.lambdas.get_account_settings.return_value = {"AccountLimit": {"ConcurrentExecutions": limit, "UnreservedConcurrentExecutions": unreserved}}
        made.lambdas.get_function_concurrency.return_value = {"ReservedConcurrentExecutions": ours} if ours else {}
        made.lambdas.get_alias.return_value = {"RoutingConfig": {"AdditionalVersionWeights": {"2": 0.1}}} if rolling else {}
        made.parameters = lambda part: before.get(part, {})
        made.outputs = lambda part: {"artifacts": {"CodeBucket": "code"}, "jobs": {"JobFunction": "files"}, "web": {"WebBucket": "web"}, "api": {"Function": "f"}}.get(part, {})
        made.have = lambda bucket: {}
        made.delete_old_zips = made.delete_old_versions = lambda *_: None
        made.apply = lambda part, text, wants, values, yes: applied.append((part, values))
        lines = []
        archive = mock.Mock(read_bytes=lambda: b"zip")
        archive.name = "lambda-arm64.zip"
        with mock.patch.multiple(deploy, estimate=lambda *_: "", page=lambda *_: None, model=lambda *_: None, say=lines.append):
            deploy.deploy(made, archive, settings, deploy.Confirmation(True))
        return applied, "\n".join(lines)

    def test_files_have_a_reservation_where_the_account_can_spare_it(self):
        for limit, unreserved, ours, settings, want in (
            (1000, 1000, 0, {}, "8"), (1000, 107, 0, {}, "0"), (1000, 108, 0, {}, "8"), (10, 10, 0, {"JobConcurrency": "6"}, "0"),
            (1000, 100, 8, {}, "8"), (1000, 130, 0, {"Warm": "30"}, "0"),
        ):
            settings = {"SignIn": "yes"} | settings
            applied, lines = self.run_deploy(settings, limit, unreserved, ours=ours)
            self.assertEqual(dict(applied)["jobs"]["JobReserve"], want, (limit, unreserved, settings))
            self.assertIn("are reserved for all of them" if want != "0" else "scored one after another", lines)

    def test_nobody_sets_what_is_found_out(self):
        for name in ("JobReserve", "OnlyByPage", "OriginSecret", "LiveFunction"):
            with self.assertRaisesRegex(deploy.Stop, f"there is no parameter {name}"):
                self.run_deploy({name: "1"})

    def test_the_function_asks_for_the_secret_once_cloudfront_sends_it(self):
        acl = {"WebAclArn": "arn:acl"}
        steps = lambda settings, before=None: [(part, v["OnlyByPage"]) if part == "api" else part for part, v in self.run_deploy(settings, before=before)[0] if part in ("api", "web")]
        self.assertEqual(steps({}), [("api", "no"), "web"])
        self.assertEqual(steps(acl), [("api", "no"), "web", ("api", "yes")])
        closed = {"api": {"OnlyByPage": "yes"}, "web": acl}
        self.assertEqual(steps({}, closed), [("api", "yes"), "web"])
        self.assertEqual(steps({"WebAclArn": ""}, closed), [("api", "no"), "web"])  # opened before CloudFront stops sending it

    image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/reviewlens@sha256:" + 64 * "0"

    def test_the_model_runs_where_it_is_asked_to(self):
        """An endpoint is created before the function that calls it, is kept, and is deleted after
        it."""

        def stacks(settings, before=None):
            return [part for part, _ in self.run_deploy(settings, before=before)[0]]

        self.assertNotIn("sagemaker", stacks({}))
        self.assertNotIn("sagemaker", stacks({"Hosting": "lambda"}))
        for hosting in ("realtime", "serverless", "async"):
            settings = {"Hosting": hosting, "EndpointImage": self.image}
            applied, _ = self.run_deploy(
                settings | ({"AsyncBucket": "files"} if hosting == "async" else {})
            )
            made = dict(applied)["sagemaker"]
            self.assertEqual((made["Hosting"], made["Repository"]), (hosting, "reviewlens"))
            order = [part for part, _ in applied]
            self.assertLess(order.index("sagemaker"), order.index("api"))
        there = {"sagemaker": {"Hosting": "realtime", "EndpointImage": self.image}}
        self.assertIn("sagemaker", stacks({"Memory": "1769"}, there))  # unchanged
        with mock.patch.object(deploy, "remove") as remove:
            applied, lines = self.run_deploy({"Hosting": "lambda"}, before=there)
        self.assertNotIn("sagemaker", dict(applied))
        self.assertEqual(dict(applied)["api"]["Engine"], "")
        self.assertEqual(remove.call_args.args[1], "sagemaker")
        self.assertIn("asks no endpoint any more", lines)

    def test_what_no_hosting_can_have_is_refused_before_anything_is_made(self):
        endpoint = {"Hosting": "realtime", "EndpointImage": self.image}
        elsewhere = {"EndpointImage": self.image.replace("eu-central-1", "us-east-1")}
        serverless, queue = endpoint | {"Hosting": "serverless"}, endpoint | {"Hosting": "async"}
        for settings, before, want in (
            ({"Hosting": "fargate"}, {}, "there are lambda, realtime, serverless, async"),
            ({"Hosting": "realtime"}, {}, "push it to ECR and give EndpointImage="),
            ({"EndpointImage": self.image}, {}, "is of an endpoint"),
            (endpoint | elsewhere, {}, "in us-east-1, and SageMaker takes images of its own"),
            (endpoint | {"EndpointImage": "reviewlens:latest"}, {}, "not 'reviewlens:latest'"),
            (endpoint | {"ServerlessMemory": "2048"}, {}, "nothing with Hosting=realtime"),
            (serverless | {"InstanceType": "ml.c7i.large"}, {}, "nothing with Hosting=serverless"),
            ({"Instances": "2"}, {}, "Hosting=lambda; it takes none of these"),
            (endpoint | {"Instances": "5"}, {}, "Instances is more than MostInstances"),
            (endpoint | {"Instances": "two"}, {}, "Instances is 'two'; want a number"),
            (endpoint | {"ModelSource": "bucket"}, {}, "goes with ModelSource=inside"),
            (endpoint, {"api": {"ModelSource": "bucket"}}, "goes with ModelSource=inside"),
            (endpoint | {"SnapStart": "yes"}, {}, "goes with SnapStart=no"),
            (endpoint | {"Engine": "sagemaker://other"}, {}, "Engine names another"),
            (queue, {}, "AsyncBucket=NAME"),
            (endpoint | {"Repository": "x"}, {}, "there is no parameter Repository"),
        ):
            with self.assertRaisesRegex(deploy.Stop, want):
                self.run_deploy(settings, before=before)

    def test_what_a_pinned_version_needs_stays(self):
        """It keeps its own settings, and would find permissions, endpoints and secrets missing."""
        endpoint = {"sagemaker": {"Hosting": "realtime", "EndpointImage": self.image}}
        mine, ours = {"Engine": "sagemaker://mine"}, {"Engine": "sagemaker://reviewlens-x"}
        queue = {"Hosting": "async", "AsyncBucket": "files"}
        for name, api, stacks, settings in (
            ("Engine", ours, endpoint, {"Hosting": "lambda"}),
            ("Engine", mine, {}, {"Engine": ""}),
            ("Engine", mine, {}, {"Engine": "sagemaker://other"}),
            ("Engine", mine, {}, {"Hosting": "realtime", "EndpointImage": self.image}),
            ("Engine", ours, endpoint, queue),
            ("WebAclArn", {"WebAclArn": "arn:acl"}, {}, {"WebAclArn": ""}),
            ("ModelSource", {"ModelSource": "bucket"}, {}, {"ModelSource": "inside"}),
            ("SignIn", {"SignIn": "yes"}, {}, {"SignIn": "no"}),
        ):
            with mock.patch.object(deploy, "remove"):
                for version in ("3", "0"):
                    before = {"api": api | {"LiveVersion": version}} | stacks
                    want = f"needs {name}={api[name]}.*LiveVersion=0 beside it"
                    if version == "0":
                        self.run_deploy(settings, before=before)
                        want = "a rollout shares the requests"
                    with self.assertRaisesRegex(deploy.Stop, want):
                        self.run_deploy(settings, before=before, rolling=version == "0")
                    applied, _ = self.run_deploy(settings | {"LiveVersion": "0"}, before=before)
                    self.assertEqual(dict(applied)["api"]["LiveVersion"], "0")
        for api, stacks, settings in (
            (ours, endpoint, {"Memory": "3538"}), (ours, endpoint, {"Hosting": "realtime"}),
            ({}, {}, {"SignIn": "yes"}), ({"WebAclArn": "arn:a"}, {}, {"WebAclArn": "arn:b"}),
            ({}, {}, {"Hosting": "realtime", "EndpointImage": self.image}),
        ):  # fmt: skip
            self.run_deploy(settings, before={"api": api | {"LiveVersion": "3"}} | stacks)

    def test_nobody_is_sent_to_sign_in_where_nobody_can(self):
        """The last values of the users' stack stay parameters of other stacks."""
        before = {"api": {"SignIn": "yes", "SignInHost": "users.example"}}
        applied = dict(self.run_deploy({"SignIn": "no"}, before=before)[0])
        self.assertEqual((applied["api"]["SignInHost"], applied["web"]["SignInHost"]), ("", ""))
        applied = dict(self.run_deploy({}, before=before)[0])
        self.assertNotIn("SignInHost", applied["api"])  # of the stack's output, or unchanged

    def test_machines_that_come_and_go_keep_their_size(self):
        """AWS refuses another size while they are scaled, midway in a deployment."""
        there = {"EndpointImage": self.image, "InstanceType": "ml.c7i.large"}
        for hosting, settings in (
            ("realtime", {"InstanceType": "ml.c7i.xlarge"}),
            ("realtime", {"Hosting": "serverless"}),
            ("async", {"InstanceType": "ml.c7i.xlarge"}),
        ):  # fmt: skip
            made = there | {"Hosting": hosting, "AsyncBucket": "files"}
            with self.assertRaisesRegex(deploy.Stop, "`Hosting=lambda` first"):
                self.run_deploy(settings, before={"sagemaker": made})
            self.run_deploy({"InstanceType": "ml.c7i.large"}, before={"sagemaker": made})
        self.run_deploy(
            {"Hosting": "realtime", "InstanceType": "ml.c7i.large"},
            before={"sagemaker": there | {"Hosting": "serverless"}},
        )

    def test_a_new_endpoint_tells_who_is_told_of_the_others(self):
        settings = {"Hosting": "realtime", "EndpointImage": self.image}
        before = {"monitoring": {"AlarmEmail": "ops@example.com"}}
        applied = dict(self.run_deploy(settings, before=before)[0])
        self.assertEqual(applied["sagemaker"]["AlarmEmail"], "ops@example.com")
        applied = dict(self.run_deploy(settings | {"AlarmEmail": ""}, before=before)[0])
        self.assertEqual(applied["sagemaker"]["AlarmEmail"], "")
        self.assertEqual(applied["monitoring"]["AlarmEmail"], "")

    def test_no_function_is_kept_warm_during_a_rollout(self):
        with self.assertRaisesRegex(deploy.Stop, "a rollout shares the requests"):
            self.run_deploy({"Warm": "1"}, rolling=True)
        self.run_deploy({}, rolling=True)


class Destroying(unittest.TestCase):
    def test_bulk_stacks_go_first(self):
        """They use the key and the bucket of code, and no other stack refers to them."""

        def stack(name, tag="reviewlens-x"):
            return {"StackName": name, "Tags": [{"Key": "reviewlens", "Value": tag}]}

        ours = ["reviewlens-x-bulk-glue-01234567", "reviewlens-x-bulk-emr-89abcdef"]
        stacks = mock.Mock()
        stacks.get_paginator.return_value = Pages(
            {"Stacks": [stack(ours[0]), stack("reviewlens-x-api"), {"StackName": "others"}]},
            {"Stacks": [stack("reviewlens-x-bulk-glue-01234567-web", "reviewlens-x-bulk-glue-0"),
                        stack("reviewlens-x-bulk-glue-ffffffff", "other"), stack(ours[1])]},
        )  # fmt: skip
        for others in (["artifacts", "key", "api"], []):  # in the order of deploy.ORDER
            made = cloud(stacks=stacks)
            made.stack = lambda part, others=others: part in others or None
            made.outputs, made.empty, lines = lambda part: {}, mock.Mock(), []
            yes = mock.Mock(ask=lambda lines=lines: lines.append("asked"))
            with (
                mock.patch.object(deploy, "remove") as remove,
                mock.patch.object(deploy, "say", lines.append),
            ):
                deploy.destroy(made, yes)
            parts = ["bulk-emr-89abcdef", "bulk-glue-01234567"]
            removed = [c.args[1] for c in remove.call_args_list]
            self.assertEqual(removed, parts + others[::-1])
            for part in parts:
                self.assertIn(part, "".join(lines[: lines.index("asked")]))


# Runs make as from a shell, even if a target of make runs these tests.
MAKE = ("env", "-u", "MAKEFLAGS", "-u", "MAKELEVEL", "make", "--no-print-directory")


class Commands(unittest.TestCase):
    """The arguments that make passes to the programs of deploy: each value whole, with any
    characters."""

    def given(self, program, target, *variables):
        """Returns the arguments after the program's name in the command of make, which is valid
        bash."""
        command = [*MAKE, "-n", target, "ZIP=Makefile", "VERSION=1", *variables]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        checked = subprocess.run(["bash", "-n"], input=done.stdout, capture_output=True, text=True)
        self.assertEqual(checked.stderr, "")
        words = shlex.split(done.stdout)
        return words[words.index(f"deploy/{program}") + 1 :]

    def test_values_are_whole(self):
        settings = {
            "Warm": "2", "WarmFrom": "cron(0 6 ? * MON-FRI *)", "AlarmEmail": "o'neil@example.com",
            "CorsOrigins": "https://a.example/?x=1,https://b.example", "Canary": "",
        }  # fmt: skip
        one = " ".join(f"{k}={v}" for k, v in settings.items())
        given = self.given("deploy.py", "deploy", "STAGE=x", f"SET={one}")
        self.assertEqual(deploy.settings(given[given.index("Makefile") + 1 :]), settings)
        self.assertEqual(deploy.settings([f"{k}={v}" for k, v in settings.items()]), settings)
        with self.assertRaisesRegex(deploy.Stop, "'SignIn' is no Parameter=value"):
            deploy.settings(["SignIn Warm=2"])

        places = ["s3://b/My reviews/", "s3://b/O'Neil's (2) $1/"]
        given = self.given(
            "bulk.py", "bulk", "ENGINE=glue", "STAGE=x", f"INPUT={places[0]}",
            f"OUTPUT={places[1].replace('$', '$$')}", "TEXT=customer's words",
        )  # fmt: skip
        self.assertEqual(given[:2], places)
        self.assertEqual(given[given.index("--text") + 1], "customer's words")

    def test_the_steps_of_a_model_have_an_order(self):
        done = subprocess.run(
            [*MAKE, "-n", "model"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        steps = "base prepare train export check evaluate"
        self.assertRegex(done, f"for step in {steps}; do .*make.* exit")
        rule = re.search("^model:.*$", (ROOT / "Makefile").read_text(), re.M)[0]
        self.assertEqual(rule.split("##")[0].strip(), "model:", "-j would begin all at once")


def parameters(text):
    """Returns the names under Parameters of a template."""
    lines = text.split("\nParameters:\n", 1)[-1].split("\n\n", 1)[0].splitlines() if "\nParameters:\n" in text else []
    return [{"ParameterKey": line.strip(" :")} for line in lines if line.startswith("  ") and not line.startswith("   ")]


if __name__ == "__main__":
    unittest.main()
