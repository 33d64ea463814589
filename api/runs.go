package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"reviewlens/api/history"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
)

// runRoutes returns the routes of the history, if there is one. Runs belong to scoring.Owner.
func (h *Handler) runRoutes() []route {
	if h.history == nil {
		return nil
	}
	return []route{
		{"GET", "/v1/runs", true, h.runs(h.listRuns)},
		{"DELETE", "/v1/runs", true, h.runs(h.deleteRuns)},
		{"GET", "/v1/runs/{id}", true, h.runs(h.getRun)},
		{"PUT", "/v1/runs/{id}", true, h.runs(h.withRunUpload(h.putRun))},
		{"PATCH", "/v1/runs/{id}", true, h.runs(h.withRunUpload(h.renameRun))},
		{"DELETE", "/v1/runs/{id}", true, h.runs(h.deleteRun)},
	}
}

// runs adapts a handler of the history. It converts errors of the store that are the client's fault
// to a *wire.Error.
func (h *Handler) runs(
	handle func(w http.ResponseWriter, r *http.Request, owner string) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := handle(w, r, scoring.Owner(r.Context()))
		switch {
		case err == nil:
			return
		case errors.Is(err, history.ErrNotFound):
			err = &wire.Error{Code: wire.NotFound, Detail: "There is no run " +
				quote(r.PathValue("id")) + "."}
		case errors.Is(err, history.ErrUnreadable):
			log(r.Context()).Error("run not readable", "err", err)
			err = &wire.Error{Code: wire.Internal, Detail: "The run " + quote(r.PathValue("id")) +
				" is damaged on the server and cannot be read. Delete it; if it is still on a " +
				"device, keep it on the server again from there."}
		case errors.Is(err, history.ErrCursor):
			err = &wire.Error{Code: wire.BadParameter,
				Detail: "cursor should be the next of an earlier answer, as it is."}
		case errors.Is(err, history.ErrFull):
			log(r.Context()).Warn("history has no room", "err", err)
			err = &wire.Error{Code: wire.StorageFull,
				Detail: "The disk of the server's history is full. Try again once there is room " +
					"on it; deleting a run takes some as well."}
		case errors.Is(err, history.ErrQuota):
			detail := err.Error()
			err = &wire.Error{Code: wire.StorageFull,
				Detail: strings.ToUpper(detail[:1]) + detail[1:] +
					"; delete runs that are not needed."}
		case errors.Is(err, history.ErrBusy):
			log(r.Context()).Warn("history is busy", "err", err)
			err = &wire.Error{Code: wire.Overloaded,
				Detail: "The history is asked for too much; try again in " +
					"a moment.", RetryAfter: time.Second}
		case errors.Is(err, history.ErrInvalid):
			detail := err.Error()
			err = &wire.Error{Code: wire.BadJSON,
				Detail: strings.ToUpper(detail[:1]) + detail[1:] + "."}
		}
		fail(w, r, err)
	}
}

// withRunUpload admits a request whose body is stored.
func (h *Handler) withRunUpload(handle func(w http.ResponseWriter, r *http.Request,
	owner string) error) func(w http.ResponseWriter, r *http.Request, owner string) error {
	return func(w http.ResponseWriter, r *http.Request, owner string) error {
		return h.withUpload(func(w http.ResponseWriter, r *http.Request) error {
			return handle(w, r, owner)
		})(w, r)
	}
}

func (h *Handler) listRuns(w http.ResponseWriter, r *http.Request, owner string) error {
	query, limit := r.URL.Query(), history.MaxList
	if value := query.Get("limit"); query.Has("limit") {
		var err error
		if limit, err = strconv.Atoi(value); err != nil || limit < 1 || limit > history.MaxList {
			return &wire.Error{Code: wire.BadParameter,
				Detail: fmt.Sprintf("limit is %s; it should be a number from 1 to %d.",
					quote(value), history.MaxList)}
		}
	}
	list, next, err := h.history.List(r.Context(), owner, query.Get("cursor"), limit)
	if err != nil {
		return err
	}
	if list == nil {
		list = []wire.RunSummary{}
	}
	sendJSON(w, r, wire.Runs{Runs: list, Next: next})
	return nil
}

func (h *Handler) getRun(w http.ResponseWriter, r *http.Request, owner string) error {
	run, err := h.history.Get(r.Context(), owner, r.PathValue("id"))
	if err != nil {
		return err
	}
	sendJSON(w, r, run)
	return nil
}

func (h *Handler) putRun(w http.ResponseWriter, r *http.Request, owner string) error {
	var sent struct {
		wire.Run
		Trend []*float64 `json:"trend"` // null is no share, and not 0
	}
	if err := readRun(w, r, &sent); err != nil {
		return err
	}
	run := sent.Run
	for i, share := range sent.Trend {
		if share == nil {
			return &wire.Error{Code: wire.BadJSON,
				Detail: fmt.Sprintf("trend[%d] is null, want a share from 0 to 1.", i)}
		}
		run.Trend = append(run.Trend, *share)
	}
	if id := r.PathValue("id"); run.ID != id && run.ID != "" {
		return &wire.Error{Code: wire.BadJSON,
			Detail: fmt.Sprintf("The run's id is %s, but the address says %s.", quote(run.ID),
				quote(id))}
	}
	run.ID = r.PathValue("id")
	if err := h.history.Put(r.Context(), owner, run); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (h *Handler) renameRun(w http.ResponseWriter, r *http.Request, owner string) error {
	var to wire.Rename
	if err := readRun(w, r, &to); err != nil {
		return err
	}
	if err := h.history.Rename(r.Context(), owner, r.PathValue("id"), to.Name); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (h *Handler) deleteRun(w http.ResponseWriter, r *http.Request, owner string) error {
	if err := h.history.Delete(r.Context(), owner, r.PathValue("id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (h *Handler) deleteRuns(w http.ResponseWriter, r *http.Request, owner string) error {
	if err := h.history.DeleteAll(r.Context(), owner); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// maxRun limits the body of a run: its counts, and its summary in any encoding that JSON allows.
const maxRun = history.MaxBytes + 16<<10

// readRun decodes a JSON object and refuses unknown members, which would otherwise be stored
// unseen, and repeated ones, of which all but the last would be lost.
func readRun(w http.ResponseWriter, r *http.Request, v any) error {
	if r.ContentLength > maxRun {
		return tooLarge(maxRun)
	}
	from := receive(w, r)
	from.Bound(maxRun, bodyTime)
	body, err := io.ReadAll(http.MaxBytesReader(w, io.NopCloser(from), maxRun))
	if err != nil {
		return bodyError(r, err, maxRun)
	}
	if err := wire.CheckUTF8(body); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(withoutBOM(body)))
	d.DisallowUnknownFields()
	switch err := d.Decode(v); {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &wire.Error{Code: wire.BadJSON,
			Detail: fmt.Sprintf("The body is not JSON, at byte %d: it ends too early.", len(body))}
	case err != nil:
		at, what := d.InputOffset(), strings.TrimPrefix(err.Error(), "json: ")
		if typed, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			at, what = typed.Offset, wire.WrongType(typed, "it")
		}
		return &wire.Error{Code: wire.BadJSON,
			Detail: fmt.Sprintf("The body cannot be read, at byte %d: %s.", at, what)}
	}
	if _, err := d.Token(); err != io.EOF {
		return &wire.Error{Code: wire.BadJSON,
			Detail: fmt.Sprintf("Something follows the object, from byte %d on.", d.InputOffset())}
	}
	return wire.CheckMembers(body)
}
