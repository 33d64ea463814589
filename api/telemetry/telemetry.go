// Package telemetry exports the phases of requests (api/trace) to OpenTelemetry, over OTLP/HTTP, if
// the standard variables set an endpoint: OTEL_EXPORTER_OTLP_ENDPOINT or
// OTEL_EXPORTER_OTLP_TRACES_ENDPOINT. The exporter and the SDK read the other variables (headers,
// timeout, sampler, service name, resource attributes, batches) as specified.
//
// A request is a span, and its phases are child spans: tokenize, queue, run. Attributes are the
// route, the status, the model's ID and counts; never a text, a token ID or a path. Without an
// endpoint Open returns nil, and a nil Tracer adds nothing to a handler. This is the only package
// that imports OpenTelemetry.
package telemetry

import (
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"reviewlens/api/trace"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	api "go.opentelemetry.io/otel/trace"
)

// Tracer exports spans. A nil Tracer does nothing.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   api.Tracer
}

// Open returns the Tracer that the environment configures, nil if it configures none. Export errors
// are logged to log.
func Open(ctx context.Context, log *slog.Logger) (*Tracer, error) {
	if os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT")+
		os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" ||
		strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") ||
		os.Getenv("OTEL_TRACES_EXPORTER") == "none" {
		return nil, nil
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
		"OTEL_EXPORTER_OTLP_PROTOCOL"} {
		if p := os.Getenv(name); p != "" && p != "http/protobuf" {
			return nil, fmt.Errorf("%s is %q; spans are sent as http/protobuf", name, p)
		}
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("OpenTelemetry: %w", err)
	}
	about, err := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name",
			"reviewlens")), resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("OpenTelemetry: %w", err)
	}
	// the SDK offers only this global handler
	otel.SetErrorHandler(
		otel.ErrorHandlerFunc(func(err error) { log.Warn("spans not sent", "err", err) }))
	return open(about, sdk.WithBatcher(exporter)), nil
}

func open(about *resource.Resource, to sdk.TracerProviderOption) *Tracer {
	p := sdk.NewTracerProvider(sdk.WithResource(about), to)
	return &Tracer{p, p.Tracer("reviewlens/api")}
}

// Flush exports pending spans. A host that freezes between requests (Lambda) calls it before
// freezing.
func (t *Tracer) Flush(ctx context.Context) {
	if t != nil {
		if err := t.provider.ForceFlush(ctx); err != nil {
			otel.Handle(err)
		}
	}
}

// Close exports pending spans and stops.
func (t *Tracer) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}

// Handler creates spans for the requests of next.
func (t *Tracer) Handler(next http.Handler) http.Handler {
	if t == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tr := trace.From(r.Context())
		ctx := r.Context()
		if tr == nil {
			ctx, tr = trace.With(ctx)
		}
		ctx, span := t.tracer.Start(parent(ctx, r), method(r), api.WithSpanKind(api.SpanKindServer))
		defer t.end(ctx, span, r, tr)
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// end closes the request's span and adds its phases below it.
func (t *Tracer) end(ctx context.Context, span api.Span, r *http.Request, tr *trace.Trace) {
	if !span.IsRecording() {
		span.End()
		return
	}
	for _, s := range tr.Spans() {
		_, phase := t.tracer.Start(ctx, s.Phase, api.WithTimestamp(s.Begin))
		phase.SetAttributes(counts(s.Texts, s.Windows, s.Tokens)...)
		phase.End(api.WithTimestamp(s.End))
	}
	span.SetAttributes(attribute.String("http.request.method", method(r)))
	switch route, status := tr.Answer(); {
	case status == 0:
		span.SetStatus(codes.Error, "broken off")
	default:
		// the router's pattern begins with the method
		if _, path, ok := strings.Cut(route, " "); ok {
			route = path
		}
		span.SetName(method(r) + " " + route)
		span.SetAttributes(attribute.String("http.route", route),
			attribute.Int("http.response.status_code", status))
		if status >= 500 {
			span.SetStatus(codes.Error, "")
		}
	}
	if s := tr.Scores(); s.Model != "" {
		span.SetAttributes(append(counts(s.Texts, s.Windows, s.Tokens),
			attribute.String("reviewlens.model", s.Model))...)
	}
	span.End()
}

func counts(texts, windows, tokens int) (all []attribute.KeyValue) {
	for name, n := range map[string]int{"reviewlens.texts": texts, "reviewlens.windows": windows,
		"reviewlens.tokens": tokens} {
		if n > 0 {
			all = append(all, attribute.Int(name, n))
		}
	}
	return all
}

// method returns the request's method if it is a known one: clients may send any word.
func method(r *http.Request) string {
	if slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"},
		r.Method) {
		return r.Method
	}
	return "_OTHER"
}

// parent adds the parent of the request's span to the context: the one that the client names (W3C
// Trace Context), else Lambda's (X-Ray), else none. X-Ray's is used only if it is sampled: Lambda
// gives every invocation a trace, unsampled if X-Ray is off, which would silence a tracer that was
// configured to export.
func parent(ctx context.Context, r *http.Request) context.Context {
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(r.Header))
	if api.SpanContextFromContext(ctx).IsValid() {
		return ctx
	}
	header, _ := ctx.Value("x-amzn-trace-id").(string) // of the invocation, set by aws-lambda-go
	if header == "" {
		// of a load balancer or gateway in front of a server
		header = r.Header.Get("X-Amzn-Trace-Id")
	}
	if sc, ok := xray(header); ok && sc.IsSampled() {
		return api.ContextWithRemoteSpanContext(ctx, sc)
	}
	return ctx
}

// xray parses "Root=1-67000000-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1".
func xray(header string) (sc api.SpanContext, ok bool) {
	var c api.SpanContextConfig
	c.Remote = true
	for part := range strings.SplitSeq(header, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch key {
		case "Root":
			digits, found := strings.CutPrefix(value, "1-")
			id, err := hex.DecodeString(strings.Replace(digits, "-", "", 1))
			if !found || err != nil || len(id) != len(c.TraceID) {
				return sc, false
			}
			copy(c.TraceID[:], id)
		case "Parent":
			id, err := hex.DecodeString(value)
			if err != nil || len(id) != len(c.SpanID) {
				return sc, false
			}
			copy(c.SpanID[:], id)
		case "Sampled":
			if value == "1" {
				c.TraceFlags = api.FlagsSampled
			}
		}
	}
	sc = api.NewSpanContext(c)
	return sc, sc.IsValid()
}

// FlushTimeout bounds a Flush that a client waits for.
const FlushTimeout = 300 * time.Millisecond
