package client

import (
	"context"
	"errors"
	"strconv"
	"syscall/js"
	"time"
)

// Fetch sends with the browser's fetch to the origin that served the page. Ending ctx aborts the
// request, so that the server can stop working on it.
func Fetch(ctx context.Context, r Request) (Response, error) {
	abort := js.Global().Get("AbortController").New()
	headers := map[string]any{}
	if r.ContentType != "" {
		headers["Content-Type"] = r.ContentType
	}
	if r.Accept != "" {
		headers["Accept"] = r.Accept
	}
	if r.Key != "" {
		headers["Authorization"] = "Bearer " + r.Key
	}
	if r.Run != "" {
		headers["Reviewlens-Run"] = r.Run
	}
	options := map[string]any{"method": r.Method, "headers": headers, "signal": abort.Get("signal")}
	if r.Body != nil {
		body := js.Global().Get("Uint8Array").New(len(r.Body))
		js.CopyBytesToJS(body, r.Body)
		options["body"] = body
	}

	response, err := await(ctx, js.Global().Call("fetch", r.Path, options))
	if err != nil {
		abort.Call("abort")
		return Response{}, err
	}
	buffer, err := await(ctx, response.Call("arrayBuffer"))
	if err != nil {
		abort.Call("abort")
		return Response{}, err
	}
	bytes := js.Global().Get("Uint8Array").New(buffer)
	out := Response{Status: response.Get("status").Int(), Body: make([]byte, bytes.Length())}
	js.CopyBytesToGo(out.Body, bytes)
	if t := response.Get("headers").Call("get", "Content-Type"); t.Type() == js.TypeString {
		out.ContentType = t.String()
	}
	if s := response.Get("headers").Call("get", "Retry-After"); s.Type() == js.TypeString {
		if seconds, err := strconv.Atoi(s.String()); err == nil {
			out.RetryAfter = time.Duration(seconds) * time.Second
		}
	}
	return out, nil
}

// await blocks this goroutine, not the event loop, until promise settles or ctx ends.
func await(ctx context.Context, promise js.Value) (js.Value, error) {
	type settled struct {
		value js.Value
		err   error
	}
	done := make(chan settled, 1)
	var resolve, reject js.Func
	release := func() { resolve.Release(); reject.Release() }
	resolve = js.FuncOf(func(_ js.Value, args []js.Value) any {
		defer release()
		value := js.Undefined()
		if len(args) > 0 {
			value = args[0]
		}
		done <- settled{value: value}
		return nil
	})
	reject = js.FuncOf(func(_ js.Value, args []js.Value) any {
		defer release()
		done <- settled{err: errors.New(args[0].Call("toString").String())}
		return nil
	})
	promise.Call("then", resolve, reject)
	select {
	case s := <-done:
		return s.value, s.err
	case <-ctx.Done(): // the callbacks release themselves when the aborted promise settles
		return js.Undefined(), ctx.Err()
	}
}
