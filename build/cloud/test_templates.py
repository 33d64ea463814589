"""Checks what the linters of `make lint-cloud` cannot: that deploy/cloud agrees with the code.

    build/work/cloud-lint/bin/python build/cloud/test_templates.py
"""

import fnmatch
import json
import pathlib
import re
import subprocess
import sys
import unittest

from cfnlint.decode import decode

ROOT = pathlib.Path(__file__).parents[2]
CLOUD = ROOT / "deploy/cloud"


def template(name):
    loaded, problems = decode(str(CLOUD / f"{name}.yaml"))
    assert not problems, problems
    return loaded


def resources(name, kind):
    return {k: v["Properties"] | {"Condition": v.get("Condition")} for k, v in template(name)["Resources"].items() if v["Type"] == kind}


class Images(unittest.TestCase):
    def test_images_are_pinned_by_digest(self):
        for path in sorted((ROOT / "deploy").glob("Dockerfile*")):
            stages = set()
            of = re.compile(r"^FROM (?:--\S+ )*(\S+)(?: AS (\S+))?$", re.M | re.I)
            for image, stage in of.findall(path.read_text()):
                pinned = re.search(r":[\w.-]+@sha256:[0-9a-f]{64}$", image)
                self.assertTrue(image in stages or pinned, f"{path.name}: {image}")
                stages.add(stage)
            self.assertTrue(stages, path.name)

    def test_https_can_be_trusted(self):
        """S3, SageMaker and token issuers use it; the slim image has no root certificates."""
        last = (ROOT / "deploy/Dockerfile").read_text().split("\nFROM ")[-1]
        self.assertTrue(last.startswith("debian:"))
        self.assertRegex(last, r"(?m)^RUN apt-get .*\bca-certificates\b")


class Routes(unittest.TestCase):
    # Not possible in a function: its counters belong to one process of many, and its answers are
    # limited to 6 MB. CloudFront serves the models. A trial is for operators, who have permission
    # for the store: the holder of a token is a customer.
    not_in_the_cloud = re.compile(r" /(metrics|v1/trials|v1/models/{id}/(model|aspects))")

    def test_every_described_route_reaches_the_function(self):
        described = json.loads((ROOT / "api/openapi.json").read_text())["paths"]
        want = {f"{method.upper()} {path}" for path, methods in described.items() for method in methods}
        want = {route for route in want if not self.not_in_the_cloud.search(route)}
        want |= {f"{method} /compat/{{proxy+}}" for method in ("GET", "POST")}
        have = {route["RouteKey"] for route in resources("api", "AWS::ApiGatewayV2::Route").values()}
        self.assertEqual(have, want)

    def test_histories_and_files_are_for_who_has_a_token(self):
        for name, route in resources("api", "AWS::ApiGatewayV2::Route").items():
            if re.search(" /v1/(runs|jobs)", route["RouteKey"]):
                self.assertEqual((route["AuthorizationType"], route["Condition"]), ("JWT", "SignedIn"), name)

    def test_cloudfront_sends_them_there(self):
        config = resources("web", "AWS::CloudFront::Distribution")["Distribution"]["DistributionConfig"]
        patterns = [(re.compile(re.escape(b["PathPattern"]).replace(r"\*", ".*") + "$"), b["AllowedMethods"]) for b in config["CacheBehaviors"]]
        for route in resources("api", "AWS::ApiGatewayV2::Route").values():
            method, path = route["RouteKey"].split()
            allowed = next((methods for pattern, methods in patterns if pattern.match(path)), [])
            self.assertIn(method, allowed, route["RouteKey"])

    def test_preflight_requests_are_answered_by_the_api(self):
        """The API answers OPTIONS by CorsConfiguration only if no route takes it, and ANY takes
        every method."""
        routes = resources("api", "AWS::ApiGatewayV2::Route").values()
        methods = {route["RouteKey"].split()[0] for route in routes}
        self.assertFalse(methods & {"ANY", "OPTIONS", "$default"}, methods)
        for name, route in resources("api", "AWS::ApiGatewayV2::Route").items():
            if "/compat/" in route["RouteKey"]:
                self.assertIn("ScoringSignedIn", route["AuthorizationType"]["Fn::If"], name)

    def test_pages_elsewhere_may_what_the_server_lets_them(self):
        source = dict(re.findall(r'header\.Set\("Access-Control-([\w-]+)", "([^"]+)"\)', re.sub(r'"\s*\+\s*"', "", (ROOT / "api/cors.go").read_text())))
        config = resources("api", "AWS::ApiGatewayV2::Api")["Api"]["CorsConfiguration"]["Fn::If"][1]
        words = lambda name: [w.lower() for w in source[name].split(", ")]
        self.assertEqual(config["AllowHeaders"], words("Allow-Headers"))
        self.assertEqual(config["ExposeHeaders"], words("Expose-Headers"))
        self.assertEqual([m.lower() for m in config["AllowMethods"]], words("Allow-Methods"))
        self.assertEqual(str(config["MaxAge"]), source["Max-Age"])
        self.assertNotIn("AllowCredentials", config)

    def test_the_model_lies_beside_the_page(self):
        behaviors = resources("web", "AWS::CloudFront::Distribution")["Distribution"]["DistributionConfig"]["CacheBehaviors"]
        for name in ("model", "aspects"):
            path = f"/v1/models/0123456789ab/{name}"
            first = next(
                b
                for b in behaviors
                if re.match(re.escape(b["PathPattern"]).replace(r"\*", ".*") + "$", path)
            )
            self.assertEqual(
                (first["TargetOriginId"], first.get("FunctionAssociations")), ("page", None)
            )


