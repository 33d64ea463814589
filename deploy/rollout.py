"""Gives requests to a new version of the function little by little, and takes it back when an alarm goes off.

    rollout.py forward --stage NAME    what was deployed last becomes a version; 10% of requests for ten minutes, then all
    rollout.py back    --stage NAME    all requests to the version before
    rollout.py version --stage NAME    which version has them

`deploy.py` changes what is deployed; while `LiveVersion` pins a version, requests do not see that. `forward` publishes it as a
version, asks it for the golden texts (api/lambda/canary.go), moves a tenth of the requests, and watches the alarms of the monitoring stack
and the golden texts for ten minutes. In the end the stack's LiveVersion says what is. A function without a version gets its first one, and all
requests with it.
"""

import argparse
import json
import sys
import time

SHARE = 0.1
MINUTES = 10
LOOK = 20  # seconds between looks
KEPT = 3  # versions to go back to
ALIAS = "live"


class Stop(Exception):
    """Why nothing, or nothing more, is moved."""


class Rollout:
    def __init__(self, lambdas, cloudwatch, function, alarms, say=lambda words: print(words, file=sys.stderr, flush=True), clock=time):
        self.lambdas, self.cloudwatch, self.function, self.alarms, self.say, self.clock = lambdas, cloudwatch, function, alarms, say, clock

    def live(self):
        """The version that has the requests; None without an alias."""
        try:
            return self.lambdas.get_alias(FunctionName=self.function, Name=ALIAS)["FunctionVersion"]
        except self.lambdas.exceptions.ResourceNotFoundException:
            return None

    def move(self, version, more=None):
        """All requests to a version, but for a share to others."""
        self.lambdas.update_alias(FunctionName=self.function, Name=ALIAS, FunctionVersion=version, RoutingConfig={"AdditionalVersionWeights": more or {}})

    def golden(self, version):
        """Has a version score its model's golden texts; says what is wrong, or nothing."""
        answer = self.lambdas.invoke(FunctionName=self.function, Qualifier=version, Payload=json.dumps({"canary": True}).encode())
        told = json.loads(answer["Payload"].read() or b"{}")
        if answer.get("FunctionError"):
            return f"it fails: {told.get('errorMessage', told)}"
        return told.get("error")

    def raised(self):
        """The names of alarms that are on."""
        pages = self.cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=self.alarms, StateValue="ALARM")
        return sorted(a["AlarmName"] for page in pages for a in page["MetricAlarms"])

    def forward(self):
        before = self.live()
        if on := before and self.raised():
            raise Stop(f"{', '.join(on)} is on already; nothing is moved until that is over")
        version = self.lambdas.publish_version(FunctionName=self.function)["Version"]  # the same one where nothing changed
        self.lambdas.get_waiter("published_version_active").wait(FunctionName=self.function, Qualifier=version)
        if wrong := self.golden(version):
            raise Stop(f"version {version} gets no requests: {wrong}")
        if before is None:
            self.say(f"version {version} has its golden scores; it is the first one")
            return version
        if version == before:
            self.say(f"version {version} has the requests already")
            return version
        self.say(f"version {version} has its golden scores; {SHARE:.0%} of requests go there for {MINUTES} minutes, the others to {before}")
        moved = False
        try:
            self.move(before, {version: SHARE})
            until = self.clock.monotonic() + MINUTES * 60
            while self.clock.monotonic() < until:
                self.clock.sleep(LOOK)
                if on := self.raised():
                    raise Stop(f"{', '.join(on)} went off")
                if wrong := self.golden(version):
                    raise Stop(f"the golden texts: {wrong}")
            self.move(version)
            moved = True
        except Stop as e:
            raise Stop(f"{e}; all requests are with version {before} again") from None
        finally:
            if not moved:  # whatever it was, a lost connection or Ctrl-C, too
                self.move(before)
        self.say(f"version {version} has all requests")
        self.forget(version)
        return version

    def back(self):
        now = self.live()
        older = [v for v in self.versions() if now and int(v) < int(now)]
        if not older:
            raise Stop("there is no version before that")
        self.move(older[-1])
        self.say(f"version {older[-1]} has all requests; it was {now}")
        return older[-1]

    def versions(self):
        """Published versions, the oldest first."""
        pages = self.lambdas.get_paginator("list_versions_by_function").paginate(FunctionName=self.function)
        return sorted((v["Version"] for page in pages for v in page["Versions"] if v["Version"] != "$LATEST"), key=int)

    def forget(self, live):
        for version in [v for v in self.versions() if int(v) <= int(live)][:-KEPT]:
            self.lambdas.delete_function(FunctionName=self.function, Qualifier=version)


def pin(stacks, stack, version):
    """Has the stack say which version has the requests; changes nothing else."""
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
    import boto3

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=["forward", "back", "version"])
    parser.add_argument("--stage", required=True)
    args = parser.parse_args()
    name = f"reviewlens-{args.stage}"
    stacks = boto3.client("cloudformation")
    outputs = stacks.describe_stacks(StackName=f"{name}-api")["Stacks"][0]["Outputs"]
    function = next(o["OutputValue"] for o in outputs if o["OutputKey"] == "Function")
    rollout = Rollout(boto3.client("lambda"), boto3.client("cloudwatch"), function, f"{name}-monitoring-")
    try:
        if args.verb == "version":
            print(rollout.live() or "none: what was deployed last has the requests")
            return
        version = rollout.forward() if args.verb == "forward" else rollout.back()
        pin(stacks, f"{name}-api", version)
        print(version)
    except Stop as e:
        sys.exit(f"rollout: {e}")


if __name__ == "__main__":
    main()
