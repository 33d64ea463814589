"""Tests deploy/rollout.py against a simulated Lambda and CloudWatch, with a fake clock.

    python3 build/cloud/test_rollout.py
"""

import io
import json
import pathlib
import sys
import unittest
from unittest import mock

from botocore.exceptions import WaiterError

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "deploy"))
sys.dont_write_bytecode = True
import rollout


class Clock:
    def __init__(self):
        self.now, self.at = 0, {}

    def monotonic(self):
        return self.now

    def time(self):
        return 1_800_000_000 + self.now

    def sleep(self, seconds):
        self.now += seconds
        for when in [w for w in self.at if w <= self.now]:
            self.at.pop(when)()


class Lambda:
    class exceptions:
        class ResourceNotFoundException(Exception):
            pass

        class ProvisionedConcurrencyConfigNotFoundException(Exception):
            pass

    def __init__(self, versions, live, wrong=None):
        self.list, self.alias, self.weights, self.wrong, self.fails = versions, live, {}, wrong, False
        self.described = None  # the alias
        self.wrongs = set()  # versions; the last one if it is empty
        self.models, self.warm = {}, False  # version to model, unless it is "a"
        self.moves, self.qualifiers = [], []

    def get_alias(self, FunctionName, Name):
        if self.alias is None:
            raise self.exceptions.ResourceNotFoundException
        described = {} if self.described is None else {"Description": self.described}
        return {"FunctionVersion": self.alias} | described

    def get_provisioned_concurrency_config(self, FunctionName, Qualifier):
        if not self.warm:
            raise self.exceptions.ProvisionedConcurrencyConfigNotFoundException
        return {"Status": "READY"}

    def update_alias(self, FunctionName, Name, FunctionVersion, RoutingConfig, Description=None):
        assert FunctionVersion in self.list and len(Description or "") <= 256
        assert not (self.warm and RoutingConfig["AdditionalVersionWeights"]), "AWS refuses that"
        self.alias, self.weights = FunctionVersion, RoutingConfig["AdditionalVersionWeights"]
        self.described = self.described if Description is None else Description
        self.moves.append((FunctionVersion, self.weights))

    def publish_version(self, FunctionName):
        self.list.append(str(int(self.list[-1]) + 1) if self.list else "1")
        return {"Version": self.list[-1]}

    def get_waiter(self, name):
        assert name == "published_version_active"
        return type("Waiter", (), {"wait": lambda *_, **__: None})()

    def invoke(self, FunctionName, Qualifier, Payload):
        assert json.loads(Payload) == {"canary": True}
        self.qualifiers.append(Qualifier)
        if self.fails:
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(b'{"errorMessage": "no model"}')}
        reply = {"texts": 26, "model": self.models.get(Qualifier, "a")}
        if self.wrong and Qualifier in (self.wrongs or self.list[-1:]):
            reply["error"] = self.wrong
        return {"Payload": io.BytesIO(json.dumps(reply).encode())}

    def get_paginator(self, name):
        pages = [{"Versions": [{"Version": "$LATEST"}] + [{"Version": v} for v in self.list]}]
        return type("Pages", (), {"paginate": lambda *_, **__: pages})()

    def delete_function(self, FunctionName, Qualifier):
        self.list.remove(Qualifier)


class CloudWatch:
    def __init__(self):
        self.on, self.metrics = [], {}  # (name, stat, version) to values

    def get_metric_data(self, StartTime, EndTime, MetricDataQueries):
        assert EndTime > StartTime
        def values(stat):
            dimensions = {d["Name"]: d["Value"] for d in stat["Metric"]["Dimensions"]}
            return self.metrics.get((stat["Metric"]["MetricName"], stat["Stat"], dimensions.get("Version") or dimensions["ExecutedVersion"]), [])
        return {"MetricDataResults": [{"Id": q["Id"], "Values": values(q["MetricStat"])} for q in MetricDataQueries]}

    def get_paginator(self, name):
        def paginate(AlarmNamePrefix, StateValue):
            return [{"MetricAlarms": [{"AlarmName": a} for a in self.on if a.startswith(AlarmNamePrefix) and StateValue == "ALARM"]}]
        return type("Pages", (), {"paginate": staticmethod(paginate)})()


