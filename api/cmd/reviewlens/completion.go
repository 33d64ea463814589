package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"
)

const completionUsage = `usage: reviewlens completion bash|zsh|fish

Writes a script that completes commands, flags and what they take, for the shell to read when it starts:

  reviewlens completion bash > ~/.local/share/bash-completion/completions/reviewlens
  reviewlens completion zsh > ~/.zfunc/_reviewlens
  reviewlens completion fish > ~/.config/fish/completions/reviewlens.fish

or for this shell only:

  source <(reviewlens completion bash)

zsh looks into ~/.zfunc where ~/.zshrc has, before compinit: fpath=(~/.zfunc $fpath)
`

func completion(_ context.Context, c *call) error {
	rest, done, err := c.parse(flag.NewFlagSet("completion", flag.ContinueOnError), completionUsage)
	if err != nil || done {
		return err
	}
	shells := map[string]func([]completed) string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}
	if len(rest) != 1 || shells[rest[0]] == nil {
		return usageError("completion takes bash, zsh or fish; got %q", rest)
	}
	_, err = io.WriteString(c.stdout, shells[rest[0]](completions()))
	return err
}

// completed describes a command, or a verb with its own flags, for shell completion.
type completed struct {
	command
	flags []completedFlag
	verbs []completed
}

type completedFlag struct {
	name, brief string
	value       string   // the name of its value in the help; "" for a switch
	files       bool     // a file or a folder
	words       []string // one of these
}

// completions collects the flags of every command.
func completions() (out []completed) {
	for _, command := range commands() {
		done := completed{command: command}
		done.flags, _ = flagsOf(command)
		for _, word := range strings.Fields(command.words) {
			flags, of := flagsOf(command, word)
			if name := command.name + " " + word; of == name {
				verb := completed{flags: flags}
				verb.name, verb.files = name, command.files
				done.verbs = append(done.verbs, verb)
			}
		}
		out = append(out, done)
	}
	return out
}

// flagsOf returns the flags of a command with these arguments, and the name of their flag set.
func flagsOf(command command, args ...string) (flags []completedFlag, of string) {
	c := &call{args: append(args, "-h"), stdout: io.Discard, stderr: io.Discard}
	command.run(context.Background(), c) // only help is requested, so nothing else happens
	c.flags.VisitAll(func(f *flag.Flag) {
		value, usage := flag.UnquoteUsage(f)
		brief, _, _ := strings.Cut(usage, " (default")
		brief, _, _ = strings.Cut(brief, ";")
		flag := completedFlag{name: f.Name, brief: brief, value: value}
		switch {
		case strings.Contains(value, "|"):
			flag.words = strings.Split(value, "|")
		case value == "file", value == "folder", value == "path", value == "model",
			f.Name == "model":
			flag.files = true
		}
		flags = append(flags, flag)
	})
	return flags, c.flags.Name()
}

// flat returns the commands and their verbs as one list.
func flat(all []completed) (out []completed) {
	for _, c := range all {
		out = append(append(out, c), c.verbs...)
	}
	return out
}

// verbsOf returns the names of all verbs with their own flags, as a pattern for shells.
func verbsOf(all []completed) string {
	var names []string
	for _, c := range all {
		for _, verb := range c.verbs {
			names = append(names, quoteShell(verb.name))
		}
	}
	return strings.Join(names, "|")
}

// names returns the command's flags with their minus sign, and -h.
func (c completed) names() string {
	names := []string{"-h"}
	for _, f := range c.flags {
		names = append(names, "-"+f.name)
	}
	return strings.Join(names, " ")
}

func bashCompletion(all []completed) string {
	var b strings.Builder
	b.WriteString(`# bash completion for reviewlens, written by: reviewlens completion bash
_reviewlens() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=
	COMPREPLY=()
	if [[ $COMP_CWORD -eq 1 ]]; then
`)
	var names []string
	for _, c := range all {
		names = append(names, c.name)
	}
	fmt.Fprintf(&b, `		COMPREPLY=($(compgen -W '%s help' -- "$cur"))
		return
	fi
	local command=${COMP_WORDS[1]}
	if [[ $COMP_CWORD -gt 2 ]]; then
		case "$command ${COMP_WORDS[2]}" in
		%s) command+=" ${COMP_WORDS[2]}" ;;
		esac
	fi
	case $command:$prev in
`, strings.Join(names, " "), verbsOf(all))
	for _, c := range flat(all) {
		for _, f := range c.flags {
			at := quoteShell(c.name + ":-" + f.name)
			switch {
			case f.words != nil:
				fmt.Fprintf(&b, "\t%s) COMPREPLY=($(compgen -W '%s' -- \"$cur\")); return ;;\n", at,
					strings.Join(f.words, " "))
			case f.files:
				fmt.Fprintf(&b, "\t%s) compopt -o default 2>/dev/null; return ;;\n", at)
			case f.value != "":
				fmt.Fprintf(&b, "\t%s) return ;;\n", at)
			}
		}
	}
	b.WriteString("\tesac\n\tcase $command in\n")
	for _, c := range flat(all) {
		fmt.Fprintf(&b, "\t%s)\n\t\tif [[ $cur == -* ]]; then words='%s'; ", quoteShell(c.name),
			c.names())
		if c.files {
			b.WriteString("else compopt -o default 2>/dev/null; ")
		} else {
			b.WriteString("else ")
		}
		fmt.Fprintf(&b, "words='%s'; fi ;;\n", c.words)
	}
	b.WriteString("\tesac\n\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\ncomplete -F _reviewlens reviewlens\n")
	return b.String()
}

