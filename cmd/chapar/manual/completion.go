package manual

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/alecthomas/kong"
)

// Completion gives the script that a shell needs to complete a command line; "" for a shell that is not known.
func Completion(root *kong.Node, shell string) string {
	all := completions(root, root.Flags)
	switch shell {
	case "bash":
		return bash(all)
	case "zsh":
		return zsh(all)
	case "fish":
		return fish(all)
	}
	return ""
}

// completed is what can follow a command.
type completed struct {
	path     string // "sources test"; "" for none yet
	commands []choice
	flags    []option
	argument value // of what stands by itself
}

type choice struct{ name, help string }

// option is a flag.
type option struct {
	choice
	short string
	value
}

// value is what a flag or an argument takes.
type value struct {
	takes bool // anything at all
	files bool
	words []string
}

// completions are all that can be completed below a node.
func completions(n *kong.Node, common []*kong.Flag) []completed {
	c := completed{path: n.Path()}
	flags := n.Flags
	if n.Type != kong.ApplicationNode {
		flags = append(append([]*kong.Flag(nil), n.Flags...), common...)
	}
	if n.DefaultCmd != nil { // its flags can follow at once
		flags = append(append([]*kong.Flag(nil), n.DefaultCmd.Flags...), flags...)
	}
	for _, f := range flags {
		if f.Hidden {
			continue
		}
		o := option{choice: choice{f.Name, f.Help}, value: taken(f.Value, f.PlaceHolder)}
		if f.Short != 0 {
			o.short = string(f.Short)
		}
		o.takes = !f.IsBool() && !f.IsCounter()
		c.flags = append(c.flags, o)
	}
	for _, p := range n.Positional {
		if v := taken(p, p.Name); v.files || len(v.words) > 0 {
			c.argument = v
			break
		}
	}
	var below []completed
	for _, s := range shown(n) {
		c.commands = append(c.commands, choice{s.Name, s.Help})
		below = append(below, completions(s, common)...)
	}
	return append([]completed{c}, below...)
}

// taken tells from the name of a value whether files are meant: FILE, PATH, FILE.opml, id|file.
func taken(v *kong.Value, name string) value {
	if v.Enum != "" {
		return value{takes: true, words: v.EnumSlice()}
	}
	for _, w := range strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) }) {
		switch w {
		case "file", "path", "folder":
			return value{takes: true, files: true}
		}
	}
	return value{takes: true}
}

func bash(all []completed) string {
	var b strings.Builder
	b.WriteString(`# Completion of chapar for bash, written by chapar completion bash.
_chapar() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} at="" word i
	COMPREPLY=()
	# --flag=value comes as three words
	if [[ $cur == "=" ]]; then cur=""; elif [[ $prev == "=" ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case "$at $word" in
`)
	b.WriteString(steps(all))
	b.WriteString("\t\tesac\n\tdone\n\tlocal commands=\"\" flags=\"\" files=\"\"\n\tcase \"$at\" in\n")
	for _, c := range all {
		var names, flags []string
		for _, s := range c.commands {
			names = append(names, s.name)
		}
		names = append(names, c.argument.words...)
		fmt.Fprintf(&b, "\t%q)\n\t\tcase \"$prev\" in\n", c.path)
		for _, f := range c.flags {
			flags = append(flags, "--"+f.name)
			if !f.takes {
				continue
			}
			key := "--" + f.name
			if f.short != "" {
				key += "|-" + f.short
			}
			does := ""
			if f.files {
				does = `compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); `
			} else if len(f.words) > 0 {
				does = fmt.Sprintf(`mapfile -t COMPREPLY < <(compgen -W %q -- "$cur"); `, strings.Join(f.words, " "))
			}
			fmt.Fprintf(&b, "\t\t%s) %sreturn ;;\n", key, does)
		}
		files := ""
		if c.argument.files {
			files = "yes"
		}
		fmt.Fprintf(&b, "\t\tesac\n\t\tcommands=%q flags=%q files=%q ;;\n", strings.Join(names, " "), strings.Join(flags, " "), files)
	}
	b.WriteString(`	esac
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$cur")
		return
	fi
	mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$cur")
	if [[ -n $files ]]; then
		compopt -o filenames 2>/dev/null
		mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$cur")
	fi
}
complete -F _chapar chapar
`)
	return b.String()
}

