package bill

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9*math.Max(1, math.Abs(want)) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// simple is a machine with simple numbers: 100 ms for 1,000 tokens on one processor, 60 on two.
var simple = Measured{Tokens: 100, Chars: []int{50, 301, 1000},
	Points: []Point{{VCPU: 0.5, Millis: 220, Empty: 1}, {VCPU: 1, Millis: 100, Empty: 1},
		{VCPU: 2, Millis: 60, Empty: 1}}}

func list(t *testing.T) Prices {
	t.Helper()
	p, err := List()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestEveryPriceIsUsed(t *testing.T) {
	p := list(t)
	source, err := os.ReadFile("bill.go")
	if err != nil {
		t.Fatal(err)
	}
	hosting, err := os.ReadFile("hosting.go")
	if err != nil {
		t.Fatal(err)
	}
	source = append(source, hosting...)
	beside, err := os.ReadFile("bulk.go")
	if err != nil {
		t.Fatal(err)
	}
	source = append(source, beside...)
	report, err := os.ReadFile("../report.go")
	if err != nil {
		t.Fatal(err)
	}
	for name := range p.Prices {
		if !strings.Contains(string(source)+string(report), strconv.Quote(name)) &&
			!strings.HasPrefix(name, "lambda-") {
			t.Errorf("nothing costs %s", name)
		}
	}
	for _, m := range regexp.MustCompile(`p\.of\("([^"+]+)"`).
		FindAllStringSubmatch(string(source), -1) {
		if _, ok := p.Prices[m[1]]; !ok && !strings.HasSuffix(m[1], "-") {
			t.Errorf("prices.json has no %s", m[1])
		}
	}
	near(t, "a GB-second on arm64", p.of("lambda-arm64", 1), 0.0000133334)
}

func TestTiers(t *testing.T) {
	p := Prices{Prices: map[string]Price{"x": {Tiers: []Tier{{0, 1}, {10, 0.5}, {20, 0}}}}}
	for quantity, want := range map[float64]float64{0: 0, 4: 4, 10: 10, 12: 11, 20: 15, 1000: 15} {
		near(t, "x", p.of("x", quantity), want)
	}
}

func TestPricesThatAreNone(t *testing.T) {
	for name, data := range map[string]string{
		"no JSON":           `{`,
		"no page":           `{"prices": {"x": {"per": "y", "tiers": [{"from": 0, "usd": 1}], "dated": "2026"}}}`,
		"no date":           `{"prices": {"x": {"per": "y", "tiers": [{"from": 0, "usd": 1}], "page": "https://example.com"}}}`,
		"no tiers":          `{"prices": {"x": {"per": "y", "dated": "2026", "page": "https://example.com"}}}`,
		"tiers that fall":   `{"prices": {"x": {"per": "y", "tiers": [{"from": 0, "usd": 1}, {"from": 9, "usd": 1}, {"from": 5, "usd": 1}], "dated": "2026", "page": "https://example.com"}}}`,
		"tiers from nought": `{"prices": {"x": {"per": "y", "tiers": [{"from": 5, "usd": 1}], "dated": "2026", "page": "https://example.com"}}}`,
	} {
		if _, err := parse([]byte(data)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestMillis(t *testing.T) {
	for _, tt := range []struct {
		vcpu, want float64
		inside     bool
	}{
		{0.25, 440, false}, {0.5, 220, true}, {0.75, 105 / 0.75, true}, {1, 100, true},
		{1.5, 110 / 1.5, true}, {2, 60, true},
		{4, 20 + 80./4, false}, // a fifth is serial: 100 * (0.2 + 0.8/2) = 60
		{6, 20 + 80./6, false},
	} {
		got, inside := simple.Millis(tt.vcpu)
		near(t, strconv.FormatFloat(tt.vcpu, 'g', -1, 64)+" vCPU", got, tt.want)
		if inside != tt.inside {
			t.Errorf("%v vCPU measured: %v", tt.vcpu, inside)
		}
	}
}

// A month computed by hand.
func TestLambda(t *testing.T) {
	p := list(t)
	w := Workload{Reviews: 1e6, Tokens: 100, Memory: 1769, Arch: "arm64"}
	b := Lambda(p, simple, w)
	// 10,000 tokens a second: 0.7 s are 7,000 tokens, 70 reviews, 14,285.7 requests of 1 + 700 ms.
	near(t, "reviews a request", b.PerRequest, 70)
	near(t, "milliseconds", b.Millis, 701)
	gb := 1769. / 1024
	near(t, "GB-seconds", b.GBSeconds, 1e6/70*gb*0.701+4000*gb*0.001)
	near(t, "Lambda", b.Lines[0].USD, 0.0000133334*b.GBSeconds)
	near(t, "the API", b.Lines[2].USD, (1e6/70+4000)/1e6)

	w.Alone = true
	b = Lambda(p, simple, w)
	near(t, "alone, GB-seconds", b.GBSeconds, 1e6*gb*0.011)
	near(t, "alone, the API", b.Lines[2].USD, 1)
	w.Memory = 2 * perVCPU
	near(t, "alone on two processors, milliseconds", Lambda(p, simple, w).Millis, 11)
	w.Arch = "x86_64"
	near(t, "x86-64", Lambda(p, simple, w).Lines[0].USD/Lambda(p, simple,
		Workload{Reviews: 1e6, Tokens: 100, Memory: 2 * perVCPU, Arch: "arm64", Alone: true}).
		Lines[0].USD, Dearer(p))
}

func TestOthers(t *testing.T) {
	p := list(t)
	w := Workload{Reviews: 100, Tokens: 100}
	near(t, "Comprehend", Comprehend(p, simple, w), 100*(3+4+10)/3.*0.0001)
	w = Workload{Reviews: 1.2e7, Tokens: 100} // 68 million units
	near(t, "Comprehend, much", Comprehend(p, simple, w), 1e7*0.0001+4e7*0.00005+1.8e7*0.000025)
	w = Workload{Reviews: 100, Tokens: 100}
	near(t, "Google, in its free tier", Google(p, simple, w), 0)
	w = Workload{Reviews: 1e4, Tokens: 200} // 100, 602 and 2,000 characters
	near(t, "Google", Google(p, simple, w), (1e4*(1+1+2)/3.-5000)*0.001)
}

// At the break-even both cost the same, below it Lambda costs less, above it the machines do.
func TestBreakEven(t *testing.T) {
	p := list(t)
	m, err := Measurement()
	if err != nil {
		t.Fatal(err)
	}
	for _, alone := range []bool{false, true} {
		w := Workload{Tokens: m.Tokens, Memory: 1769, Arch: "arm64", Alone: alone}
		at := BreakEven(p, m, w, "ec2-2vcpu")
		if math.IsInf(at, 1) {
			t.Fatal("Lambda is never dearer")
		}
		for factor, dearer := range map[float64]bool{0.9: false, 1.01: true} {
			w.Reviews = at * factor
			if _, usd := Always(p, m, w,
				"ec2-2vcpu"); (Sum(Lambda(p, m, w).Lines) > usd) != dearer {
				t.Errorf("at %v times %v reviews Lambda costs %v, the machines %v", factor, at,
					Sum(Lambda(p, m, w).Lines), usd)
			}
		}
	}
}

func TestCheck(t *testing.T) {
	good := Workload{Reviews: 1, Tokens: 1, Memory: 512, Arch: "arm64"}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for _, change := range []func(*Workload){
		func(w *Workload) { w.Reviews = 0 }, func(w *Workload) { w.Reviews = math.NaN() },
		func(w *Workload) { w.Reviews = math.Inf(1) },
		func(w *Workload) { w.Tokens = 0 }, func(w *Workload) { w.Tokens = 1e9 },
		func(w *Workload) { w.Memory = 128 }, func(w *Workload) { w.Arch = "amd64" },
	} {
		w := good
		if change(&w); w.Check() == nil {
			t.Errorf("%+v is good", w)
		}
	}
}

func TestMeasuredThatIsNone(t *testing.T) {
	for _, data := range []string{`{`, `{}`,
		`{"tokens": 1, "characters": [1], "points": [{"vcpu": 1, "millisPer1000Tokens": 1}]}`,
		`{"tokens": 1, "characters": [1], "points": [{"vcpu": 1, "millisPer1000Tokens": 1}, {"vcpu": 1, "millisPer1000Tokens": 1}]}`} {
		if _, err := parseMeasured([]byte(data)); err == nil {
			t.Errorf("%s: no error", data)
		}
	}
}
