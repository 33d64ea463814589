// Package api serves Reviewlens as one http.Handler: the page's files and the scoring service. A
// local server, a Lambda function and a container host the same handler.
//
// POST /v1/score accepts a frame of token IDs (tokenizer/batch) and returns a frame of scores; or
// JSON {"texts": [...]} or text/plain, one review per line, and returns wire.ScoreResponse; or a
// file (CSV, JSON lines) and returns the file with three more columns. A text that cannot be scored
// has an error in its place; any other mistake refuses the whole request, as
// application/problem+json, before the model runs. Limits (wire.Limits, reported by /v1/config) are
// checked before memory is allocated for what they bound. Neither texts nor token IDs are logged.
//
// It is one package because every route is a method of Handler, and shares its admission, its
// authentication and its one place that writes errors.
package api

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"

	"reviewlens/api/admission"
	"reviewlens/api/history"
	"reviewlens/api/jobs"
	"reviewlens/api/model"
	"reviewlens/api/scoring"
	"reviewlens/api/trial"
	"reviewlens/api/wire"
)

// Options configures New.
type Options struct {
	// /readyz reports whether there is one; scoring.SingleModel wraps an engine that is never
	// replaced
	Models scoring.Models
	Site   fs.FS        // the page's files, each with a .br next to it if compression pays off
	Log    *slog.Logger // nil: slog.Default()
	Keys   Keys         // accepted API keys; nil: no authentication, if Subject is nil too
	SignIn *wire.SignIn // the identity provider that pages use; nil: none
	File   int64        // maximum bytes of a body that is a file; 0: Limits.Bytes
	// the process's memory limit in bytes; 0: from GOMEMLIMIT or its control group
	Memory  int64
	Rate    float64       // texts per second of each owner; 0: no limit
	History history.Store // nil: runs are not kept, and there are no routes for them
	Price   float64       // US dollars per 1,000 tokens, for the estimate that the page shows

	// Subject verifies a token of SignIn's provider and returns its subject. It is nil where an
	// authorizer in front of the handler has done so.
	Subject func(ctx context.Context, token string) (string, error)

	Jobs    jobs.Service // nil: none
	Origins []string     // other origins whose pages may send requests (ParseOrigins)
	Hosts   Hosts        // host names that requests may use; nil: any (ParseHosts)

	// AnyOrigin accepts requests from pages of every origin: for a public host whose gateway
	// decides which pages may read responses (Lambda).
	AnyOrigin bool

	// Budget, if not nil, returns the bounds on the response to a request.
	Budget func(*http.Request) Budget

	SageMaker bool // serve SageMaker's container protocol, without authentication, and nothing else
}

// Handler serves the page and the API.
type Handler struct {
	models     scoring.Models
	jobModels  scoring.Models // the same models, but work waits for its owner's rate
	fileBytes  int64
	price      float64
	auth       authenticator
	signIn     *wire.SignIn
	budget     func(*http.Request) Budget
	jobs       jobs.Service
	replays    replays
	admission  *admission.Controller
	rates      *admission.Rates
	throughput *admission.Throughput
	stop       chan struct{} // closed by Drain
	history    history.Store
	trials     *trial.Runner // nil: no store, so no trials
	http       http.Handler
}

// New returns a Handler. The models must outlive it.
func New(o Options) *Handler {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.File == 0 {
		o.File = int64(Limits.Bytes)
	}
	h := &Handler{
		fileBytes: o.File, price: o.Price, auth: authenticator{o.Keys, o.Subject}, signIn: o.SignIn, budget: o.Budget,
		jobs: o.Jobs, history: o.History, rates: admission.NewRates(o.Rate), throughput: admission.NewThroughput(o.Models),
		stop: make(chan struct{}),
	}
	h.trials, _ = o.Models.(*trial.Runner)
	limits := admission.Limits{Running: maxRequests}
	if o.Memory > 0 {
		limits.Memory = admission.Budget(o.Memory)
	}
	h.admission = admission.New(limits, h.throughput)
	m := newMetrics(o.Models, h.admission.Usage)
	accounted := accountedModels{Models: o.Models, metrics: m, throughput: h.throughput, rates: h.rates}
	h.models = accounted
	accounted.wait = true
	h.jobModels = accounted

	mux := http.NewServeMux()
	var dropIns map[string]failer
	if o.SageMaker {
		dropIns = h.mountSageMaker(mux)
	} else {
		h.mountService(mux, m)
		dropIns = h.mountDropIns(mux)
		mux.Handle("/", newSite(o.Site))
	}
	handler := requireReadable(withRun(mux))
	if !o.AnyOrigin {
		handler = sameOrigin(o.Origins, handler)
	}
	handler = requireHost(o.Hosts, cors(o.Origins, handler))
	h.http = withFailers(dropIns, observe(o.Log, m, secure(policyFor(o.SignIn), handler)))
	return h
}

