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

// compatHost is the handler as the drop-ins see it.
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

// withFailers has errors at and below the paths of drop-ins written by their failers, those of
// requests that are refused before they reach one as well: its clients read no other form.
func withFailers(dropIns map[string]failer, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for path, f := range dropIns {
			below := strings.TrimSuffix(path, "/") + "/"
			if r.URL.Path == path || strings.HasPrefix(r.URL.Path, below) {
				r = r.WithContext(context.WithValue(r.Context(), failerKey{}, f))
				break
			}
		}
		next.ServeHTTP(w, r)
	})
}

// mountDropIns adds the protocols of other services, and returns who writes the errors of each.
// Without the slash at the end an address works too: clients post to what they are given, and do
// not follow redirects.
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

// mountSageMaker adds the two routes of a SageMaker container. They ask for no key, and the port is
// open to the network of the endpoint, so there is nothing else.
func (h *Handler) mountSageMaker(mux *http.ServeMux) map[string]failer {
	s := sagemaker.New(h.compatHost())
	mux.HandleFunc("GET /ping", s.Ping)
	mux.HandleFunc("POST /invocations", s.Invocations)
	mux.HandleFunc("/ping", notAllowed("GET"))
	mux.HandleFunc("/invocations", notAllowed("POST"))
	mux.HandleFunc("/", notFound)
	return map[string]failer{"/": s}
}

// ready says why the server should get no requests, if so.
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
