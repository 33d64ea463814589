// Package telemetry sends where a request's time went (api/trace) to OpenTelemetry, over OTLP/HTTP, if the standard variables
// say where to: OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT. The exporter and the SDK read the others
// (headers, timeout, sampler, service name, resource attributes, batches) as their specification has them.
//
// A request is a span, its phases are spans below it: tokenize, queue, run. Attributes are the route, the status, the model's
// id and counts; never a text, a token ID or a path. Without an endpoint Open gives nil, and a nil Tracer adds nothing to a
// handler. It is the only package that imports OpenTelemetry.
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

// Tracer sends spans. A nil Tracer does nothing.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   api.Tracer
}

// Open makes the Tracer that the environment asks for, nil if it asks for none. What cannot be sent later is logged to log.
func Open(ctx context.Context, log *slog.Logger) (*Tracer, error) {
	if os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT")+os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" ||
		strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") || os.Getenv("OTEL_TRACES_EXPORTER") == "none" {
		return nil, nil
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"} {
		if p := os.Getenv(name); p != "" && p != "http/protobuf" {
			return nil, fmt.Errorf("%s is %q; spans are sent as http/protobuf", name, p)
		}
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("OpenTelemetry: %w", err)
	}
	about, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", "reviewlens")), resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("OpenTelemetry: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("spans not sent", "err", err) })) // the SDK has no other way
	return open(about, sdk.WithBatcher(exporter)), nil
}

func open(about *resource.Resource, to sdk.TracerProviderOption) *Tracer {
	p := sdk.NewTracerProvider(sdk.WithResource(about), to)
	return &Tracer{p, p.Tracer("reviewlens/api")}
}

// Flush sends what waits. A host that freezes between requests (Lambda) calls it before it does.
func (t *Tracer) Flush(ctx context.Context) {
	if t != nil {
		if err := t.provider.ForceFlush(ctx); err != nil {
			otel.Handle(err)
		}
	}
}

// Close sends what waits and ends.
func (t *Tracer) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}

// Handler makes spans of next's requests.
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

// end closes the request's span, with its phases below it.
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
		if _, path, ok := strings.Cut(route, " "); ok { // the router's pattern begins with the method
			route = path
		}
		span.SetName(method(r) + " " + route)
		span.SetAttributes(attribute.String("http.route", route), attribute.Int("http.response.status_code", status))
		if status >= 500 {
			span.SetStatus(codes.Error, "")
		}
	}
	if s := tr.Scores(); s.Model != "" {
		span.SetAttributes(append(counts(s.Texts, s.Windows, s.Tokens), attribute.String("reviewlens.model", s.Model))...)
	}
	span.End()
}

func counts(texts, windows, tokens int) (all []attribute.KeyValue) {
	for name, n := range map[string]int{"reviewlens.texts": texts, "reviewlens.windows": windows, "reviewlens.tokens": tokens} {
		if n > 0 {
			all = append(all, attribute.Int(name, n))
		}
	}
	return all
}

// method is the request's, if it is one that is known: clients may send any word.
func method(r *http.Request) string {
	if slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}, r.Method) {
		return r.Method
	}
	return "_OTHER"
}

// parent puts the span that the request belongs to into the context: the one that the sender names (W3C Trace Context), else
// Lambda's (X-Ray), else none. X-Ray's is followed only where it is sampled: Lambda gives every invocation a trace, and where
// X-Ray is off an unsampled one, which would silence a tracer that was asked to speak.
func parent(ctx context.Context, r *http.Request) context.Context {
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(r.Header))
	if api.SpanContextFromContext(ctx).IsValid() {
		return ctx
	}
	header, _ := ctx.Value("x-amzn-trace-id").(string) // of the invocation, as aws-lambda-go has it
	if header == "" {
		header = r.Header.Get("X-Amzn-Trace-Id") // of a load balancer or gateway before a server
	}
	if sc, ok := xray(header); ok && sc.IsSampled() {
		return api.ContextWithRemoteSpanContext(ctx, sc)
	}
	return ctx
}

// xray reads "Root=1-67000000-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1".
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

// FlushTimeout bounds Flush where a client waits for it.
const FlushTimeout = 300 * time.Millisecond