class Jobs(unittest.TestCase):
    def test_description_of_the_longest_version(self):
        """Lambda takes 256 characters; more fail the stack halfway."""
        loaded = template("jobs")
        parameters = loaded["Parameters"]

        def longest(value):
            if isinstance(value, str):
                return len(value)
            if "Fn::If" in value:
                return max(longest(v) for v in value["Fn::If"][1:])
            name = value["Ref"]
            if name == "CodeKey":
                return len("code/0123456789abcdef.zip")
            if name == "ModelBucket":
                return 63  # of any bucket
            p = parameters[name]
            allowed = p.get("AllowedValues", [p.get("MaxValue", "")])
            return p.get("MaxLength") or max(len(str(v)) for v in allowed)

        separator, parts = loaded["Resources"]["Version"]["Properties"]["Description"]["Fn::Join"]
        length = sum(map(longest, parts)) + len(separator) * (len(parts) - 1)
        self.assertLessEqual(length, 256)
        self.assertGreaterEqual(longest({"Ref": "ImageUri"}), 140)  # by digest, with a short name

    def definition(self):
        text = resources("jobs", "AWS::StepFunctions::StateMachine")["Machine"]["DefinitionString"]["Fn::Sub"]
        return json.loads(re.sub(r"\$\{(\w|:|\.)+\}", "8", text))

    def test_every_state_is_reached_and_its_steps_are_the_programs(self):
        definition = self.definition()
        program = (ROOT / "api/jobs/stepfunctions/steps.go").read_text()
        steps = set()

        def walk(machine):
            reached, ends = {machine["StartAt"]}, False
            for name, state in machine["States"].items():
                reached |= {state[k] for k in ("Next", "Default") if k in state}
                reached |= {c["Next"] for k in ("Choices", "Catch") for c in state.get(k, [])}
                ends |= state.get("End", False) or state["Type"] == "Succeed"
                self.assertTrue(state.get("End") or "Next" in state or state["Type"] in ("Choice", "Succeed"), name)
                for call in (state.get("Parameters", {}).get("Payload"), state.get("ItemSelector")):
                    steps.update([call["step"]] if call else [])
                if state["Type"] == "Task":
                    self.assertIn("States.ALL", [e for r in state["Retry"] for e in r["ErrorEquals"]], name)
                    self.assertIn("TimeoutSeconds", state, name)
                if "ItemProcessor" in state:
                    self.assertEqual(state["ItemProcessor"]["ProcessorConfig"]["Mode"], "DISTRIBUTED")
                    walk(state["ItemProcessor"])
            self.assertEqual(reached, set(machine["States"]))
            self.assertTrue(ends)

        walk(definition)
        self.assertEqual(steps, set(re.findall(r'e\.Step == "(\w+)"', program)))

    def test_the_machine_may_do_what_its_states_do(self):
        text = json.dumps(self.definition())
        want = {"kms:Decrypt"}  # of the list of ranges
        want |= {"lambda:InvokeFunction"} if ":states:::lambda:invoke" in text else set()
        want |= {"s3:GetObject"} if ":states:::s3:getObject" in text else set()
        want |= {"states:StartExecution", "states:DescribeExecution", "states:StopExecution"} if "DISTRIBUTED" in text else set()
        self.assertEqual(set(re.findall(r":states:::(\S+?)\"", text)), {"lambda:invoke", "s3:getObject"})
        statements = resources("jobs", "AWS::IAM::Role")["MachineRole"]["Policies"][0]["PolicyDocument"]["Statement"]
        granted = [a for s in statements for a in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])]
        self.assertEqual(sorted(granted), sorted(want))

    def tasks(self, machine=None):
        machine = machine or self.definition()
        for name, state in machine["States"].items():
            if state["Type"] == "Task":
                yield name, state
            if "ItemProcessor" in state:
                yield from self.tasks(state["ItemProcessor"])

    def test_a_job_is_scored_by_one_version(self):
        """A deployment during a job may contain another model: the job's tasks continue with the
        version with which it began."""
        machine = resources("jobs", "AWS::StepFunctions::StateMachine")["Machine"]["DefinitionString"]["Fn::Sub"]
        definition = json.loads(re.sub(r"\$\{Version\}", "the version", re.sub(r"\$\{(?!Version)(\w|:|\.)+\}", "8", machine)))
        first = definition["States"][definition["StartAt"]]
        self.assertEqual((first["Type"], first["Result"], first["ResultPath"], first["Next"]), ("Pass", "the version", "$.function", "Plan"))
        self.assertEqual(definition["States"]["Score"]["ItemSelector"]["function.$"], "$.function")
        tasks = dict(self.tasks(definition))
        self.assertEqual(set(tasks), {"Plan", "Range", "Finish"})
        for name, task in tasks.items():
            self.assertEqual(task["Parameters"].get("FunctionName.$"), "$.function", name)
            self.assertNotIn("FunctionName", task["Parameters"])

    def test_a_version_is_made_where_the_function_changes(self):
        """AWS creates one if the description changes, and fails if that changes and the function
        does not."""
        loaded = template("jobs")
        version, function = loaded["Resources"]["Version"], loaded["Resources"]["Function"]["Properties"]
        self.assertEqual((version["DeletionPolicy"], version["UpdateReplacePolicy"]), ("Delete", "Retain"))

        def read(value):
            text = json.dumps(value)
            named = set(re.findall(r'"Ref": "(\w+)"', text)) | set(re.findall(r"\$\{(\w+)\}", text))
            conditions = re.findall(r'"Fn::If": \["(\w+)"', text)
            return named & set(loaded["Parameters"]), set(conditions)

        want, conditions = read({k: v for k, v in function.items() if k not in ("LoggingConfig", "Role", "ReservedConcurrentExecutions")})
        have, described = read(version["Properties"]["Description"])
        decide = {c: read(loaded["Conditions"][c])[0] for c in conditions}
        self.assertEqual(have, (want | decide["FromBucket"]) - {"Name", "CodeBucket"})  # which never change
        undecided = {c for c, by in decide.items() if not by <= have - {"ImageUri"}}
        self.assertEqual(described, undecided)

    def test_files_together_have_a_bound(self):
        """MaxConcurrency limits one map: the function is limited by its reservation, or jobs take
        turns. Excess tasks wait, for hours."""
        loaded = resources("jobs", "AWS::Lambda::Function")["Function"]
        self.assertEqual(loaded["ReservedConcurrentExecutions"], {"Fn::If": ["Reserved", {"Ref": "JobReserve"}, {"Ref": "AWS::NoValue"}]})
        self.assertEqual(loaded["Environment"]["Variables"]["REVIEWLENS_JOBS_IN_TURN"], {"Fn::If": ["Reserved", "no", "yes"]})
        self.assertIn('getenv("REVIEWLENS_JOBS_IN_TURN") == "yes"', (ROOT / "api/cmd/lambda/main.go").read_text())
        states = self.definition()["States"]
        turn = next(c for c in states["Planned"]["Choices"] if c["StringEquals"] == "queued")
        wait = states[turn["Next"]]
        self.assertEqual((wait["Type"], wait["Next"]), ("Wait", "Plan"))
        self.assertEqual(wait["SecondsPath"], turn["Variable"].replace(".state", ".wait"))
        self.assertEqual(states["Plan"]["ResultSelector"], {"outcome.$": "$.Payload"})
        program = (ROOT / "api/jobs/stepfunctions/steps.go").read_text()
        answers = set(re.findall(r'state = "(\w+)"', program))
        self.assertLessEqual({c["StringEquals"] for c in states["Planned"]["Choices"]}, answers)
        for name, task in self.tasks():
            waits = next(r for r in task["Retry"] if "Lambda.TooManyRequestsException" in r["ErrorEquals"])
            self.assertGreater(waits["MaxAttempts"] * waits["MaxDelaySeconds"] / 2, 24 * 3600, name)
            self.assertLess(waits["MaxAttempts"] * 4, 25_000, name)  # maximum events of an execution
            self.assertLess(task["Retry"].index(waits), len(task["Retry"]) - 1, name)

    def test_the_front_reads_files_and_no_rows(self):
        """It faces the internet: it reads and writes jobs and keys, and may only delete the rows of
        reports."""
        granted = {}
        for statement in resources("api", "AWS::IAM::Policy")["KeepJobs"]["PolicyDocument"]["Statement"]:
            actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
            where = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
            for action in actions:
                granted.setdefault(action, []).extend(w["Fn::Sub"].split("${JobBucket}")[-1] for w in where if "JobBucket" in json.dumps(w))
        self.assertEqual({a: w for a, w in granted.items() if a.startswith("s3:")}, {
            "s3:GetObject": ["/jobs/*", "/keys/*"], "s3:PutObject": ["/jobs/*", "/keys/*"], "s3:DeleteObject": ["/jobs/*", "/keys/*", "/rows/*"], "s3:ListBucket": [""]})

    def test_steps_delete_what_steps_write(self):
        """A step removes what it was writing when its job was deleted, and can remove nothing that
        the API writes."""
        policy = resources("jobs", "AWS::IAM::Policy")["DoJobs"]["PolicyDocument"]
        deletes = []
        for statement in policy["Statement"]:
            statement = statement.get("Fn::If", [None, statement])[1]
            if "s3:DeleteObject" in json.dumps(statement.get("Action", "")):
                where = statement["Resource"]
                where = where if isinstance(where, list) else [where]
                deletes += [w["Fn::Sub"].removeprefix("${Bucket.Arn}/") for w in where]
        job = "jobs/owner/id/"
        for written in (
            "lines", "ranges.json", "plan.json", "parts/000001-500", "report", "result", "end.json",
        ):  # fmt: skip
            found = [p for p in deletes if fnmatch.fnmatch(job + written, p)]
            self.assertEqual(len(found), 1, written)
        self.assertIn("rows/*", deletes)
        for other in (job + "job.json", job + "input", "keys/owner/key", "jobs/turn.json"):
            self.assertFalse([p for p in deletes if fnmatch.fnmatch(other, p)], other)

    def test_files_are_gone_after_a_week(self):
        days = resources("jobs", "AWS::S3::Bucket")["Bucket"]["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"]
        age = re.search(r"Age += (\d+) \* 24 \* time.Hour", (ROOT / "api/jobs/stepfunctions/stepfunctions.go").read_text())
        self.assertEqual(days, int(age[1]))


