// Package machine describes the machine that a benchmark ran on, which is published with every
// figure, and the median of its rounds.
package machine

import (
	"os"
	"runtime"
	"strings"
)

// Processor returns the processor's name, or its architecture if the system does not report it.
func Processor() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(name, "\t :"))
		}
	}
	return runtime.GOARCH
}
