"""Shifts traffic to a new version of the function gradually, and rolls back if it misbehaves.

    rollout.py forward --stage NAME [--at-once]   publishes the last deployment as a version; it
                                                  gets 10% of requests for ten minutes, then all
    rollout.py back    --stage NAME [--to N]      returns to the version before, or to N
    rollout.py version --stage NAME               prints the version that serves requests

`deploy.py` changes what is deployed; while `LiveVersion` pins a version, requests are not affected.
`forward` publishes the deployment as a version, has it score the golden texts (api/lambda/canary.go),
moves a tenth of the requests, and watches for ten minutes: the alarms of the monitoring stack, the
golden texts, and the version's own failures and times. At the end it sets the stack's LiveVersion.
A function without a version gets its first one, which then serves all requests.

The description of the alias lists the versions that served all requests before, for `back`: numbers
alone do not distinguish a version that was rolled back from one that was live. A version that does
not reproduce its golden scores gets no requests.

The alias chooses a version at random for each request, and a run of the page is pinned to one model:
if two versions had different models inside, every run would soon reach the other one and end.
`forward` refuses that. `--at-once` moves all requests in one step and then watches; active runs have
to be restarted once. With ModelSource=bucket versions share their models, and no run ends.
"""

import argparse
import json
import re
import sys
import time

SHARE = 0.1
MINUTES = 10
POLL = 20  # seconds between polls
KEPT_VERSIONS = 3  # number of versions to keep, and of those to return to
ALIAS = "live"
BEFORE = "live before: "  # start of the alias's description; versions follow, the last one first
UNPINNED = "$LATEST"  # version of the alias before the first publication
MAX_FAILED_SHARE, MIN_FAILED = 0.01, 2  # share and number of failures that roll a version back
SLOW_MILLIS, MIN_TIMED = 15000, 20  # or if p99 of at least this many is slower, as in alarm Slow


class Stop(Exception):
    """The reason why no requests, or no more, are moved."""


