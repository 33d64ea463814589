// Package api is Reviewlens as one http.Handler: the page's files and the scoring service. A local server,
// a Lambda and a container host the same handler.
//
// POST /v1/score takes a frame of token IDs (tokenizer/batch) and answers a frame of scores; or JSON
// {"texts": [...]} or text/plain, a review a line, and answers wire.ScoreResponse; or a file (CSV, JSON lines) and answers the
// file with three columns more. A text that cannot be scored is an error in its
// place; everything else that is wrong refuses the request whole, as application/problem+json, before the
// model has run. Limits (wire.Limits, told by /v1/config) are checked before memory is spent on what they
// bound. Neither texts nor token IDs are logged.
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
	"reviewlens/api/wire"
)

// Options of New.
type Options struct {
	Models  scoring.Models // /readyz says whether there is one; scoring.Only for an engine that is never replaced
	Site    fs.FS          // the page's files, with a .br beside each that is worth it
	Log     *slog.Logger   // nil: slog.Default()
	Keys    Keys           // who may score; nil: everyone, if Subject is nil too
	SignIn  *wire.SignIn   // where people sign in; nil: nowhere
	File    int64          // most bytes of a body that is a file; 0: as of any other, Limits.Bytes
	Memory  int64          // bytes that the process may take; 0: as GOMEMLIMIT or its control group says
	Rate    float64        // texts a second of each owner; 0: no bound
	History history.Store  // runs that are kept; nil: none, and no routes for them
	Price   float64        // of 1,000 tokens in US dollars, for the estimate that a page shows

	// Subject says whose a token of SignIn's provider is. Nil where an authorizer before the handler has said so already.
	Subject func(ctx context.Context, token string) (string, error)

	Jobs    jobs.Service // nil: none
	Origins []string     // of pages elsewhere that may ask (ParseOrigins)
	Hosts   Hosts        // names that requests may be for; nil: any (ParseHosts)

	// AnyOrigin lets pages of every origin send requests: for a host that everyone reaches anyway,
	// whose gateway decides which pages may read answers (Lambda).
	AnyOrigin bool

	// Budget, if any, says what the answer to a request may take.
	Budget func(*http.Request) Budget

	SageMaker bool // answer what SageMaker asks of a container, without keys, and nothing else
}

// Handler serves everything.
type Handler struct {
	models     scoring.Models
	waiting    scoring.Models // the same; work waits for its owner's rate
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
	http       http.Handler
}

// New makes the handler. The models must outlive it.
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
	limits := admission.Limits{Running: maxRequests}
	if o.Memory > 0 {
		limits.Memory = admission.Budget(o.Memory)
	}
	h.admission = admission.New(limits, h.throughput)
	m := newMetrics(o.Models, h.admission.Usage)
	accounted := accountedModels{Models: o.Models, metrics: m, throughput: h.throughput, rates: h.rates}
	h.models = accounted
	accounted.wait = true
	h.waiting = accounted

	mux := http.NewServeMux()
	if o.SageMaker {
		h.mountSageMaker(mux)
	} else {
		h.mountAll(mux, m, o.Site)
	}
	handler := requireReadable(mux)
	if !o.AnyOrigin {
		handler = sameOrigin(o.Origins, handler)
	}
	handler = requireHost(o.Hosts, cors(o.Origins, handler))
	h.http = observe(o.Log, m, secure(policyFor(o.SignIn), handler))
	return h
}