class Serving(unittest.TestCase):
    def test_requests_and_canary_meet_what_serves(self):
        """Always an alias, so that nothing switches at the first pin: the API, its permission and
        the canary name it."""
        live = template("api")["Resources"]["Live"]
        self.assertNotIn("Condition", live)
        self.assertEqual(live["Properties"]["FunctionVersion"], {"Fn::If": ["Pinned", {"Ref": "LiveVersion"}, "$LATEST"]})
        self.assertEqual(resources("api", "AWS::ApiGatewayV2::Integration")["Integration"]["IntegrationUri"], {"Ref": "Live"})
        self.assertEqual(template("api")["Resources"]["Integration"]["DependsOn"], "Invoke")
        self.assertEqual(resources("api", "AWS::Lambda::Permission")["Invoke"]["FunctionName"], {"Ref": "Live"})
        self.assertEqual(template("api")["Outputs"]["LiveFunction"]["Value"], {"Ref": "Live"})
        self.assertEqual(resources("monitoring", "AWS::Events::Rule")["Schedule"]["Targets"][0]["Arn"], {"Ref": "LiveFunction"})
        self.assertEqual(resources("monitoring", "AWS::Lambda::Permission")["ScheduleMayInvoke"]["FunctionName"], {"Ref": "LiveFunction"})

    def test_a_web_acl_cannot_be_gone_round(self):
        """CloudFront sends what the function checks: the same secret, in the header that it
        reads."""
        header = re.search(r'OriginHeader = "([\w-]+)"', (ROOT / "api/lambda/lambda.go").read_text())[1]
        origin = next(o for o in resources("web", "AWS::CloudFront::Distribution")["Distribution"]["DistributionConfig"]["Origins"] if o["Id"] == "api")
        secret = "{{resolve:secretsmanager:${OriginSecret}}}"
        self.assertEqual(origin["OriginCustomHeaders"]["Fn::If"][:2], ["Known", [{"HeaderName": header, "HeaderValue": {"Fn::Sub": secret}}]])
        variables = resources("api", "AWS::Lambda::Function")["Function"]["Environment"]["Variables"]
        self.assertEqual(variables["REVIEWLENS_ORIGIN"], {"Fn::If": ["Closed", {"Fn::Sub": secret}, ""]})
        self.assertIn('getenv("REVIEWLENS_ORIGIN")', (ROOT / "api/cmd/lambda/main.go").read_text())

    def test_the_log_of_requests_needs_no_room_in_a_policy(self):
        name = resources("api", "AWS::Logs::LogGroup")["AccessLogs"]["LogGroupName"]["Fn::Sub"]
        self.assertTrue(name.startswith("/aws/vendedlogs/"), name)
        statements = resources("key", "AWS::KMS::Key")["Key"]["KeyPolicy"]["Statement"]
        arns = next(s for s in statements if s["Sid"] == "Logs")["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
        groups = [g["LogGroupName"]["Fn::Sub"] for t in ("api", "jobs") for g in resources(t, "AWS::Logs::LogGroup").values()]
        for group in groups:
            self.assertTrue(any(group.startswith(a["Fn::Sub"].split("log-group:")[1][:-1]) for a in arns), group)

    def test_logs_may_use_the_key_that_they_are_given(self):
        """The key may be used for groups that its policy names; creating another group fails."""
        names = {"AWS::Partition": "aws", "AWS::Region": "eu-west-1", "AWS::AccountId": "1"}

        def filled(text, name):
            given = names | {"Name": name}
            return re.sub(r"\$\{(\S+?)\}", lambda m: given[m[1]], text)

        statements = resources("key", "AWS::KMS::Key")["Key"]["KeyPolicy"]["Statement"]
        logs = next(s for s in statements if s["Sid"] == "Logs")
        arns = logs["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
        arns = [filled(a["Fn::Sub"], "reviewlens-x") for a in arns]
        self.assertTrue(all(a.startswith("arn:aws:logs:eu-west-1:1:log-group:/") for a in arns))
        groups = []
        for path in sorted(CLOUD.glob("*.yaml")):
            name = "reviewlens-x" + ("-bulk-emr-01234567" if path.stem == "bulk" else "")

            def walk(value):
                if isinstance(value, list):
                    for v in value:
                        walk(v)
                if not isinstance(value, dict):
                    return
                if {"KmsKeyId", "EncryptionKeyArn"} & set(value) and "LogGroupName" in value:
                    groups.append(filled(value["LogGroupName"]["Fn::Sub"], name))
                if "CloudWatchEncryption" in value:  # Glue names the groups
                    groups.append(f"/aws-glue/jobs/logs-v2-{name}")
                    groups.append(f"/aws-glue/jobs/{name}-role/{name}-Role/error")
                for v in value.values():
                    walk(v)

            walk(template(path.stem)["Resources"])
        self.assertGreater(len(groups), 5)
        for group in groups:
            arn = f"arn:aws:logs:eu-west-1:1:log-group:{group}"
            self.assertTrue(any(fnmatch.fnmatchcase(arn, a) for a in arns), group)
        self.assertFalse(any(fnmatch.fnmatchcase(
            "arn:aws:logs:eu-west-1:1:log-group:/aws/emr-serverless/other", a) for a in arns))

    def test_snapshots_are_where_aws_takes_them(self):
        loaded = template("api")
        self.assertEqual(loaded["Resources"]["Function"]["Properties"]["SnapStart"], {"Fn::If": ["Snapped", {"ApplyOn": "PublishedVersions"}, {"Ref": "AWS::NoValue"}]})
        rules = json.dumps(loaded["Rules"]["SnapshotsAreOfImages"]["Assertions"])
        for parameter in ("ImageUri", "Warm", "ModelSource"):
            self.assertIn(f'"Ref": "{parameter}"', rules)
        self.assertIn('SnapStart = "snap-start"', (ROOT / "api/lambda/snapshot.go").read_text())


class Names(unittest.TestCase):
    # Kinds whose names belong to an account, not to a region: without the region in them the same
    # stage in a second region fails or overwrites.
    names = {
        "AWS::CloudFront::OriginAccessControl": ("OriginAccessControlConfig", "Name"), "AWS::CloudFront::Function": ("Name",),
        "AWS::CloudFront::ResponseHeadersPolicy": ("ResponseHeadersPolicyConfig", "Name"), "AWS::CloudWatch::Dashboard": ("DashboardName",),
        "AWS::Budgets::Budget": ("Budget", "BudgetName"),
    }

    def test_names_of_an_account_have_the_region(self):
        found = 0
        for path in CLOUD.glob("*.yaml"):
            for key, resource in template(path.stem)["Resources"].items():
                if resource["Type"] in self.names:
                    name = resource["Properties"]
                    for member in self.names[resource["Type"]]:
                        name = name[member]
                    found += 1
                    self.assertIn("${AWS::Region}", name["Fn::Sub"], f"{path.name}: {key}")
                    longest = name["Fn::Sub"].replace("${Name}", "reviewlens-" + "x" * 31).replace("${AWS::Region}", "ap-southeast-1")
                    self.assertLessEqual(len(longest), 64, f"{path.name}: {key}")
                self.assertFalse(resource["Type"].startswith("AWS::IAM::") and {"RoleName", "ManagedPolicyName"} & set(resource["Properties"]), key)
        self.assertEqual(found, 6)

    def test_hosts_are_of_the_partition(self):
        """amazonaws.com is written where a service's name has it in every partition, as a
        principal's, and nowhere else."""
        for path in CLOUD.glob("*.yaml"):
            for i, line in enumerate(path.read_text().splitlines()):
                for principal in re.findall(r"[\w.${}:-]*\.amazonaws\.com", line):
                    self.assertRegex(principal, r"^(lambda|s3|states|apigateway|cloudfront|cloudwatch|events|sagemaker|glue|emr-serverless)\.amazonaws\.com$", f"{path.name}:{i + 1}")


class Rights(unittest.TestCase):
    def test_a_model_that_is_there_cannot_be_changed(self):
        """Files of a model are written only if absent, only the pointer otherwise."""
        statements = resources("models", "AWS::IAM::ManagedPolicy")["PublisherPolicy"]["PolicyDocument"]["Statement"]
        puts = {s["Resource"]["Fn::Sub"]: s.get("Condition") for s in statements if s["Action"] == "s3:PutObject"}
        self.assertEqual(puts, {"${Bucket.Arn}/models/*/*": {"Null": {"s3:if-none-match": "false"}},
                                "${Bucket.Arn}/models/current.json": None,
                                "${Bucket.Arn}/models/trial.json": None})
        self.assertEqual(sum("s3:PutObject" in s["Action"] for s in statements), 3)

    def test_functions_cannot_promote_a_model(self):
        """A function may stop a trial and count; only people write the pointer and the models."""
        for template in ("api", "jobs"):
            policy = resources(template, "AWS::IAM::Policy")["ReadModels"]["PolicyDocument"]
            puts = [r["Fn::Sub"].split(":::")[1] for s in policy["Statement"]
                    if s["Action"] == "s3:PutObject" for r in s["Resource"]]
            want = ["${ModelBucket}/models/trial.json", "${ModelBucket}/models/trials/*"]
            self.assertEqual(puts, want, template)

    def test_readers_can_use_the_console(self):
        statements = resources("reporting", "AWS::IAM::ManagedPolicy")["ReaderPolicy"]["PolicyDocument"]["Statement"]
        granted = {a for s in statements for a in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])}
        self.assertLessEqual({"athena:ListDataCatalogs", "athena:GetDataCatalog", "athena:ListDatabases", "athena:ListTableMetadata", "athena:BatchGetNamedQuery",
                              "athena:ListQueryExecutions", "athena:ListWorkGroups", "glue:GetDatabases"}, granted)

    def test_sessions_end_as_the_documents_say(self):
        clients = resources("signin", "AWS::Cognito::UserPoolClient")
        days = clients["PageClient"]["RefreshTokenValidity"], clients["Client"]["RefreshTokenValidity"]
        self.assertEqual(days, (1, 30))
        self.assertIn("for a day on the page and for 30 days in programs", (ROOT / "SECURITY.md").read_text())