class Rollout:
    def __init__(self, lambdas, cloudwatch, function, alarms, say=lambda words: print(words, file=sys.stderr, flush=True), clock=time):
        self.lambdas, self.cloudwatch, self.function, self.alarms, self.say, self.clock = lambdas, cloudwatch, function, alarms, say, clock

    def live(self):
        """Returns the version that serves requests, or None if none is pinned."""
        try:
            version = self.lambdas.get_alias(FunctionName=self.function, Name=ALIAS)["FunctionVersion"]
        except self.lambdas.exceptions.ResourceNotFoundException:  # stack older than alias
            return None
        return None if version == UNPINNED else version

    def warm(self):
        """Reports whether functions of the alias are started ahead of requests."""
        try:
            self.lambdas.get_provisioned_concurrency_config(FunctionName=self.function, Qualifier=ALIAS)
        except (self.lambdas.exceptions.ProvisionedConcurrencyConfigNotFoundException, self.lambdas.exceptions.ResourceNotFoundException):
            return False
        return True

    def previous_versions(self):
        """Returns the versions that had all requests before the live one, and still exist, the last
        one first."""
        try:
            alias = self.lambdas.get_alias(FunctionName=self.function, Name=ALIAS)
        except self.lambdas.exceptions.ResourceNotFoundException:
            return []
        description, versions = alias.get("Description", ""), self.versions()
        if not description.startswith(BEFORE):
            return []
        return [v for v in re.findall("[0-9]+", description) if v in versions]

    def move(self, version, before, more=None):
        """Moves all requests to a version, except a share to others (more); before is the result of
        previous_versions() from then on. AWS changes both at once."""
        self.lambdas.update_alias(
            FunctionName=self.function, Name=ALIAS, FunctionVersion=version,
            Description=BEFORE + ", ".join(before[:KEPT_VERSIONS]),
            RoutingConfig={"AdditionalVersionWeights": more or {}})

    def golden(self, version):
        """Has a version score its model's golden texts; returns the model's id, and an error
        message or None."""
        answer = self.lambdas.invoke(FunctionName=self.function, Qualifier=version, Payload=json.dumps({"canary": True}).encode())
        result = json.loads(answer["Payload"].read() or b"{}")
        if answer.get("FunctionError"):
            return None, f"it fails: {result.get('errorMessage', result)}"
        return result.get("model"), result.get("error")

    def failure(self, version, seconds):
        """Returns an error in a version's own metrics (api/lambda/emf.go) and Lambda's, or None.
        The alarms for all requests are diluted by those of the other version, and Slow takes longer
        than a rollout."""
        def query(id, namespace, name, stat, dimensions):
            metric = {"Namespace": namespace, "MetricName": name, "Dimensions": [{"Name": k, "Value": v} for k, v in dimensions.items()]}
            return {"Id": id, "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}}

        ours = {"Function": self.function, "Version": version}
        now = self.clock.time()
        got = self.cloudwatch.get_metric_data(StartTime=now - seconds - 60, EndTime=now, MetricDataQueries=[
            query("failed", "Reviewlens", "Failed", "Sum", ours), query("answered", "Reviewlens", "Request", "SampleCount", ours),
            query("slow", "Reviewlens", "Request", "p99", ours),
            query("crashed", "AWS/Lambda", "Errors", "Sum", {"FunctionName": self.function, "Resource": f"{self.function}:{ALIAS}", "ExecutedVersion": version})])
        values = {r["Id"]: r["Values"] for r in got["MetricDataResults"]}
        answered = sum(values.get("answered", []))
        crashed = sum(values.get("crashed", []))
        failed = sum(values.get("failed", [])) + crashed
        if failed >= MIN_FAILED and failed > MAX_FAILED_SHARE * (answered + crashed):
            return f"{failed:.0f} of its {answered + crashed:.0f} requests failed"
        if answered >= MIN_TIMED and sum(v > SLOW_MILLIS for v in values.get("slow", [])) >= 3:
            return f"for three minutes one in a hundred of its requests took longer than {SLOW_MILLIS / 1000:.0f} s"
        return None

    def active_alarms(self):
        """Returns the names of active alarms."""
        pages = self.cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=self.alarms, StateValue="ALARM")
        return sorted(a["AlarmName"] for page in pages for a in page["MetricAlarms"])

    def forward(self, at_once=False):
        before = self.live()
        if on := before and self.active_alarms():
            raise Stop(f"{', '.join(on)} is on already; nothing is moved until that is over")
        if before and not at_once and self.warm():
            raise Stop("AWS shares no requests of an alias that is kept warm. `make deploy SET=Warm=0` first and Warm again afterwards, "
                       "or --at-once (`make rollout AT_ONCE=1`) to move all requests in one step")
        version = self.lambdas.publish_version(FunctionName=self.function)["Version"]  # the same if unchanged
        self.lambdas.get_waiter("published_version_active").wait(FunctionName=self.function, Qualifier=version)
        model, wrong = self.golden(version)
        if wrong:
            raise Stop(f"version {version} gets no requests: {wrong}")
        if before is None:
            self.say(f"version {version} has its golden scores; it is the first one")
            return version
        if version == before:
            self.say(f"version {version} has the requests already")
            return version
        if at_once:
            plan = f"all requests go there at once, and back if it misbehaves within {MINUTES} minutes"
        else:
            self.same_model(before, version, model)
            plan = f"{SHARE:.0%} of requests go there for {MINUTES} minutes, the others to {before}"
        self.say(f"version {version} has its golden scores; {plan}")
        moved, earlier = False, self.previous_versions()
        history = [before, *(v for v in earlier if v not in (before, version))]
        try:
            if at_once:
                self.move(version, history)
                self.watch(version, None)
            else:
                self.move(before, earlier, {version: SHARE})
                self.watch(version, before)
                self.move(version, history)
            moved = True
        except Stop as e:
            raise Stop(f"{e}; all requests are with version {before} again") from None
        finally:
            if not moved:  # for any cause, including a lost connection or Ctrl-C
                self.move(before, earlier)
        self.say(f"version {version} has all requests")
        self.forget(version, history)
        return version

    def same_model(self, before, version, model):
        """Stops if two versions that share requests at random would not serve the same model."""
        serving, wrong = self.golden(before)
        if wrong:
            raise Stop(f"version {before}, which has the requests, does not say which model it serves ({wrong}); --at-once (`make rollout AT_ONCE=1`) replaces it in one step")
        if serving != model:
            raise Stop(f"version {before} serves the model {serving}, version {version} the model {model}: shared between them, every run of the page "
                       "would meet both and end. Publish both models and `make deploy SET=ModelSource=bucket`, so that each version serves both; or "
                       "--at-once (`make rollout AT_ONCE=1`) moves all requests in one step, and runs that are under way then have to be started again once")

    def watch(self, version, other):
        """Watches a version for ten minutes, and stops if it misbehaves or, with another version in
        parallel, their models diverge."""
        start = self.clock.monotonic()
        while (seconds := self.clock.monotonic() - start) < MINUTES * 60:
            self.clock.sleep(POLL)
            if on := self.active_alarms():
                raise Stop(f"{', '.join(on)} went off")
            model, wrong = self.golden(version)
            if wrong:
                raise Stop(f"the golden texts: {wrong}")
            if wrong := self.failure(version, seconds + POLL):
                raise Stop(f"version {version}: {wrong}")
            if other:
                self.same_source(other, version, model)

    def same_source(self, other, version, model):
        """Stops if the versions serve different models. It retries, since a model that is activated
        in the bucket meanwhile reaches both within half a minute of each other."""
        for _ in range(3):
            serving, _ = self.golden(other)
            if serving == model:
                return
            self.clock.sleep(POLL)
            model, _ = self.golden(version)
        raise Stop(f"version {other} serves the model {serving} now, version {version} the model {model}")

    def back(self, to=None):
        now, history, versions = self.live(), self.previous_versions(), self.versions()
        others = ", ".join(v for v in versions if v != now) or "none"
        if not now:
            raise Stop("no version is pinned, so none was before")
        if to is None and not history:
            raise Stop(f"nothing says which version was live before {now}; the others are {others}: "
                       "--to (`make rollout VERB=back TO=...`) names one that is good")
        to = to or history[0]
        if to == now or to not in versions:
            raise Stop(f"there is no version {to} to go back to; {now} is live, the others are "
                       f"{others}")
        has, wrong = self.golden(to)
        if wrong:
            raise Stop(f"version {to} gets no requests: {wrong}; {now} keeps them. The others are "
                       f"{others}: --to (`make rollout VERB=back TO=...`) names one")
        self.move(to, history[history.index(to) + 1:] if to in history else history)
        self.say(f"version {to} has all requests; it was {now}")
        had = self.golden(now)[0]
        if had != has:
            self.say(f"it serves the model {has}, not {had}: runs of the page that were under way have to be started again")
        return to

    def versions(self):
        """Returns published versions, the oldest first."""
        pages = self.lambdas.get_paginator("list_versions_by_function").paginate(FunctionName=self.function)
        return sorted((v["Version"] for page in pages for v in page["Versions"] if v["Version"] != "$LATEST"), key=int)

    def forget(self, live, history):
        """Deletes old versions, except those to return to: between them there may be many that were
        rolled back."""
        for version in [v for v in self.versions() if int(v) <= int(live)][:-KEPT_VERSIONS]:
            if version in history[:KEPT_VERSIONS]:
                continue
            self.lambdas.delete_function(FunctionName=self.function, Qualifier=version)