class Forward(unittest.TestCase):
    def start(self, *args, **more):
        self.lambdas, self.watch, self.clock, self.lines = Lambda(*args, **more), CloudWatch(), Clock(), []
        return rollout.Rollout(self.lambdas, self.watch, "f", "reviewlens-x-monitoring-", self.lines.append, self.clock)

    def test_a_tenth_for_ten_minutes_then_all(self):
        r = self.start(["4"], "4")
        seen = []
        self.clock.at = {minute * 60: lambda: seen.append((self.lambdas.alias, self.lambdas.weights)) for minute in (1, 5, 9)}
        self.assertEqual(r.forward(), "5")
        self.assertEqual(seen, [("4", {"5": 0.1})] * 3)
        self.assertEqual(self.lambdas.moves, [("4", {"5": 0.1}), ("5", {})])
        self.assertGreaterEqual(self.clock.now, 600)
        self.assertGreater(self.lambdas.qualifiers.count("5"), 20)

    def test_an_alarm_takes_it_back(self):
        r = self.start(["4"], "4")
        self.clock.at = {300: lambda: self.watch.on.append("reviewlens-x-monitoring-Failed-1")}
        with self.assertRaisesRegex(rollout.Stop, "Failed-1 went off; all requests are with version 4 again"):
            r.forward()
        self.assertEqual((self.lambdas.alias, self.lambdas.weights), ("4", {}))
        self.assertLess(self.clock.now, 330)

    def test_another_model_is_refused(self):
        r = self.start(["4"], "4")
        self.lambdas.models["5"] = "b"
        with self.assertRaisesRegex(rollout.Stop, "version 4 serves the model a, version 5 the model b.*ModelSource=bucket.*--at-once"):
            r.forward()
        self.assertEqual((self.lambdas.moves, self.clock.now), ([], 0))

    def test_another_model_at_once_is_never_beside_the_other(self):
        r = self.start(["4"], "4")
        self.lambdas.models["5"] = "b"
        self.assertEqual(r.forward(at_once=True), "5")
        self.assertEqual(self.lambdas.moves, [("5", {})])
        self.assertGreaterEqual(self.clock.now, 600)

    def test_at_once_goes_back_at_once(self):
        r = self.start(["4"], "4")
        self.lambdas.models["5"] = "b"
        self.clock.at = {300: lambda: self.watch.on.append("reviewlens-x-monitoring-Failed-1")}
        with self.assertRaisesRegex(rollout.Stop, "all requests are with version 4 again"):
            r.forward(at_once=True)
        self.assertEqual(self.lambdas.moves, [("5", {}), ("4", {})])

    def test_a_model_that_is_activated_meanwhile_reaches_both(self):
        r = self.start(["4"], "4")
        self.clock.at = {100: lambda: self.lambdas.models.update({"5": "b"}), 140: lambda: self.lambdas.models.update({"4": "b"})}
        self.assertEqual(r.forward(), "5")

    def test_models_that_part_take_it_back(self):
        r = self.start(["4"], "4")
        self.clock.at = {100: lambda: self.lambdas.models.update({"5": "b"})}
        with self.assertRaisesRegex(rollout.Stop, "version 4 serves the model a now, version 5 the model b; all requests are with version 4"):
            r.forward()
        self.assertLess(self.clock.now, 200)

    def test_its_own_failures_take_it_back(self):
        """Ten percent of the requests, all failing, are far below the alarm for all."""
        for metrics, why in (
            ({("Failed", "Sum"): [1, 2], ("Request", "SampleCount"): [30, 30]}, "3 of its 60 requests failed"),
            ({("Errors", "Sum"): [4]}, "4 of its 4 requests failed"),
            ({("Request", "SampleCount"): [30, 30, 30], ("Request", "p99"): [16000, 17000, 20000]}, "longer than 15 s"),
        ):
            r = self.start(["4"], "4")
            self.clock.at = {100: lambda: self.watch.metrics.update({(*k, "5"): v for k, v in metrics.items()})}
            with self.assertRaisesRegex(rollout.Stop, f"version 5: .*{why}; all requests are with version 4 again"):
                r.forward()
            self.assertLess(self.clock.now, 130)

    def test_a_few_failures_are_no_matter(self):
        r = self.start(["4"], "4")
        self.watch.metrics = {("Failed", "Sum", "5"): [1, 2], ("Request", "SampleCount", "5"): [1000], ("Request", "p99", "5"): [16000, 300, 300],
                              ("Failed", "Sum", "4"): [900], ("Request", "SampleCount", "4"): [1000]}
        self.assertEqual(r.forward(), "5")

    def test_an_alias_that_is_kept_warm(self):
        r = self.start(["4"], "4")
        self.lambdas.warm = True
        with self.assertRaisesRegex(rollout.Stop, "Warm=0.*--at-once"):
            r.forward()
        self.assertEqual((self.lambdas.moves, self.lambdas.list), ([], ["4"]))
        self.assertEqual(r.forward(at_once=True), "5")

    def test_another_deployment_s_alarm_is_its_own(self):
        r = self.start(["4"], "4")
        self.watch.on.append("reviewlens-y-monitoring-Failed-1")
        self.assertEqual(r.forward(), "5")

    def test_wrong_scores_take_it_back(self):
        r = self.start(["4"], "4")
        self.clock.at = {100: lambda: setattr(self.lambdas, "wrong", "0.3 off")}
        with self.assertRaisesRegex(rollout.Stop, "0.3 off; all requests are with version 4 again"):
            r.forward()
        self.assertEqual((self.lambdas.alias, self.lambdas.weights), ("4", {}))

    def test_whatever_happens_takes_it_back(self):
        r = self.start(["4"], "4")
        def interrupted():
            raise KeyboardInterrupt
        self.clock.at = {100: interrupted}
        with self.assertRaises(KeyboardInterrupt):
            r.forward()
        self.assertEqual((self.lambdas.alias, self.lambdas.weights), ("4", {}))

    def test_a_version_that_is_wrong_gets_no_request(self):
        for change, why in (({"wrong": "0.3 off"}, "0.3 off"), ({}, "no model")):
            r = self.start(["4"], "4", **change)
            self.lambdas.fails = not change
            with self.assertRaisesRegex(rollout.Stop, f"version 5 gets no requests: .*{why}"):
                r.forward()
            self.assertEqual(self.lambdas.moves, [])

    def test_nothing_moves_during_an_alarm(self):
        r = self.start(["4"], "4")
        self.watch.on.append("reviewlens-x-monitoring-Slow-1")
        with self.assertRaisesRegex(rollout.Stop, "Slow-1 is on already"):
            r.forward()
        self.assertEqual((self.lambdas.moves, self.lambdas.list), ([], ["4"]))

    def test_the_first_version_is_only_made(self):
        r = self.start([], None)
        self.assertEqual((r.forward(), self.lambdas.moves, self.clock.now), ("1", [], 0))
        r = self.start([], "$LATEST")
        self.assertEqual((r.forward(), self.lambdas.moves, self.clock.now), ("1", [], 0))

    def test_old_versions_go(self):
        r = self.start(["1", "2", "3", "4"], "4")
        r.forward()
        self.assertEqual(self.lambdas.list, ["3", "4", "5"])

    def rejected(self, r):
        """A rollout that is ended by an alarm."""
        alarm = "reviewlens-x-monitoring-Failed-1"
        self.clock.at = {self.clock.now + 100: lambda: self.watch.on.append(alarm)}
        with self.assertRaisesRegex(rollout.Stop, "went off"):
            r.forward(at_once=True)
        self.watch.on.clear()

    def test_back_leaves_out_what_was_taken_back(self):
        r = self.start(["1"], "1")
        for _ in range(4):  # enough to be all that is kept, by their numbers
            self.rejected(r)
        self.assertEqual((r.forward(), r.back(), self.lambdas.alias), ("6", "1", "1"))

    def test_back_to_a_version_that_is_wrong(self):
        r = self.start(["3"], "3")
        self.assertEqual((r.forward(), r.forward(at_once=True)), ("4", "5"))
        self.lambdas.wrong, self.lambdas.wrongs = "0.3 off", {"4"}
        want = "version 4 gets no requests: 0.3 off; 5 keeps them. The others are 3, 4: --to"
        with self.assertRaisesRegex(rollout.Stop, want):
            r.back()
        self.assertEqual((self.lambdas.alias, r.back("3"), self.lambdas.alias), ("5", "3", "3"))

    def test_back_where_nothing_says_what_was_before(self):
        for described in (None, "", "our alias of 2024"):
            r = self.start(["3", "4", "5"], "5")
            self.lambdas.described = described
            want = "nothing says which version was live before 5; the others are 3, 4: --to"
            with self.assertRaisesRegex(rollout.Stop, want):
                r.back()
            with self.assertRaisesRegex(rollout.Stop, "there is no version 2 to go back to"):
                r.back("2")
            self.assertEqual(self.lambdas.moves, [])
            self.assertEqual(r.back("4"), "4")
        r = self.start(["1"], "$LATEST")
        with self.assertRaisesRegex(rollout.Stop, "no version is pinned"):
            r.back()

    def test_back(self):
        r = self.start(["3"], "3")
        self.assertEqual((r.forward(), r.forward()), ("4", "5"))
        self.lambdas.models["5"] = "b"
        self.assertEqual((r.back(), r.back()), ("4", "3"))
        self.assertEqual([s for s in self.lines if "started again" in s], ["it serves the model a, not b: runs of the page that were under way have to be started again"])
        with self.assertRaisesRegex(rollout.Stop, "nothing says which version was live before 3"):
            r.back()
        self.assertEqual(self.lambdas.alias, "3")