// mountService adds the routes of the service to mux.
func (h *Handler) mountService(mux *http.ServeMux, m *metrics) {
	methods := map[string][]string{}
	for _, r := range h.routes(m) {
		r.handle = requireParameters(queryParameters[r.method+" "+r.path], r.handle)
		if r.method == "PUT" || r.method == "PATCH" || r.method == "DELETE" {
			r.handle = refuseConditions(r.handle)
		}
		if r.guarded {
			r.handle = h.auth.require(r.handle)
		}
		mux.HandleFunc(r.method+" "+r.path, r.handle)
		methods[r.path] = append(methods[r.path], r.method)
	}
	for path, allowed := range methods {
		mux.HandleFunc(path, notAllowed(allowed...))
	}
	mux.HandleFunc("/v1/", notFound)
}

// route is a route of the service; every other path is a file of the page.
type route struct {
	method, path string
	guarded      bool // requires authentication, where that is configured
	handle       http.HandlerFunc
}

// routes lists all routes. A test compares them with openapi.json.
func (h *Handler) routes(m *metrics) []route {
	return append([]route{
		{"POST", "/v1/score", true, h.withAdmission(h.idempotent(h.score))},
		{"POST", "/v1/report", true, h.withAdmission(h.idempotent(h.report))},
		{"POST", "/v1/jobs", true, answer(h.withJobs(h.withUpload(h.createJob)))},
		{"GET", "/v1/jobs", true, answer(h.withJobs(h.listJobs))},
		{"GET", "/v1/jobs/{id}", true, answer(h.withJobs(h.job))},
		{"DELETE", "/v1/jobs/{id}", true, answer(h.withJobs(h.deleteJob))},
		{"GET", "/v1/jobs/{id}/result", true, answer(h.withJobs(h.jobPart(jobs.Annotated)))},
		{"GET", "/v1/jobs/{id}/report", true, answer(h.withJobs(h.jobPart(jobs.Report)))},
		{"GET", "/v1/config", false, h.config},
		{"GET", "/v1/model", false, h.auth.identify(h.manifest)},
		{"GET", "/v1/models", false, h.list},
		{"GET", "/v1/models/{id}", false, h.auth.identify(h.modelManifest)},
		{"GET", "/v1/models/{id}/tokenizer", false, h.auth.identify(h.tokenizer)},
		{"GET", "/v1/models/{id}/model", true, h.onnx},
		{"GET", "/v1/models/{id}/aspects", true, h.aspects},
		{"GET", "/v1/trials", true, answer(h.listTrials)},
		{"POST", "/v1/corrections", true, h.withAdmission(h.correct)},
		{"GET", "/healthz", false, h.health},
		{"GET", "/readyz", false, h.readiness},
		{"GET", "/metrics", true, m.handler().ServeHTTP},
		{"GET", "/openapi.json", false, openapi},
	}, h.runRoutes()...)
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.http.ServeHTTP(w, r) }

// Models returns the handler's models for work that outlives requests: the work is counted in the
// same metrics, and waits for its owner's rate.
func (h *Handler) Models() scoring.Models { return h.jobModels }

// answer adapts a handler that returns an error.
func answer(handle func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := handle(w, r); err != nil {
			fail(w, r, err)
		}
	}
}

// Drain makes /readyz, and /ping of a SageMaker container, report that the server is stopping. It
// is for open connections: a server that is shut down accepts no new ones.
func (h *Handler) Drain() { close(h.stop) }

// health reports that the process is alive. readiness also requires a model that passed its
// self-test, and that the server is not draining.
func (h *Handler) health(w http.ResponseWriter, r *http.Request) {
	sendJSON(w, r, map[string]string{"status": "ok"})
}

func (h *Handler) readiness(w http.ResponseWriter, r *http.Request) {
	if err := h.ready(); err != nil {
		fail(w, r, err)
		return
	}
	h.withModel(w, r, "", func(m *model.Model) {
		sendJSON(w, r, map[string]string{"status": "ready", "model": m.Manifest.ID})
	})
}

