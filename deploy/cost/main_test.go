package main

import (
	"encoding/json"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	defaultmodel "reviewlens/api/model/default"
	"reviewlens/api/wire"
	"reviewlens/deploy/cost/bill"
)

func say(t *testing.T, args ...string) string {
	t.Helper()
	var out strings.Builder
	if err := run(args, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestReport(t *testing.T) {
	got := say(t)
	for _, want := range []string{"1,000,000 reviews a month", "| Lambda, GB-seconds |",
		"\n| lambda | ", "\n| realtime | ", "\n| serverless | ", "\n| async | ", "Take lambda: ",
		"Amazon Comprehend", "a SageMaker endpoint", "costs less than Lambda", "| 885 | 0.5 |", "| 10240 | 5.8 |", "extrapolated |", "- MET"} {
		if !strings.Contains(got, want) {
			t.Errorf("the report lacks %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "NOT MET") {
		t.Errorf("a goal is not met:\n%s", got)
	}
	if one, two := say(t, "-tokens", "50"), say(t, "-tokens", "500", "-alone", "-arch", "x86_64",
		"-memory", "3538"); one == got || one == two {
		t.Error("the workload changes nothing")
	}
}

func TestGoalsThatAreMissed(t *testing.T) {
	if got := goal(false, "at most $%d", 1); got != "Goal, at most $1 - NOT MET" {
		t.Error(got)
	}
}

func TestHour(t *testing.T) {
	got := say(t, "-hour", "2e5")
	if strings.Count(got, "\n| as the page sends them |") != 2 ||
		strings.Count(got, "\n| one by one |") != 2 {
		t.Errorf("want two lines of each kind:\n%s", got)
	}
}

func TestBrief(t *testing.T) {
	if got := say(t, "-brief", "-memory", "3538"); strings.Count(got, "\n") > 4 ||
		!strings.Contains(got, "3538 MB") {
		t.Errorf("%s", got)
	}
}

func TestTimesOfAnotherModel(t *testing.T) {
	var served wire.Manifest
	if err := json.Unmarshal([]byte(defaultmodel.Manifest), &served); err != nil {
		t.Fatal(err)
	}
	for measured, want := range map[string]bool{served.ID: false, "0123456789ab": true} {
		var out strings.Builder
		if err := noteOtherModel(&out, measured); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "Times are those of model "+measured) != want {
			t.Errorf("%s: %q", measured, out.String())
		}
	}
}

// The advice is the cheaper one of the two that serve the page, according to the table.
func TestHosting(t *testing.T) {
	dollars := regexp.MustCompile(`\n\| (lambda|realtime) \| ([\d.]+) \|`)
	for _, reviews := range []string{"1e5", "1e7", "1e9", "1e11"} {
		got := say(t, "-reviews", reviews)
		found := dollars.FindAllStringSubmatch(got, -1)
		if len(found) != 2 {
			t.Fatalf("%s reviews a month: %q", reviews, found)
		}
		inside, _ := strconv.ParseFloat(found[0][2], 64)
		endpoint, _ := strconv.ParseFloat(found[1][2], 64)
		want := "Take lambda: "
		if endpoint < inside {
			want = "Take realtime if "
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s reviews a month: $%v and $%v, and no %q", reviews, inside, endpoint, want)
		}
	}
}

func TestBulk(t *testing.T) {
	got := say(t, "-bulk")
	for _, want := range []string{"| 1,000,000 |", "| 10,000,000,000 |", "Glue FLEX",
		"EMR Serverless"} {
		if strings.Count(got, want) != 1 {
			t.Errorf("the table lacks %q:\n%s", want, got)
		}
	}
	if twice := say(t, "-bulk", "-tokens", "500"); twice == got {
		t.Error("the tokens of a review change nothing")
	}
	line := regexp.MustCompile(`^about \$([0-9.]+) of Glue`)
	usd := func(args ...string) float64 {
		m := line.FindStringSubmatch(say(t, append(args, "-engine", "glue")...))
		if m == nil {
			t.Fatal("no price")
		}
		v, _ := strconv.ParseFloat(m[1], 64)
		return v
	}
	small, plain := usd("-bytes", "0"), usd("-bytes", "1e9")
	packed := usd("-bytes", "1e9", "-packed")
	if small > 0.01 || plain <= small || packed < 2.9*plain || packed > 3.1*plain {
		t.Errorf("nothing costs %v, 1 GB %v, packed %v", small, plain, packed)
	}
}

// The driver is paid for in addition to the scoring workers: one of Glue's workers, and one more of
// EMR's.
func TestDriver(t *testing.T) {
	p, err := bill.List()
	if err != nil {
		t.Fatal(err)
	}
	b, err := bill.Bulks()
	if err != nil {
		t.Fatal(err)
	}
	of := func(name string) float64 { return p.Prices[name].Tiers[0].USD }
	for _, e := range bill.Engines {
		want := map[string]float64{
			"glue": of("glue") * 10 / 9 / 4,
			"flex": of("glue-flex") * 10 / 9 / 4,
			"emr":  (4*of("emr-vcpu") + 14*of("emr-gb")) * 11 / 10 / 4,
		}[e.ID]
		if hours, usd := e.Of(p, b, 1e9); want > 0 && math.Abs(usd/hours/want-1) > 1e-9 {
			t.Errorf("an hour of a processor on %s costs %v, want %v", e.Name, usd/hours, want)
		}
	}
}

func TestMistakes(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"-engine x", "no engine"},
		{"-reviews 0", "reviews a month"}, {"-reviews x", "go doc"},
		{"-arch mips", "arm64 and x86_64"}, {"-memory 64", "512"}, {"-tokens -1", "tokens"},
		{"-hour 1e12", "at most"}, {"-hour 0", "above 0"}, {"-hour -1", "above 0"},
		{"-hour NaN", "above 0"}, {"more", "no flag"},
	} {
		if err := run(strings.Fields(tt.args), &strings.Builder{}); err == nil ||
			!strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.args, err, tt.want)
		}
	}
}

// The assumptions of hour.go about the templates.
func TestThrottleOfTheTemplates(t *testing.T) {
	template, err := os.ReadFile("../cloud/api.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"RequestsPerSecond": requestsPerSecond, "Burst": burst,
		"Memory": 1769} {
		found := regexp.MustCompile(`(?m)^  ` + name + `:\n(?:    .*\n)*?    Default: (\d+)`).
			FindSubmatch(template)
		if found == nil || string(found[1]) != strconv.Itoa(want) {
			t.Errorf("api.yaml says %q of %s, the cost model %d", found, name, want)
		}
	}
}
