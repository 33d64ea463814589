package scoring

import (
	"fmt"
	"runtime/debug"
)

// RecoverTo makes a panic of the function that defers it an error: in a goroutine it would end the
// program.
func RecoverTo(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	}
}
