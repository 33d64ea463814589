package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "layouts:", err)
		os.Exit(1)
	}
}

// seed generates today's files; another one generates others of the same kinds.
const seed = 1

func run(args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("layouts", flag.ExitOnError)
	from := flags.Uint64("seed", seed, "of the files")
	wrong := flags.String("wrong", "", "list the files that are wrong in `roles`: text,title,...")
	output := flags.String("o", "",
		"`folder` to write the files and want.json to, instead of reading")
	only := flags.String("layout", "", "only layouts whose name has this `word`")
	flags.Parse(args)
	layouts, err := loadLayouts()
	if err != nil {
		return err
	}
	layouts = slices.DeleteFunc(layouts, func(l Layout) bool {
		return !strings.Contains(l.Name, *only)
	})
	if *output != "" {
		return writeFiles(*output, layouts, *from)
	}
	scores := newScores()
	generate(layouts, *from, func(f File) { scores.add(f, read(f.Name, f.Data)) })
	fmt.Fprintf(stdout, "%d layouts, ", len(layouts))
	scores.print(stdout)
	for role := range strings.SplitSeq(*wrong, ",") {
		if role != "" {
			fmt.Fprintf(stdout, "\nwrong %s\n%s\n", role, strings.Join(scores.wrong[role], "\n"))
		}
	}
	return nil
}

// writeFiles writes the files and their wanted readings.
func writeFiles(folder string, layouts []Layout, seed uint64) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	type entry struct {
		Held  bool
		Kinds map[string]string
		Want  Want
	}
	wanted := map[string]entry{}
	var failed error
	generate(layouts, seed, func(f File) {
		name := strings.NewReplacer("/", "-", " ", "_").Replace(f.Name)
		wanted[name] = entry{f.Held, f.Kinds, f.Want}
		err := os.WriteFile(filepath.Join(folder, name), f.Data, 0o666)
		if err != nil && failed == nil {
			failed = err
		}
	})
	if failed != nil {
		return failed
	}
	data, err := json.MarshalIndent(wanted, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "want.json"), data, 0o666)
}