class Page(unittest.TestCase):
    def test_headers_are_those_of_the_server(self):
        source = (ROOT / "api/middleware.go").read_text()
        policy = "".join(re.findall(r'"([^"]*)"', re.search(r"const policy = (.*?)\n\n", source, re.S)[1]))
        config = resources("web", "AWS::CloudFront::ResponseHeadersPolicy")["Headers"]["ResponseHeadersPolicyConfig"]
        security = config["SecurityHeadersConfig"]
        text, parts = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"]
        self.assertEqual(parts, {"Tokens": {"Fn::If": ["OnPage", {"Fn::Sub": "; connect-src 'self' https://${SignInHost} https://${JobBucket}.s3.${AWS::Region}.${AWS::URLSuffix}"}, ""]}})
        self.assertIn("""policy + "; connect-src 'self' " + """, source)
        have = {i["Header"]: i["Value"] for i in config["CustomHeadersConfig"]["Items"]} | {
            "Content-Security-Policy": text.replace("${Tokens}", ""),
            "Referrer-Policy": security["ReferrerPolicy"]["ReferrerPolicy"],
            "X-Content-Type-Options": "nosniff" if "ContentTypeOptions" in security else None,
        }
        want = dict(re.findall(r'header\.Set\("([^"]*)", "([^"]*)"\)', source.split("func secure")[1].split("\n}")[0]))
        self.assertEqual(have, want | {"Content-Security-Policy": policy})

    def test_the_page_is_told_where_people_sign_in(self):
        variables = resources("api", "AWS::Lambda::Function")["Function"]["Environment"]["Variables"]
        settings = json.loads(variables["REVIEWLENS_SIGN_IN"]["Fn::If"][1]["Fn::Sub"])
        fields = re.search(r"type SignIn struct {(.*?)\n}", (ROOT / "api/wire/wire.go").read_text(), re.S)[1]
        self.assertEqual(set(settings), set(re.findall(r'json:"(\w+)"', fields)))  # except what may be absent
        client = resources("signin", "AWS::Cognito::UserPoolClient")["PageClient"]
        self.assertEqual(settings["scope"], client["AllowedOAuthScopes"][0])
        self.assertEqual(client["CallbackURLs"], [{"Fn::Sub": "${PageUrl}/signed-in.html"}])
        self.assertTrue((ROOT / "web/signed-in.html").exists())

    def test_the_edge_picks_the_file(self):
        code = resources("web", "AWS::CloudFront::Function")["Viewer"]["FunctionCode"]
        cases = [
            ("/", "gzip, deflate, br", "/br/index.html"),
            ("/", None, "/plain/index.html"),
            ("/about/us", "br;q=1.0", "/br/index.html"),
            ("/web/app.0123.wasm", "gzip;q=1.0, br ;q=0.9", "/br/web/app.0123.wasm"),
            ("/web/app.0123.wasm", "br;q=0, gzip", "/plain/web/app.0123.wasm"),
            ("/v1.2/page", "br;q=0.0", "/plain/index.html"),
            ("/app.js", "brotli, x-br", "/plain/app.js"),
        ]
        ask = "JSON.stringify(%s.map(([uri, accept]) => handler({request: {uri, headers: accept === null ? {} : {'accept-encoding': {value: accept}}}}).uri))"
        out = subprocess.run(["node", "--print", code + ask % json.dumps([c[:2] for c in cases])], check=True, capture_output=True, text=True).stdout
        for case, got in zip(cases, json.loads(out), strict=True):
            self.assertEqual(got, case[2], case)


