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
	"io/fs"
	"log/slog"
	"net/http"

	"reviewlens/api/model"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
)

// Limits of one request. 6 MB is what AWS Lambda takes; 262,144 tokens are 2,900 reviews of 90, some 20
// seconds of two cores: a request that takes longer should have been two, and meet a progress bar.
var Limits = wire.Limits{Bytes: 6 << 20, Texts: 4096, Tokens: 1 << 18}

// maxRequests bounds the score requests that are read, waiting or running, and with them memory: the next is
// told to come back. 64 of full size hold some 700 MB; those of the page (16 K tokens) 20.
const maxRequests = 64

// Options of New.
type Options struct {
	Models scoring.Models // /readyz says whether there is one; scoring.Only for an engine that is never replaced
	Site   fs.FS          // the page's files, with a .br beside each that is worth it
	Log    *slog.Logger   // nil: slog.Default()
	Keys   Keys           // who may score; nil: everyone
	File   int64          // most bytes of a body that is a file; 0: as of any other, Limits.Bytes
}

// Handler serves everything.
type Handler struct {
	models    scoring.Models
	fileBytes int64
	keys      Keys
	slots     chan struct{} // a token for each score request in the house
	stop      chan struct{} // closed by Drain
	http      http.Handler
}

// New makes the handler. The models must outlive it.
func New(o Options) *Handler {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.File == 0 {
		o.File = int64(Limits.Bytes)
	}
	h := &Handler{models: o.Models, fileBytes: o.File, keys: o.Keys, slots: make(chan struct{}, maxRequests), stop: make(chan struct{})}

	m := newMetrics(o.Models, func() int { return len(h.slots) })
	h.models = metered{o.Models, m}

	mux := http.NewServeMux()
	route := func(method, path string, handle http.HandlerFunc) {
		mux.HandleFunc(method+" "+path, handle)
		mux.HandleFunc(path, notAllowed(method))
	}
	route("POST", "/v1/score", o.Keys.guard(h.score))
	route("GET", "/v1/config", h.config)
	route("GET", "/v1/model", h.manifest)
	route("GET", "/v1/models", h.list)
	route("GET", "/v1/models/{id}/tokenizer", h.tokenizer)
	route("GET", "/healthz", h.health)
	route("GET", "/readyz", h.readiness)
	route("GET", "/metrics", o.Keys.guard(m.handler().ServeHTTP))
	mux.HandleFunc("/v1/", notFound)
	mux.Handle("/", newSite(o.Site))

	h.http = observe(o.Log, m, secure(mux))
	return h
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.http.ServeHTTP(w, r) }

// Drain makes /readyz say not ready, so that a balancer sends no more before the server stops.
func (h *Handler) Drain() { close(h.stop) }

// health: the process answers. readiness: it also has a model that passed its self-test, and means to stay.
func (h *Handler) health(w http.ResponseWriter, r *http.Request) {
	sendJSON(w, r, map[string]string{"status": "ok"})
}

func (h *Handler) readiness(w http.ResponseWriter, r *http.Request) {
	select {
	case <-h.stop:
		fail(w, r, &wire.Error{Code: wire.NotReady, Detail: "The server is stopping."})
	default:
		h.with(w, r, "", func(m *model.Model) {
			sendJSON(w, r, map[string]string{"status": "ready", "model": m.Manifest.ID})
		})
	}
}

func (h *Handler) config(w http.ResponseWriter, r *http.Request) {
	auth, limits := "none", Limits
	if len(h.keys) > 0 {
		auth = "key"
	}
	limits.File = h.fileBytes
	sendJSON(w, r, wire.Config{Auth: auth, Limits: limits})
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

// tokenizer gives the vocabulary. A model's id covers it, so it may be kept for ever.
func (h *Handler) tokenizer(w http.ResponseWriter, r *http.Request) {
	h.with(w, r, r.PathValue("id"), func(m *model.Model) {
		serve(w, r, "text/plain; charset=utf-8", m.Manifest.Tokenizer.SHA256, immutable, m.Vocab)
	})
}
