package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"reviewlens/api/trace"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// work stands for the service: it records what the real one records.
func work(w http.ResponseWriter, r *http.Request) {
	tr := trace.From(r.Context())
	at := time.Unix(100, 0)
	tr.Add(trace.Span{Phase: trace.Tokenize, Begin: at, End: at.Add(time.Second), Texts: 2,
		Tokens: 20})
	tr.Add(trace.Span{Phase: trace.Queue, Begin: at.Add(time.Second), End: at.Add(2 * time.Second)})
	tr.Add(trace.Span{Phase: trace.Run, Begin: at.Add(2 * time.Second),
		End: at.Add(5 * time.Second), Windows: 3, Tokens: 20})
	tr.Scored(trace.Scores{Model: "0123456789ab", Texts: 2, Windows: 3, Tokens: 20, Positive: 1})
	tr.Served("POST /v1/score", 200)
}

func TestOffCostsNothing(t *testing.T) {
	for _, env := range [][2]string{{}, {"OTEL_SDK_DISABLED", "true"},
		{"OTEL_TRACES_EXPORTER", "none"}} {
		t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
		t.Setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "")
		if env[0] != "" {
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
			t.Setenv(env[0], env[1])
		}
		tracer, err := Open(t.Context(), slog.Default())
		if tracer != nil || err != nil {
			t.Fatalf("%v: Open = %v, %v, want nil", env, tracer, err)
		}
	}
	var tracer *Tracer
	next := http.NewServeMux()
	if got := tracer.Handler(next); got != http.Handler(next) {
		t.Errorf("a handler without a tracer is %T, want the handler itself", got)
	}
	tracer.Flush(t.Context())
	if err := tracer.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestProtocol(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
	if _, err := Open(t.Context(), slog.Default()); err == nil ||
		!strings.Contains(err.Error(), "http/protobuf") {
		t.Errorf("Open with gRPC = %v", err)
	}
}

func TestSpans(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	tracer := open(resource.Empty(), sdk.WithSyncer(spans))
	r := httptest.NewRequest("POST", "/v1/score?secret=1", strings.NewReader("secret text"))
	r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	tracer.Handler(http.HandlerFunc(work)).ServeHTTP(httptest.NewRecorder(), r)
	got := spans.GetSpans()
	if len(got) != 4 {
		t.Fatalf("%d spans, want the request and its three phases", len(got))
	}
	request := got[3]
	if request.Name != "POST /v1/score" ||
		request.SpanContext.TraceID().String() != "0af7651916cd43dd8448eb211c80319c" ||
		request.Parent.SpanID().String() != "b7ad6b7169203331" {
		t.Errorf("the request is %q in trace %v below %v", request.Name,
			request.SpanContext.TraceID(), request.Parent.SpanID())
	}
	for i, phase := range []string{trace.Tokenize, trace.Queue, trace.Run} {
		if s := got[i]; s.Name != phase || s.Parent.SpanID() != request.SpanContext.SpanID() ||
			s.EndTime.Sub(s.StartTime) != time.Duration([]int{1, 1, 3}[i])*time.Second {
			t.Errorf("span %d is %s of %v, want %s", i, s.Name, s.EndTime.Sub(s.StartTime), phase)
		}
	}
	var attributes []string
	for _, a := range request.Attributes {
		attributes = append(attributes, fmt.Sprintf("%s=%v", a.Key, a.Value.AsInterface()))
	}
	slices.Sort(attributes)
	want := "http.request.method=POST http.response.status_code=200 http.route=/v1/score " +
		"reviewlens.model=0123456789ab reviewlens.texts=2 reviewlens.tokens=20 reviewlens.windows=3"
	if got := strings.Join(attributes, " "); got != want {
		t.Errorf("attributes are %s, want %s", got, want)
	}
	if strings.Contains(fmt.Sprint(got), "secret") {
		t.Error("spans hold what the client sent")
	}
}

func TestBrokenOff(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	tracer := open(resource.Empty(), sdk.WithSyncer(spans))
	func() {
		defer func() {
			if p := recover(); p != http.ErrAbortHandler {
				t.Errorf("the panic became %v", p)
			}
		}()
		tracer.Handler(http.HandlerFunc(
			func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })).
			ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("STEAL", "/", nil))
	}()
	if got := spans.GetSpans(); len(got) != 1 || got[0].Status.Code != codes.Error ||
		got[0].Name != "_OTHER" {
		t.Errorf("spans are %+v", got)
	}
}

func TestXRay(t *testing.T) {
	for _, tt := range []struct{ header, trace, span string }{
		{"Root=1-67000000-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1",
			"670000000123456789abcdef01234567", "0123456789abcdef"},
		{"Root=1-67000000-0123456789abcdef01234567; Parent=0123456789abcdef; Sampled=1; " +
			"Lineage=1:2:3", "670000000123456789abcdef01234567", "0123456789abcdef"},
		{"Root=1-67000000-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0", "", ""},
		{"Root=1-67000000-0123456789abcdef01234567", "", ""},
		{"Root=2-67000000-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1", "", ""},
		{"Root=1-67000000;Parent=0123456789abcdef;Sampled=1", "", ""},
		{"Root=1-67000000-0123456789abcdef01234567;Parent=xyz;Sampled=1", "", ""},
		{"", "", ""},
	} {
		spans := tracetest.NewInMemoryExporter()
		//lint:ignore SA1029 the key that Lambda's library sets
		ctx := context.WithValue(t.Context(), "x-amzn-trace-id", tt.header)
		open(resource.Empty(), sdk.WithSyncer(spans)).Handler(http.HandlerFunc(work)).
			ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/v1/score", nil).
				WithContext(ctx))
		request := spans.GetSpans()[3]
		if tt.trace == "" {
			if request.Parent.IsValid() {
				t.Errorf("%q gives the parent %v, want none", tt.header, request.Parent.SpanID())
			}
		} else if request.SpanContext.TraceID().String() != tt.trace ||
			request.Parent.SpanID().String() != tt.span {
			t.Errorf("%q gives trace %v, parent %v", tt.header, request.SpanContext.TraceID(),
				request.Parent.SpanID())
		}
	}
}

// A collector can read what is sent.
func TestSent(t *testing.T) {
	received := make(chan *collector.ExportTraceServiceRequest, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		request := new(collector.ExportTraceServiceRequest)
		if err := proto.Unmarshal(body, request); err != nil || r.URL.Path != "/v1/traces" ||
			r.Header.Get("Authorization") != "secret" {
			t.Errorf("%s: %v, %v", r.URL.Path, r.Header, err)
		}
		received <- request
	}))
	defer server.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=secret")
	t.Setenv("OTEL_SERVICE_NAME", "mine")
	tracer, err := Open(t.Context(), slog.Default())
	if err != nil {
		t.Fatal(err)
	}
	tracer.Handler(http.HandlerFunc(work)).
		ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/v1/score", nil))
	tracer.Flush(t.Context())
	request := <-received
	spans := request.ResourceSpans[0]
	if len(spans.ScopeSpans[0].Spans) != 4 || !strings.Contains(spans.Resource.String(), `"mine"`) {
		t.Errorf("the collector got %v", request)
	}
	if err := tracer.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
