// Command write writes the file of package planted to stdout.
package main

import (
	"fmt"
	"os"

	"reviewlens/build/planted"
)

func main() {
	if err := planted.Write(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "planted:", err)
		os.Exit(1)
	}
}