class Hosting(unittest.TestCase):
    def outcome(self, value):
        condition, yes, no = value["Fn::If"]
        return condition, yes, no["Fn::If"] if isinstance(no, dict) and "Fn::If" in no else no

    def test_what_deploy_takes_is_what_the_template_has(self):
        sys.path.insert(0, str(ROOT / "deploy"))
        import deploy

        parameters = template("sagemaker")["Parameters"]
        self.assertEqual({"lambda", *parameters["Hosting"]["AllowedValues"]}, set(deploy.HOSTINGS))
        of_a_kind = set().union(*deploy.HOSTINGS.values())
        of_all = {"Name", "KeyArn", "EndpointImage", "Repository", "Hosting", "LogDays"}
        of_all |= {"AlarmEmail"}
        self.assertEqual(of_a_kind, set(parameters) - of_all)
        self.assertIn("Engine", template("sagemaker")["Outputs"])
        # a value that one of the stacks refuses would end a deployment midway
        days = [template(name)["Parameters"]["LogDays"] for name in ("sagemaker", "api")]
        self.assertEqual(*[d["AllowedValues"] for d in days])

    def test_the_log_group_is_there_first(self):
        """Otherwise SageMaker creates it, and keeps it for ever."""
        endpoint = template("sagemaker")["Resources"]["Endpoint"]
        self.assertEqual(endpoint["DependsOn"], "Logs")
        name = {"Fn::Sub": "/aws/sagemaker/Endpoints/${Name}"}
        logs = resources("sagemaker", "AWS::Logs::LogGroup")["Logs"]
        self.assertEqual(logs["LogGroupName"], name)
        self.assertEqual(endpoint["Properties"]["EndpointName"], {"Ref": "Name"})

    def test_an_update_moves_little_by_little_and_back(self):
        endpoint = resources("sagemaker", "AWS::SageMaker::Endpoint")["Endpoint"]
        self.assertEqual(str(endpoint["RetainAllVariantProperties"]).lower(), "true")
        guarded = endpoint["DeploymentConfig"]["Fn::If"][2]
        alarms = {a["AlarmName"]["Ref"] for a in guarded["AutoRollbackConfiguration"]["Alarms"]}
        have = resources("sagemaker", "AWS::CloudWatch::Alarm")
        self.assertEqual(alarms, {k for k in have if {"Ref": "Alarms"} in have[k]["AlarmActions"]})
        # a named resource could not be replaced
        self.assertNotIn("ModelName", resources("sagemaker", "AWS::SageMaker::Model")["Model"])
        configuration = resources("sagemaker", "AWS::SageMaker::EndpointConfig")["Configuration"]
        self.assertNotIn("EndpointConfigName", configuration)

    def test_serverless_has_what_it_may(self):
        """One variant, no machines, whole gigabytes: cfn-lint accepts 2500 MB."""
        configuration = resources("sagemaker", "AWS::SageMaker::EndpointConfig")["Configuration"]
        (variant,) = configuration["ProductionVariants"]
        self.assertEqual(variant["Fn::If"][0], "Serverless")
        self.assertNotIn("InstanceType", variant["Fn::If"][1])
        sizes = template("sagemaker")["Parameters"]["ServerlessMemory"]["AllowedValues"]
        self.assertTrue(all(int(mb) % 1024 == 0 for mb in sizes), sizes)
        model = resources("sagemaker", "AWS::SageMaker::Model")["Model"]
        isolated = [str(v).lower() for v in model["EnableNetworkIsolation"]["Fn::If"]]
        self.assertEqual(isolated, ["serverless", "false", "true"])

    def test_a_queue_has_no_machines_while_it_is_empty(self):
        """A backlog per machine is undefined without one: a separate alarm starts the first."""
        scaling = "AWS::ApplicationAutoScaling::"
        target = resources("sagemaker", scaling + "ScalableTarget")["Scalable"]
        self.assertEqual(target["MinCapacity"]["Fn::If"][:2], ["Async", 0])
        policies = resources("sagemaker", scaling + "ScalingPolicy")
        self.assertEqual(
            {k: p["Condition"] for k, p in policies.items()},
            {"Scaling": "RealTime", "Backlog": "Async", "First": "Async"},
        )
        waiting = resources("sagemaker", "AWS::CloudWatch::Alarm")["Waiting"]
        self.assertEqual(waiting["MetricName"], "HasBacklogWithoutCapacity")
        self.assertEqual(waiting["AlarmActions"], [{"Ref": "First"}])
        configuration = resources("sagemaker", "AWS::SageMaker::EndpointConfig")["Configuration"]
        output = configuration["AsyncInferenceConfig"]["Fn::If"][1]["OutputConfig"]
        answers = output["S3OutputPath"]["Fn::Sub"]
        policy = resources("sagemaker", "AWS::IAM::Policy")["ReadRequests"]["PolicyDocument"]
        writable = next(
            s["Resource"]["Fn::Sub"] for s in policy["Statement"] if s["Action"] == "s3:PutObject"
        )
        self.assertEqual(writable.split(":::")[1], answers.removeprefix("s3://") + "*")

    def test_the_function_takes_what_the_endpoint_gives(self):
        pattern = template("api")["Parameters"]["Engine"]["AllowedPattern"]
        engine = template("sagemaker")["Outputs"]["Engine"]["Value"]
        _, serverless, (_, queue, realtime) = self.outcome(engine)
        for value in (serverless, realtime):
            engine = value["Fn::Sub"].replace("${Endpoint.EndpointName}", "reviews-prod")
            self.assertRegex(engine, pattern)
        self.assertEqual(queue, "")
        self.assertRegex("", pattern)
        # an ARN is lower case, so no permission would match
        self.assertNotRegex("sagemaker://Reviews", pattern)
        policy = resources("api", "AWS::IAM::Policy")["AskEndpoint"]["PolicyDocument"]
        self.assertEqual([s["Action"] for s in policy["Statement"]], ["sagemaker:InvokeEndpoint"])
        source = (ROOT / "api/infer/remote/remote.go").read_text()
        self.assertIn('Scheme = "sagemaker://"', source)