func zsh(all []completed) string {
	var b strings.Builder
	b.WriteString(`#compdef chapar
# Completion of chapar for zsh, written by chapar completion zsh.
_chapar() {
	local at="" word
	local -a list
	for word in ${words[2,CURRENT-1]}; do
		case "$at $word" in
`)
	b.WriteString(steps(all))
	b.WriteString("\t\tesac\n\tdone\n\tcase \"$at\" in\n")
	for _, c := range all {
		fmt.Fprintf(&b, "\t%q)\n\t\tlist=(", c.path)
		for _, s := range c.commands {
			b.WriteString(" " + single(s.name+":"+s.help))
		}
		b.WriteString(" )\n\t\t_arguments -S")
		for _, f := range c.flags {
			help := "[" + strings.NewReplacer("[", "(", "]", ")", ":", ",").Replace(f.help) + "]"
			does := ""
			if f.takes {
				does = ":value:" + zshAction(f.value)
				b.WriteString(" " + single("*--"+f.name+"="+help+does))
			} else {
				b.WriteString(" " + single("--"+f.name+help))
			}
			if f.short != "" {
				b.WriteString(" " + single("*-"+f.short+help+does))
			}
		}
		depth := len(strings.Fields(c.path))
		for i := range depth { // what led here
			b.WriteString(" " + single(fmt.Sprintf("%d:: :", i+1)))
		}
		switch {
		case len(c.commands) > 0:
			b.WriteString(" " + single(fmt.Sprintf("%d:command:{_describe command list}", depth+1)))
		case c.argument.takes:
			b.WriteString(" " + single("*:argument:"+zshAction(c.argument)))
		}
		b.WriteString(" ;;\n")
	}
	b.WriteString("\tesac\n}\nif [ \"$funcstack[1]\" = _chapar ]; then _chapar \"$@\"; else compdef _chapar chapar; fi\n")
	return b.String()
}

func zshAction(v value) string {
	switch {
	case v.files:
		return "_files"
	case len(v.words) > 0:
		return "(" + strings.Join(v.words, " ") + ")"
	}
	return " "
}

func fish(all []completed) string {
	var b strings.Builder
	b.WriteString("# Completion of chapar for fish, written by chapar completion fish.\ncomplete -c chapar -f\n")
	for _, c := range all {
		at := "not __fish_seen_subcommand_from"
		for _, s := range all[0].commands {
			at += " " + s.name
		}
		if c.path != "" {
			var seen []string
			for _, w := range strings.Fields(c.path) {
				seen = append(seen, "__fish_seen_subcommand_from "+w)
			}
			at = strings.Join(seen, "; and ")
		}
		line := "complete -c chapar -n " + single(at)
		for _, s := range c.commands {
			fmt.Fprintf(&b, "%s -a %s -d %s\n", line, s.name, single(s.help))
		}
		if c.argument.files {
			fmt.Fprintf(&b, "%s -F\n", line)
		} else if len(c.argument.words) > 0 {
			fmt.Fprintf(&b, "%s -a %s\n", line, single(strings.Join(c.argument.words, " ")))
		}
		for _, f := range c.flags {
			fmt.Fprintf(&b, "%s -l %s", line, f.name)
			if f.short != "" {
				b.WriteString(" -s " + f.short)
			}
			switch {
			case f.files:
				b.WriteString(" -r -F")
			case len(f.words) > 0:
				b.WriteString(" -x -a " + single(strings.Join(f.words, " ")))
			case f.takes:
				b.WriteString(" -x")
			}
			fmt.Fprintf(&b, " -d %s\n", single(f.help))
		}
	}
	return b.String()
}

// steps are the cases by which bash and zsh find out at which command a line is: from one and a word to the next.
func steps(all []completed) string {
	var b strings.Builder
	for _, c := range all {
		if c.path != "" {
			words := strings.Fields(c.path)
			last := len(words) - 1
			fmt.Fprintf(&b, "\t\t%q) at=%q ;;\n", strings.Join(words[:last], " ")+" "+words[last], c.path)
		}
	}
	return b.String()
}

// single quotes a word for a shell.
func single(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
