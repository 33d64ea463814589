package api

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"reviewlens/api/jobs"
	"reviewlens/api/scoring"
	"reviewlens/api/wire"
)

// createJob stores a file to be scored in the background, and returns where to poll for it. The
// jobs service bounds the disk that it takes.
func (h *Handler) createJob(w http.ResponseWriter, r *http.Request) error {
	if err := h.rates.Check(scoring.Owner(r.Context())); err != nil {
		return err
	}
	contentType, from, err := mediaType(w, r)
	if err != nil {
		return err
	}
	query := r.URL.Query()
	limit := h.jobs.Limits()
	size, err := uploadSize(query, limit)
	if err != nil {
		return err
	}
	if size == 0 && !isFile(contentType) && contentType != wire.TypeJSON {
		return unsupported(r, contentType, fmt.Sprintf("a job takes a file: %s, %s or a JSON "+
			"document. With curl, send it by --data-binary @file.", wire.TypeCSV,
			wire.TypeJSONLines))
	}
	key, err := idempotencyKey(r)
	if err != nil {
		return err
	}
	escapeFormulas, err := flag(query, "guard")
	if err != nil {
		return err
	}
	topics, err := flag(query, findTopics)
	if err != nil {
		return err
	}
	how, err := scoring.ParseQuery(query)
	if err != nil {
		return err
	}
	model := query.Get("model")
	if model != "" || topics {
		e, release, err := h.models.Acquire(r.Context(), model)
		if err != nil {
			return err
		}
		err = scoring.Extras{Topics: topics}.Check(e)
		release()
		if err != nil {
			return err
		}
	}
	if r.ContentLength > limit.Bytes {
		return tooLarge(limit.Bytes)
	}
	from.Bound(0, uploadTime)
	upload := &upload{r: http.MaxBytesReader(w, io.NopCloser(from), limit.Bytes)}
	job, again, err := h.jobs.Create(r.Context(), scoring.Owner(r.Context()), jobs.Request{
		Body: upload, Bytes: size, Options: how, Guard: escapeFormulas, Topics: topics,
		Model: model, Key: key,
		Assigned: h.trials.Assigned(r.Context()), // for the job's whole life, whoever runs it
	})
	if upload.err != nil {
		return bodyError(r, upload.err, limit.Bytes)
	}
	if err != nil {
		return err
	}
	if again {
		w.Header().Set("Idempotency-Replayed", "true")
	}
	w.Header().Set("Location", "/v1/jobs/"+job.ID)
	writeJSON(w, r, http.StatusAccepted, job)
	return nil
}

// uploadSize parses bytes=, the size of a file that will be uploaded to the address the job
// returns; 0 for a file in the body.
func uploadSize(query url.Values, limit wire.JobLimits) (int64, error) {
	if !query.Has("bytes") {
		return 0, nil
	}
	value := query.Get("bytes")
	size, err := strconv.ParseInt(value, 10, 64)
	switch {
	case !limit.Upload:
		return 0, &wire.Error{Code: wire.BadParameter, Detail: "This server takes files in the body of the request, without bytes=."}
	case err != nil || size < 1:
		return 0, &wire.Error{Code: wire.BadParameter, Detail: fmt.Sprintf("bytes is %s; want the file's size, such as 1048576.", quote(value))}
	case size > limit.Bytes:
		return 0, jobs.TooLarge(size, limit.Bytes)
	}
	return size, nil
}

// upload remembers the error of reading the body, which is not the job service's fault.
type upload struct {
	r   io.Reader
	err error
}

func (u *upload) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	if err != nil && err != io.EOF {
		u.err = err
	}
	return n, err
}

func (h *Handler) job(w http.ResponseWriter, r *http.Request) error {
	job, err := h.jobs.Get(r.Context(), scoring.Owner(r.Context()), r.PathValue("id"))
	if err != nil {
		return err
	}
	sendJSON(w, r, job)
	return nil
}

// listJobs sends the jobs of a key or of a signed-in user. On a server without either, all clients
// have the same owner and find only jobs whose ID they know.
func (h *Handler) listJobs(w http.ResponseWriter, r *http.Request) error {
	owner := scoring.Owner(r.Context())
	if owner == scoring.Local {
		return &wire.Error{Code: wire.NotFound, Detail: "Without keys or sign-in jobs are not " +
			"listed: everyone who reaches this server would see those of others."}
	}
	list, err := h.jobs.List(r.Context(), owner)
	if err != nil {
		return err
	}
	sendJSON(w, r, wire.Jobs{Jobs: list})
	return nil
}

func (h *Handler) deleteJob(w http.ResponseWriter, r *http.Request) error {
	if err := h.jobs.Delete(r.Context(), scoring.Owner(r.Context()), r.PathValue("id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// jobPart sends an output of a job; an interrupted download can be resumed (Range).
func (h *Handler) jobPart(part jobs.Part) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		id := r.PathValue("id")
		result, err := h.jobs.Open(r.Context(), scoring.Owner(r.Context()), id, part)
		if err != nil {
			return err
		}
		header := w.Header()
		if result.URL != "" {
			header.Set("Cache-Control", "private, no-store")
			header.Set("Reviewlens-Model", result.Model)
			http.Redirect(w, r, result.URL, http.StatusTemporaryRedirect)
			return nil
		}
		defer result.Close()
		header.Set("Content-Type", result.Type)
		header.Set("Cache-Control", "private, no-cache")
		header.Set("ETag", fmt.Sprintf(`"%s-%s"`, id, part)) // it never changes
		header.Set("Reviewlens-Model", result.Model)
		http.ServeContent(&conditional{ResponseWriter: w}, r, "", time.Time{}, result)
		return nil
	}
}

// withJobs responds with an error on a server without jobs.
func (h *Handler) withJobs(handle func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		if h.jobs == nil {
			return &wire.Error{Code: wire.NotFound, Detail: "This server accepts no jobs; send the file to /v1/score."}
		}
		return handle(w, r)
	}
}
