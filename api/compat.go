package api

import (
	"context"
	"net/http"
	"strings"

	"reviewlens/api/admission"
	"reviewlens/api/compat"
	"reviewlens/api/compat/comprehend"
	"reviewlens/api/compat/huggingface"
	"reviewlens/api/compat/sagemaker"
	"reviewlens/api/compat/tei"
	"reviewlens/api/wire"
)

// compatHost returns the handler's interface for the drop-ins.
func (h *Handler) compatHost() *compat.Host {
	host := &compat.Host{
		Models: h.models, Limits: Limits, Requests: maxRequests,
		Ready: h.ready, Admit: h.admit, Explain: explain,
		Body: func(w http.ResponseWriter, r *http.Request) ([]byte, error) {
			body, err := readBody(w, r, receive(w, r))
			if err != nil {
				return nil, err
			}
			return body, start(r, admission.TextsMemory(int64(len(body))), false)
		},
	}
	if !h.auth.open() {
		host.Owner = h.auth.owner
	}
	return host
}

// failer writes errors in the form of a protocol.
type failer interface {
	Fail(w http.ResponseWriter, r *http.Request, err error)
}

type failerKey struct{}

// withFailers lets the failers of drop-ins write the errors at and below their paths, including
// those of requests that are refused before they reach one: their clients parse no other format.
func withFailers(dropIns map[string]failer, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for path, f := range dropIns {
			if r.URL.Path == path || strings.HasPrefix(r.URL.Path, path+"/") {
				r = r.WithContext(context.WithValue(r.Context(), failerKey{}, f))
				break
			}
		}
		next.ServeHTTP(w, r)
	})
}

// mountDropIns adds the protocols of other services and returns the writer of errors for each.
// Addresses work with and without a final slash: clients post to the given one and do not follow
// redirects.
func (h *Handler) mountDropIns(mux *http.ServeMux) map[string]failer {
	host := h.compatHost()
	aws, hf, stars := comprehend.New(host), huggingface.New(host), huggingface.NewStars(host)
	for path, handler := range map[string]http.Handler{
		"/compat/comprehend": aws, "/compat/hf": hf, "/compat/hf/stars": stars,
	} {
		mux.Handle(path, handler)
		mux.Handle(path+"/{$}", handler)
	}
	embeddings := tei.New(host, "/compat/tei")
	mux.Handle("/compat/tei/", embeddings)
	mux.HandleFunc("/compat/", notFound)
	return map[string]failer{"/compat/comprehend": aws, "/compat/hf": hf, "/compat/tei": embeddings}
}

// mountSageMaker adds the two routes of a SageMaker container. They require no key, and the port is
// open to the endpoint's network, so no other routes are added.
func (h *Handler) mountSageMaker(mux *http.ServeMux) map[string]failer {
	s := sagemaker.New(h.compatHost())
	mux.HandleFunc("GET /ping", s.Ping)
	mux.HandleFunc("POST /invocations", s.Invocations)
	mux.HandleFunc("/ping", notAllowed("GET"))
	mux.HandleFunc("/invocations", notAllowed("POST"))
	mux.HandleFunc("/", notFound)
	return map[string]failer{"/invocations": s}
}

// ready returns an error if the server should receive no requests.
func (h *Handler) ready() error {
	select {
	case <-h.stop:
		return &wire.Error{Code: wire.NotReady, Detail: "The server is stopping."}
	default:
	}
	_, release, err := h.models.Acquire(context.Background(), "")
	if err == nil {
		release()
	}
	return err
}