class Metrics(unittest.TestCase):
    templates = ("monitoring", "jobalarms")

    def alarms(self):
        return [(name, k, alarm) for name in self.templates for k, alarm in resources(name, "AWS::CloudWatch::Alarm").items()]

    def test_alarms_are_of_steps_and_metrics_that_there_are(self):
        """A step's name is a dimension: an alarm on a nonexistent step would never fire."""
        steps = set(re.findall(r'e\.Step == "(\w+)"', (ROOT / "api/jobs/stepfunctions/steps.go").read_text()))
        named = {d["Value"] for _, _, a in self.alarms() for d in a.get("Dimensions", []) if d["Name"] == "Step"}
        self.assertTrue(named and named <= steps, named)
        watched = {(a.get("Namespace"), a.get("MetricName")) for name, _, a in self.alarms() if name == "jobalarms"}
        self.assertLessEqual({("AWS/States", "ExecutionsFailed"), ("AWS/Lambda", "Errors"), ("AWS/Lambda", "Throttles"), ("Reviewlens", "RowsLost")}, watched)

    def test_a_trial_may_be_stopped_by_either_function(self):
        """Each settles its share of a trial, and is the dimension of the metrics that it writes."""
        main = (ROOT / "api/cmd/lambda/main.go").read_text()
        steps = main.split("f.steps != nil && stepfunctions.Event(payload)")[1].split("}")[0]
        self.assertIn("f.settle(ctx)", steps)
        watched = {
            (name, json.dumps(a["Dimensions"]))
            for name, _, a in self.alarms()
            if (a.get("Namespace"), a.get("MetricName")) == ("Reviewlens", "TrialStopped")
        }
        dimension = lambda function: json.dumps([{"Name": "Function", "Value": {"Ref": function}}])
        want = {("monitoring", dimension("Function")), ("jobalarms", dimension("JobFunction"))}
        self.assertEqual(watched, want)

    def test_alarms_and_dashboard_read_what_the_function_writes(self):
        written = set(re.findall(r'put\("(\w+)"', (ROOT / "api/lambda/emf.go").read_text()))
        alarms = [a for _, _, a in self.alarms()]
        read = {a["MetricName"] for a in alarms if a.get("Namespace") == "Reviewlens"}
        stats = [m["MetricStat"]["Metric"] for a in alarms for m in a.get("Metrics", []) if "MetricStat" in m]
        read |= {m["MetricName"] for m in stats if m["Namespace"] == "Reviewlens"}
        bodies = [resources(name, "AWS::CloudWatch::Dashboard")["Dashboard"]["DashboardBody"]["Fn::Sub"] for name in self.templates]
        for widget in [w for b in bodies for w in json.loads(b if isinstance(b, str) else b[0])["widgets"]]:
            space = None
            for metric in widget["properties"]["metrics"]:
                if isinstance(metric[0], dict):  # an expression
                    continue
                space = space if metric[0] in (".", "...") else metric[0]
                if space == "Reviewlens" and metric[0] != "...":
                    read.add(metric[1])
        self.assertGreater(len(read), 15)
        self.assertEqual(read - written, set())

    def test_metrics_that_cost_are_those_that_are_reckoned_with(self):
        """The gateway would charge for six metrics of each route, which deploy/cost does not have
        and no alarm reads."""
        stage = resources("api", "AWS::ApiGatewayV2::Stage")["Stage"]["DefaultRouteSettings"]
        self.assertEqual(str(stage["DetailedMetricsEnabled"]).lower(), "false")

    def test_every_alarm_tells_somebody_what_to_do(self):
        for template_name, name, alarm in self.alarms():
            self.assertEqual(alarm["AlarmActions"], [{"Ref": "Alarms" if template_name == "monitoring" else "Topic"}], name)
            self.assertGreater(len(alarm["AlarmDescription"]), 40, name)
            self.assertIn("TreatMissingData", alarm, name)

    def test_every_topic_tells_somebody(self):
        found = 0
        for path in CLOUD.glob("*.yaml"):
            mails = resources(path.stem, "AWS::SNS::Subscription").values()
            for name in resources(path.stem, "AWS::SNS::Topic"):
                found += 1
                (mail,) = [m for m in mails if m["TopicArn"] == {"Ref": name}]
                self.assertEqual(mail["Endpoint"], {"Ref": "AlarmEmail"}, path.name)
                self.assertEqual(mail["Condition"], "Mailed", path.name)
                condition = template(path.stem)["Conditions"]["Mailed"]
                self.assertEqual(
                    condition, {"Fn::Not": [{"Fn::Equals": [{"Ref": "AlarmEmail"}, ""]}]}
                )
        self.assertEqual(found, 2)

    def test_the_canary_sends_what_the_function_knows(self):
        target = resources("monitoring", "AWS::Events::Rule")["Schedule"]["Targets"][0]
        known = re.search(r'// isCanary [^{]*(\{.*?\})', (ROOT / "api/lambda/canary.go").read_text())[1]
        self.assertEqual(json.loads(target["Input"]), json.loads(known))
        alarm = resources("monitoring", "AWS::CloudWatch::Alarm")["Wrong"]
        self.assertEqual((alarm["MetricName"], alarm["TreatMissingData"]), ("CanaryFailed", "breaching"))  # silence is not a good sign

    def test_a_second_costs_what_the_price_file_says(self):
        prices = json.loads((ROOT / "deploy/cost/bill/prices.json").read_text())["prices"]
        found = [f for name in self.templates for f in re.findall(r'!If \[Graviton, "([\d.]+)", "([\d.]+)"\]', (CLOUD / f"{name}.yaml").read_text())]
        want = tuple(prices[f"lambda-{architecture}"]["tiers"][0]["usd"] for architecture in ("arm64", "x86_64"))
        self.assertEqual([tuple(map(float, f)) for f in found], [want, want, want])


