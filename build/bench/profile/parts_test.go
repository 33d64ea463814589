package main

import (
	"testing"

	"github.com/google/pprof/profile"
)

// A sample belongs to the part of the function nearest to its leaf, and native code called by the
// binding is ONNX Runtime's.
func TestPartOf(t *testing.T) {
	for _, test := range []struct {
		want  string
		stack []string
	}{
		{"ONNX Runtime", []string{"runtime.cgocall",
			"github.com/yalue/onnxruntime_go._Cfunc_RunOrtSession",
			"reviewlens/api/infer.(*stream).run"}},
		{"binding, streams",
			[]string{"runtime.mallocgc",
				"github.com/yalue/onnxruntime_go.(*DynamicAdvancedSession).Run",
				"reviewlens/api/infer.(*stream).run"}},
		{"JSON", []string{"runtime.mallocgc", "encoding/json.Marshal", "reviewlens/api.writeJSON",
			"net/http.(*conn).serve"}},
		{"tokens, frames", []string{"reviewlens/tokenizer.(*Tokenizer).Append",
			"reviewlens/api/model.(*Model).Cut", "reviewlens/api/scoring.Texts"}},
		{"handler", []string{"runtime.memmove", "reviewlens/api.readBody"}},
		{"HTTP, sockets", []string{"internal/runtime/syscall.Syscall6", "syscall.Syscall",
			"internal/poll.(*FD).Write", "net.(*conn).Write", "net/http.(*conn).serve"}},
		{"Go's runtime", []string{"runtime.scanobject", "runtime.gcBgMarkWorker"}},
	} {
		s := &profile.Sample{}
		for _, name := range test.stack {
			s.Location = append(s.Location,
				&profile.Location{Line: []profile.Line{{Function: &profile.Function{Name: name}}}})
		}
		if got := parts[partOf(s)].name; got != test.want {
			t.Errorf("%v is of %s, want %s", test.stack, got, test.want)
		}
	}
}