// mountAll adds the service, the drop-ins and the page.
func (h *Handler) mountAll(mux *http.ServeMux, m *metrics, page fs.FS) {
	methods := map[string][]string{}
	for _, r := range h.routes(m) {
		r.handle = requireParameters(queryParameters[r.method+" "+r.path], r.handle)
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
	h.mountDropIns(mux)
	mux.Handle("/", newSite(page))
}

// route is one of the service's; the page's files are everything else.
type route struct {
	method, path string
	guarded      bool // it wants an API key where there are any
	handle       http.HandlerFunc
}

// routes lists them all. openapi.json describes each, and a test compares.
func (h *Handler) routes(m *metrics) []route {
	return append([]route{
		{"POST", "/v1/score", true, h.enter(h.idempotent(h.score))},
		{"POST", "/v1/report", true, h.enter(h.idempotent(h.report))},
		{"POST", "/v1/jobs", true, answer(h.withJobs(h.arrive(h.createJob)))},
		{"GET", "/v1/jobs/{id}", true, answer(h.withJobs(h.job))},
		{"DELETE", "/v1/jobs/{id}", true, answer(h.withJobs(h.deleteJob))},
		{"GET", "/v1/jobs/{id}/result", true, answer(h.withJobs(h.jobPart(jobs.Annotated)))},
		{"GET", "/v1/jobs/{id}/report", true, answer(h.withJobs(h.jobPart(jobs.Report)))},
		{"GET", "/v1/config", false, h.config},
		{"GET", "/v1/model", false, h.manifest},
		{"GET", "/v1/models", false, h.list},
		{"GET", "/v1/models/{id}/tokenizer", false, h.tokenizer},
		{"GET", "/v1/models/{id}/model", true, h.onnx},
		{"GET", "/healthz", false, h.health},
		{"GET", "/readyz", false, h.readiness},
		{"GET", "/metrics", true, m.handler().ServeHTTP},
		{"GET", "/openapi.json", false, openapi},
	}, h.runRoutes()...)
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.http.ServeHTTP(w, r) }

// Models are those of the handler, for work that outlives requests: it is counted as theirs is, and waits for its owner's rate.
func (h *Handler) Models() scoring.Models { return h.waiting }

// answer writes the error of a handler, if there is one.
func answer(handle func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := handle(w, r); err != nil {
			fail(w, r, err)
		}
	}
}

// Drain makes /readyz say not ready, so that a balancer sends no more before the server stops.
func (h *Handler) Drain() { close(h.stop) }

// health: the process answers. readiness: it also has a model that passed its self-test, and means to stay.
func (h *Handler) health(w http.ResponseWriter, r *http.Request) {
	sendJSON(w, r, map[string]string{"status": "ok"})
}

func (h *Handler) readiness(w http.ResponseWriter, r *http.Request) {
	if err := h.ready(); err != nil {
		fail(w, r, err)
		return
	}
	h.with(w, r, "", func(m *model.Model) {
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
	config.History = h.history != nil
	if speed := h.throughput.Speed(r.Context()); speed > 0 {
		config.Cost = &wire.Cost{Seconds: 1000 / speed, Price: h.price}
	}
	if h.jobs != nil {
		limits := h.jobs.Limits()
		config.Jobs = &limits
	}
	sendJSON(w, r, config)
}

// with hands over a model, the current one for "", or answers why there is none.
func (h *Handler) with(w http.ResponseWriter, r *http.Request, id string, do func(m *model.Model)) {
	e, release, err := h.models.Acquire(id)
	if err != nil {
		fail(w, r, err)
		return
	}
	defer release()
	do(e.Model())
}

func (h *Handler) manifest(w http.ResponseWriter, r *http.Request) {
	h.with(w, r, "", func(m *model.Model) {
		serve(w, r, wire.TypeJSON, m.Manifest.ID, "no-cache", m.ManifestJSON)
	})
}

func (h *Handler) list(w http.ResponseWriter, r *http.Request) {
	sendJSON(w, r, wire.Models{Models: h.models.IDs()})
}

// tokenizer gives the vocabulary, or the tokenizer.json of a model that takes texts only. A model's id covers it, so it may be kept for ever.
func (h *Handler) tokenizer(w http.ResponseWriter, r *http.Request) {
	h.with(w, r, r.PathValue("id"), func(m *model.Model) {
		contentType := "text/plain; charset=utf-8"
		if m.Tokenizer == nil {
			contentType = wire.TypeJSON
		}
		serve(w, r, contentType, m.Manifest.Tokenizer.SHA256, immutable, m.Vocab)
	})
}

// onnx gives the model itself, to those who score on their own device.
func (h *Handler) onnx(w http.ResponseWriter, r *http.Request) {
	h.with(w, r, r.PathValue("id"), func(m *model.Model) {
		if len(m.ONNX) == 0 { // let go when it was built, as models of a store are
			fail(w, r, &wire.Error{Code: wire.NotFound, Detail: "This server does not hand out its model."})
			return
		}
		tag := m.Manifest.ID + "-model" // the id covers the file
		serve(w, r, "application/octet-stream", tag, immutable, m.ONNX)
	})
}