def pin(stacks, stack, version):
    """Sets the version that serves requests in the stack; changes nothing else."""
    names = [p["ParameterKey"] for p in stacks.describe_stacks(StackName=stack)["Stacks"][0]["Parameters"]]
    given = [{"ParameterKey": n, "UsePreviousValue": True} for n in names if n != "LiveVersion"]
    try:
        stacks.update_stack(StackName=stack, UsePreviousTemplate=True, Capabilities=["CAPABILITY_IAM"],
                            Parameters=[*given, {"ParameterKey": "LiveVersion", "ParameterValue": version}])
    except stacks.exceptions.ClientError as e:
        if "No updates are to be performed" in str(e):
            return
        raise
    stacks.get_waiter("stack_update_complete").wait(StackName=stack)


def main():
    import deploy

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=["forward", "back", "version"])
    parser.add_argument("--stage", required=True)
    parser.add_argument("--at-once", action="store_true", help="move all requests in one step, also to another model")
    parser.add_argument("--to", help="the version to go back to")
    args = parser.parse_args()
    if args.to and args.verb != "back":
        parser.error("--to is of back")
    name = f"reviewlens-{args.stage}"
    try:
        aws = deploy.session()
        stacks = aws.client("cloudformation")
        outputs = stacks.describe_stacks(StackName=f"{name}-api")["Stacks"][0].get("Outputs", [])
        function = next((o["OutputValue"] for o in outputs if o["OutputKey"] == "Function"), None)
        if function is None:  # its first deployment was not confirmed, or failed
            raise Stop(f"{name} has no function yet; `make deploy STAGE={args.stage}` makes it")
        lambdas, cloudwatch = aws.client("lambda"), aws.client("cloudwatch")
        rollout = Rollout(lambdas, cloudwatch, function, f"{name}-monitoring-")
        if args.verb == "version":
            print(rollout.live() or "none: what was deployed last has the requests")
            return
        version = rollout.forward(args.at_once) if args.verb == "forward" else rollout.back(args.to)
        try:
            pin(stacks, f"{name}-api", version)
        except (deploy.failures.ClientError, deploy.failures.WaiterError) as e:
            raise Stop(
                f"version {version} has all requests, and the stack does not say so yet: {e}. "
                f"`make deploy STAGE={args.stage} SET=LiveVersion={version}` says it; until then "
                "a deployment may take it back"
            ) from None
        print(version)
    except (Stop, deploy.failures.WaiterError) as e:
        sys.exit(f"rollout: {e}")
    except KeyboardInterrupt:  # forward has moved the requests back
        sys.exit("rollout: interrupted; `make rollout VERB=version` says which version is live")
    except deploy.REFUSALS as e:
        sys.exit(f"rollout: {deploy.refusal(e)}")


if __name__ == "__main__":
    main()