class Stacks:
    class exceptions:
        class ClientError(Exception):
            pass

    def __init__(self, live):
        self.parameters, self.waited = {"Memory": "1769", "LiveVersion": live}, []

    def describe_stacks(self, StackName):
        return {"Stacks": [{"Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in self.parameters.items()]}]}

    def update_stack(self, StackName, UsePreviousTemplate, Capabilities, Parameters):
        assert UsePreviousTemplate and {p["ParameterKey"] for p in Parameters} == set(self.parameters)
        changed = {p["ParameterKey"]: p["ParameterValue"] for p in Parameters if not p.get("UsePreviousValue")}
        if self.parameters | changed == self.parameters:
            raise self.exceptions.ClientError("No updates are to be performed.")
        self.parameters |= changed

    def get_waiter(self, name):
        return type("Waiter", (), {"wait": lambda _, StackName: self.waited.append((name, StackName))})()


class Pin(unittest.TestCase):
    def test_the_stack_says_what_is(self):
        stacks = Stacks("4")
        rollout.pin(stacks, "reviewlens-x-api", "5")
        self.assertEqual(stacks.parameters, {"Memory": "1769", "LiveVersion": "5"})
        self.assertEqual(stacks.waited, [("stack_update_complete", "reviewlens-x-api")])

    def test_it_says_so_already(self):
        stacks = Stacks("5")
        rollout.pin(stacks, "reviewlens-x-api", "5")
        self.assertEqual(stacks.waited, [])

    made = {"Outputs": [{"OutputKey": "Function", "OutputValue": "f"}]}

    def ended(self, pinned=None, moved=None, stack=made):
        """Returns how main ends if moving the requests, or pinning the version, fails."""
        aws = mock.Mock()
        aws.client.return_value.describe_stacks.return_value = {"Stacks": [stack]}
        with (
            mock.patch("deploy.session", return_value=aws),
            mock.patch("sys.argv", ["rollout.py", "forward", "--stage", "prod"]),
            mock.patch("rollout.Rollout.forward", side_effect=moved, return_value="7"),
            mock.patch("rollout.pin", side_effect=pinned),
            self.assertRaises(SystemExit) as caught,
        ):
            rollout.main()
        return str(caught.exception)

    def test_what_fails_is_said(self):
        failed = WaiterError("StackUpdateComplete", "it is UPDATE_ROLLBACK_COMPLETE", {})
        message = self.ended(pinned=failed)
        self.assertRegex(message, "^rollout: version 7 has all requests.*UPDATE_ROLLBACK_COMPLETE")
        self.assertIn("`make deploy STAGE=prod SET=LiveVersion=7` says it", message)
        self.assertIn("rollout: Waiter PublishedVersionActive failed: no snapshot", self.ended(
            moved=WaiterError("PublishedVersionActive", "no snapshot", {})))  # fmt: skip
        self.assertIn("rollout: interrupted; `make rollout", self.ended(moved=KeyboardInterrupt))

    def test_a_stack_that_was_never_made_is_named(self):
        """It exists without outputs where its first deployment was not confirmed, or failed."""
        want = "rollout: reviewlens-prod has no function yet; `make deploy STAGE=prod` makes it"
        for stack in ({"StackStatus": "REVIEW_IN_PROGRESS"}, {"Outputs": []}):
            self.assertEqual(self.ended(stack=stack), want)


if __name__ == "__main__":
    unittest.main()
