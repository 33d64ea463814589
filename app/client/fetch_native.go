//go:build !js

package client

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"time"
)

// HTTP is the native twin of Fetch: it sends to the server at base ("http://localhost:8000").
func HTTP(base string) Transport {
	return func(ctx context.Context, r Request) (Response, error) {
		request, err := http.NewRequestWithContext(ctx, r.Method, base+r.Path,
			bytes.NewReader(r.Body))
		if err != nil {
			return Response{}, err
		}
		if r.ContentType != "" {
			request.Header.Set("Content-Type", r.ContentType)
		}
		if r.Accept != "" {
			request.Header.Set("Accept", r.Accept)
		}
		if r.Key != "" {
			request.Header.Set("Authorization", "Bearer "+r.Key)
		}
		if r.Run != "" {
			request.Header.Set("Reviewlens-Run", r.Run)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return Response{}, err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			return Response{}, err
		}
		out := Response{Status: response.StatusCode,
			ContentType: response.Header.Get("Content-Type"), Body: body}
		if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil {
			out.RetryAfter = time.Duration(seconds) * time.Second
		}
		return out, nil
	}
}
