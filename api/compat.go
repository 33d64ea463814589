package api

import (
	"context"
	"net/http"

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

// mountDropIns adds the protocols of other services. Without the slash at the end an address works
// too: clients post to what they are given, and do not follow redirects.
func (h *Handler) mountDropIns(mux *http.ServeMux) {
	host := h.compatHost()
	for path, handler := range map[string]http.Handler{
		"/compat/comprehend": comprehend.New(host),
		"/compat/hf":         huggingface.New(host),
		"/compat/hf/stars":   huggingface.NewStars(host),
	} {
		mux.Handle(path, handler)
		mux.Handle(path+"/{$}", handler)
	}
	mux.Handle("/compat/tei/", tei.New(host, "/compat/tei"))
	mux.HandleFunc("/compat/", notFound)
}

// mountSageMaker adds the two routes of a SageMaker container. They ask for no key, and the port is
// open to the network of the endpoint, so there is nothing else.
func (h *Handler) mountSageMaker(mux *http.ServeMux) {
	s := sagemaker.New(h.compatHost())
	mux.HandleFunc("GET /ping", s.Ping)
	mux.HandleFunc("POST /invocations", s.Invocations)
	mux.HandleFunc("/ping", notAllowed("GET"))
	mux.HandleFunc("/invocations", notAllowed("POST"))
	mux.HandleFunc("/", notFound)
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
