package cross

import (
	"runtime"
	"strings"
	"testing"

	"reviewlens/api/infer/infertest"
)

func TestNewer(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{{"2.35", "2.34", true}, {"2.34", "2.34", false}, {"2.4", "2.34", false}, {"2.34.1", "2.34",
		true}, {"3", "2.34", true}, {"3.4.9", "3.4.29", false}} {
		if got := newer(tt.a, tt.b); got != tt.want {
			t.Errorf("newer(%s, %s) = %v, want %v", tt.a, tt.b, got, tt.want)
		}
	}
}

// The pinned library loads on Amazon Linux 2023; one for another processor, or for a newer system,
// is rejected by name.
func TestCheck(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux: the libraries of other systems are no ELF files")
	}
	library := infertest.Library(t)
	needs, err := check(library, runtime.GOARCH, Glibc)
	if err != nil || newer(needs, Glibc) || needs == "0" {
		t.Errorf("check(%s) = %s, %v, want at most %s", library, needs, err, Glibc)
	}
	other := map[string]string{"amd64": "arm64", "arm64": "amd64"}[runtime.GOARCH]
	if _, err := check(library, other, Glibc); err == nil ||
		!strings.Contains(err.Error(), "want EM_") {
		t.Errorf("as a library for %s it is checked with %v", other, err)
	}
	if _, err := check(library, runtime.GOARCH, "2.5"); err == nil ||
		!strings.Contains(err.Error(), "Amazon Linux 2023 has GLIBC_2.5") {
		t.Errorf("with an older glibc it is checked with %v", err)
	}
}