func (h *Handler) config(w http.ResponseWriter, r *http.Request) {
	auth, limits := "none", Limits
	switch {
	case h.signIn != nil:
		auth = "oidc"
	case len(h.auth.keys) > 0:
		auth = "key"
	}
	limits.File = h.fileBytes
	config := wire.Config{Auth: auth, SignIn: h.signIn, Limits: limits}
	config.History, config.Corrections = h.history != nil, h.trials.Corrections()
	if ids := h.models.IDs(); len(ids) > 1 {
		config.Models = ids
	}
	if speed := h.throughput.Speed(r.Context()); speed > 0 {
		config.Cost = &wire.Cost{Seconds: 1000 / speed, Price: h.price}
	}
	if h.jobs != nil {
		limits := h.jobs.Limits()
		config.Jobs = &limits
	}
	sendJSON(w, r, config)
}

// withModel calls do with the model of an ID ("" is the current one), or writes the error. The
// engine is released before do runs, so that a slow client does not keep it open.
func (h *Handler) withModel(w http.ResponseWriter, r *http.Request, id string,
	do func(m *model.Model)) {
	e, release, err := h.models.Acquire(r.Context(), id)
	if err != nil {
		fail(w, r, err)
		return
	}
	m := e.Model()
	release()
	do(m)
}

// manifest sends the manifest of the model that a request of this owner or run would get.
func (h *Handler) manifest(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Authorization, X-Api-Key, "+runHeader)
	h.withModel(w, r, "", func(m *model.Model) {
		serve(w, r, wire.TypeJSON, m.Manifest.ID, "no-cache", m.ManifestJSON)
	})
}

// modelManifest sends the manifest of a model by its ID, which is a hash of it.
func (h *Handler) modelManifest(w http.ResponseWriter, r *http.Request) {
	h.withModel(w, r, r.PathValue("id"), func(m *model.Model) {
		serve(w, r, wire.TypeJSON, m.Manifest.ID, immutable, m.ManifestJSON)
	})
}

func (h *Handler) list(w http.ResponseWriter, r *http.Request) {
	sendJSON(w, r, wire.Models{Models: h.models.IDs()})
}

// tokenizer sends the vocabulary, or the tokenizer.json of a model that accepts texts only. A
// model's ID is a hash that covers it, so the response may be cached forever.
func (h *Handler) tokenizer(w http.ResponseWriter, r *http.Request) {
	h.withModel(w, r, r.PathValue("id"), func(m *model.Model) {
		contentType := "text/plain; charset=utf-8"
		if m.Tokenizer == nil {
			contentType = wire.TypeJSON
		}
		serve(w, r, contentType, m.Manifest.Tokenizer.SHA256, immutable, m.Vocab)
	})
}

// onnx sends the model itself, for scoring in the browser.
func (h *Handler) onnx(w http.ResponseWriter, r *http.Request) {
	h.withModel(w, r, r.PathValue("id"), func(m *model.Model) {
		if len(m.ONNX) == 0 { // released after loading, as for models of a store
			fail(w, r, &wire.Error{Code: wire.NotFound, Detail: "This server does not hand out its model."})
			return
		}
		tag := m.Manifest.ID + "-model" // the ID is a hash that covers the file
		serve(w, r, "application/octet-stream", tag, h.cacheControl(), m.ONNX)
	})
}

// aspects sends the file of the aspect model, which is incomplete without the model itself.
func (h *Handler) aspects(w http.ResponseWriter, r *http.Request) {
	h.withModel(w, r, r.PathValue("id"), func(m *model.Model) {
		if m.Aspects == nil || len(m.ONNX) == 0 {
			fail(w, r, &wire.Error{Code: wire.NotFound, Detail: "This server hands out no aspect " +
				"model: the model has none, or is not handed out itself."})
			return
		}
		tag := m.Manifest.ID + "-aspects" // the ID is a hash that covers the file
		serve(w, r, "application/octet-stream", tag, h.cacheControl(), m.Aspects.File)
	})
}

// cacheControl returns the Cache-Control of immutable content: private if keys are required, since
// a shared cache must not serve it to others.
func (h *Handler) cacheControl() string {
	if h.auth.open() {
		return immutable
	}
	return "private, max-age=31536000, immutable"
}