class Data(unittest.TestCase):
    def test_what_cannot_be_made_again_stays(self):
        kinds = {"AWS::KMS::Key", "AWS::DynamoDB::Table", "AWS::Cognito::UserPool"}
        found = 0
        for path in CLOUD.glob("*.yaml"):
            for name, resource in template(path.stem)["Resources"].items():
                if resource["Type"] in kinds or path.stem == "models" and resource["Type"] == "AWS::S3::Bucket":
                    found += 1
                    self.assertEqual((resource["DeletionPolicy"], resource["UpdateReplacePolicy"]), ("RetainExceptOnCreate", "Retain"), name)
        self.assertEqual(found, 4)


class Deploy(unittest.TestCase):
    script = (ROOT / "deploy/deploy.py").read_text()

    def constant(self, name):
        return eval(re.search(rf"^{name} = (.*?[\])}}])(  #.*)?$", self.script, re.M | re.S)[1])

    def test_outputs_are_there_before_who_takes_them(self):
        known = {"Name", "CodeKey", "Architecture"}
        order, wired = self.constant("ORDER"), self.constant("WIRED")
        by_hand = {"bulk"}  # a separate stack per input
        self.assertEqual(set(order) | by_hand, {path.stem for path in CLOUD.glob("*.yaml")})
        for name in order:
            loaded = template(name)
            self.assertLessEqual(set(loaded.get("Parameters", {})) & wired, known, name)
            self.assertFalse(set(loaded.get("Outputs", {})) & known, name)
            known |= set(loaded.get("Outputs", {}))
        self.assertLessEqual(wired, known)

    def test_files_have_the_types_of_the_server(self):
        source = (ROOT / "api/site.go").read_text().split("var contentTypes")[1].split("\n}")[0]
        self.assertEqual(self.constant_dict("CONTENT_TYPES"), dict(re.findall(r'"(\.\w+)":\s+"([^"]+)"', source)))

    def constant_dict(self, name):
        return eval(re.search(rf"^{name} = (\{{.*?^\}})", self.script, re.M | re.S)[1])

    def test_templates_fit_into_a_request(self):
        for path in CLOUD.glob("*.yaml"):
            self.assertLess(path.stat().st_size, 51_200, path.name)


class Documents(unittest.TestCase):
    def test_every_parameter_is_explained(self):
        for path in CLOUD.glob("*.yaml"):
            for name, parameter in template(path.stem).get("Parameters", {}).items():
                self.assertGreater(len(parameter.get("Description", "")), 10, f"{path.name}: {name}")

    def test_a_star_is_explained_above_it(self):
        star = re.compile(r"""(Resource|Action|Principal): ?["']?(\w+:)?\*["']?\s*([},#]|$)""")
        for path in CLOUD.glob("*.yaml"):
            lines = path.read_text().splitlines()
            for i, line in enumerate(lines):
                if star.search(line.rstrip()):
                    self.assertTrue(any("# " in text and "star" in text for text in lines[max(0, i - 14):i + 1]), f"{path.name}:{i + 1} {line}")


if __name__ == "__main__":
    unittest.main()
