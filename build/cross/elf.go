package cross

import (
	"debug/elf"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Glibc is the version in Amazon Linux 2023: no shipped file may need a newer one.
const Glibc = "2.34"

// system are the libraries of Amazon Linux 2023 that shipped files may need: glibc's, and GCC's.
var system = []string{
	"ld-linux-aarch64.so.1", "ld-linux-x86-64.so.2", "libc.so.6", "libdl.so.2", "libm.so.6",
	"libpthread.so.0", "libresolv.so.2", "librt.so.1", "libgcc_s.so.1", "libstdc++.so.6",
}

// gcc are the newest versions of GCC's symbols in GCC 11, the version of Amazon Linux 2023.
var gcc = map[string]string{"GLIBCXX": "3.4.29", "CXXABI": "1.3.13", "GCC": "12.0.0"}

// check returns the glibc version that a program or library needs, or an error if a Lambda function
// with glibc newest could not load it.
func check(name, goarch, newest string) (needs string, err error) {
	f, err := elf.Open(name)
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	defer f.Close()
	want := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[goarch]
	if f.Machine != want {
		return "", fmt.Errorf("%s is for %v, want %v", name, f.Machine, want)
	}
	libraries, err := f.ImportedLibraries()
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	for _, library := range libraries {
		if !slices.Contains(system, library) {
			return "", fmt.Errorf("%s needs %s, which Amazon Linux 2023 may lack", name, library)
		}
	}
	needed, err := f.DynamicVersionNeeds()
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	needs = "0"
	for _, library := range needed {
		for _, version := range library.Needs {
			family, number, _ := strings.Cut(version.Dep, "_")
			most, known := gcc[family]
			if family == "GLIBC" {
				most, known = newest, true
				if newer(number, needs) {
					needs = number
				}
			}
			if known && newer(number, most) {
				return "", fmt.Errorf("%s needs %s of %s; Amazon Linux 2023 has %s_%s", name,
					version.Dep, library.Name, family, most)
			}
		}
	}
	return needs, nil
}

// newer compares versions number by number.
func newer(a, b string) bool {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(x), len(y)) {
		var m, n int
		if i < len(x) {
			m, _ = strconv.Atoi(x[i])
		}
		if i < len(y) {
			n, _ = strconv.Atoi(y[i])
		}
		if m != n {
			return m > n
		}
	}
	return false
}
