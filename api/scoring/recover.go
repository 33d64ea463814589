package scoring

import (
	"fmt"
	"runtime/debug"
)

// RecoverTo, when deferred, converts a panic of the function to an error: in a goroutine the panic
// would end the program.
func RecoverTo(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	}
}