func zshCompletion(all []completed) string {
	var b strings.Builder
	b.WriteString("#compdef reviewlens\n# zsh completion for reviewlens, written by: reviewlens completion zsh\n_reviewlens() {\n\tif (( CURRENT == 2 )); then\n\t\tlocal -a commands=(\n")
	for _, c := range all {
		fmt.Fprintf(&b, "\t\t\t%s\n", quoteShell(c.name+":"+c.brief))
	}
	b.WriteString("\t\t)\n\t\t_describe command commands\n\t\treturn\n\tfi\n\tlocal name=$words[2]\n\twords=(\"${(@)words[2,-1]}\")\n\t(( CURRENT-- ))\n")
	fmt.Fprintf(&b, `	if (( CURRENT > 2 )); then
		case "$name $words[2]" in
		%s)
			name="$name $words[2]"
			words=("${(@)words[2,-1]}")
			(( CURRENT-- )) ;;
		esac
	fi
	case $name in
`, verbsOf(all))
	escape := strings.NewReplacer("[", "\\[", "]", "\\]", ":", "\\:")
	for _, c := range flat(all) {
		fmt.Fprintf(&b, "\t%s) _arguments", quoteShell(c.name))
		for _, f := range c.flags {
			spec := "-" + f.name + "[" + escape.Replace(f.brief) + "]"
			switch {
			case f.words != nil:
				spec += ":" + f.name + ":(" + strings.Join(f.words, " ") + ")"
			case f.files:
				spec += ":" + f.value + ":_files"
			case f.value != "":
				spec += ":" + escape.Replace(f.value) + ": "
			}
			b.WriteString(" \\\n\t\t" + quoteShell(spec))
		}
		if c.words != "" {
			fmt.Fprintf(&b, " \\\n\t\t'1:what:(%s)'", c.words)
		}
		if c.files {
			b.WriteString(" \\\n\t\t'*:file:_files'")
		}
		b.WriteString(" ;;\n")
	}
	b.WriteString("\tesac\n}\nif [ \"$funcstack[1]\" = _reviewlens ]; then _reviewlens \"$@\"; else compdef _reviewlens reviewlens; fi\n")
	return b.String()
}

func fishCompletion(all []completed) string {
	var b strings.Builder
	b.WriteString("# fish completion for reviewlens, written by: reviewlens completion fish\ncomplete -c reviewlens -f\n")
	for _, c := range all {
		fmt.Fprintf(&b, "complete -c reviewlens -n __fish_use_subcommand -a %s -d %s\n", c.name, quoteShell(c.brief))
	}
	for _, c := range flat(all) {
		b.WriteString(c.fish())
	}
	return b.String()
}

// fish returns the completions of one command. Those of a verb with its own flags are offered after
// the verb; those of its command before it.
func (c completed) fish() string {
	var b strings.Builder
	name, verb, _ := strings.Cut(c.name, " ")
	seen := "__fish_seen_subcommand_from " + name
	if verb != "" {
		seen += "; and __fish_seen_subcommand_from " + verb
	} else if c.verbs != nil {
		words := ""
		for _, verb := range c.verbs {
			words += strings.TrimPrefix(verb.name, c.name)
		}
		seen = "not __fish_seen_subcommand_from" + words + "; and " + seen
	}
	used := "complete -c reviewlens -n '" + seen + "'"
	if c.words != "" {
		fmt.Fprintf(&b, "%s -a '%s'\n", used, c.words)
	}
	if c.files {
		fmt.Fprintf(&b, "%s -F\n", used)
	}
	for _, f := range c.flags {
		fmt.Fprintf(&b, "%s -o %s -d %s", used, f.name, quoteShell(f.brief))
		switch {
		case f.words != nil:
			fmt.Fprintf(&b, " -x -a '%s'", strings.Join(f.words, " "))
		case f.files:
			b.WriteString(" -r -F")
		case f.value != "":
			b.WriteString(" -x")
		}
		b.WriteString("\n")
	}
	return b.String()
}
