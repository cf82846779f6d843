package config

import (
	"cmp"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"chapar/fetcher"
)

// Hidden stands for what is not for others to see.
const Hidden = "(hidden)"

// Public is an address as others may see it: without the user and password that may stand in it, and with the values
// of its query hidden whose names say that they are secret.
func Public(address string) string {
	address = withoutSecrets(address, func(string) bool { return false })
	u, err := url.Parse(address)
	if err != nil || u.User == nil {
		return address
	}
	u.User = nil
	return u.String()
}

// hasSecret says whether the query of an address holds a value that is not for others to see.
func hasSecret(address string) bool {
	return withoutSecrets(address, func(string) bool { return false }) != address
}

// withoutSecrets hides the secret values of an address's query, but those that may be shown.
func withoutSecrets(address string, shown func(value string) bool) string {
	before, query, found := strings.Cut(address, "?")
	if !found {
		return address
	}
	query, fragment, marked := strings.Cut(query, "#")
	var b strings.Builder
	b.WriteString(before + "?")
	for query != "" {
		pair, mark := query, ""
		if i := strings.IndexAny(query, "&;"); i >= 0 {
			pair, mark = query[:i], query[i:i+1]
		}
		query = query[len(pair)+len(mark):]
		if name, value, ok := strings.Cut(pair, "="); ok && value != "" && namesSecret(name) && !shown(value) {
			pair = name + "=" + Hidden
		}
		b.WriteString(pair + mark)
	}
	if marked {
		b.WriteString("#" + fragment)
	}
	return b.String()
}

// namesSecret says whether the name of a parameter, or a part of it after a dash or the like, is one of a secret.
func namesSecret(name string) bool {
	if plain, err := url.QueryUnescape(name); err == nil {
		name = plain
	}
	for part := range strings.FieldsFuncSeq(strings.ToLower(name), func(r rune) bool { return strings.ContainsRune("_-.[] ", r) }) {
		switch part {
		case "token", "accesstoken", "authtoken", "jwt", "key", "apikey", "accesskey", "authkey", "auth", "authorization", "credential",
			"credentials", "password", "passwd", "passphrase", "pass", "pwd", "secret", "sig", "signature", "hmac", "session", "sessionid", "sid":
			return true
		}
	}
	return false
}

// Public is the address of an endpoint of the source, or one that was found from it, as others may see it: see the
// function Public, and Hidden where the environment is put into that of the endpoint.
func (s Source) Public(of fetcher.Endpoint, address string) string {
	if slices.Contains(s.Secret, of.URL) {
		return Hidden
	}
	return Public(address)
}

// Print gives a loaded config as YAML that loads as the same config, but for its secrets: with the defaults filled in,
// paths made absolute and the sources of included files in their place. The values of headers, what stands before
// the @ of an address and secret values of its query are hidden; a reference such as ${NAME} stays one, as what it stands for may be secret.
func Print(c *Config) ([]byte, error) {
	whole := describe()
	files := []string{c.File}
	for _, name := range c.Include {
		files = append(files, absolute(filepath.Dir(c.File), name))
	}
	var top *yaml.Node
	sources := &yaml.Node{Kind: yaml.SequenceNode}
	for i, file := range files {
		root, err := readRoot(file)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			top = root
		}
		one := whole.property("sources").Items
		for k, n := range entries(valueOf(root, "sources")) {
			shown := one.print(n)
			named(shown)
			if k == 0 {
				shown.HeadComment = "from " + file
			}
			sources.Content = append(sources.Content, shown)
		}
	}
	out := whole.print(top)
	folder, err := filepath.Abs(filepath.Dir(c.File))
	if err != nil {
		return nil, err
	}
	for i := 0; i+1 < len(out.Content); i += 2 {
		v := out.Content[i+1]
		switch out.Content[i].Value {
		case "database":
			v.Value = located(folder, v.Value, c.Database)
		case "seeds":
			if v.Value != "" {
				v.Value = located(folder, v.Value, c.Seeds)
			}
		case "include":
			out.Content[i+1] = &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		case "sources":
			out.Content[i+1] = sources
			if len(sources.Content) == 0 {
				sources.Style = yaml.FlowStyle
			}
		}
	}
	return yaml.Dump(out)
}

// readRoot parses a file that was read before; nil if there is nothing in it.
func readRoot(file string) (*yaml.Node, error) {
	data, err := readFile(file)
	if err != nil {
		return nil, fmt.Errorf("cannot read the config %s: %w", file, err)
	}
	w := &walker{file: file}
	root := w.parse(data)
	if len(w.problems) > 0 {
		return nil, w.problems
	}
	return root, nil
}

// located gives a path as it holds from anywhere. What the environment is put into stays as it is written.
func located(folder, written, loaded string) string {
	switch {
	case !strings.Contains(written, "$"):
		return strings.ReplaceAll(loaded, "$", "$$") // of the folder
	case filepath.IsAbs(written) || strings.HasPrefix(written, "$"):
		return written
	}
	return filepath.Join(folder, written)
}

func valueOf(n *yaml.Node, name string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

// entries gives the items of a list, for which a single one may stand.
func entries(n *yaml.Node) []*yaml.Node {
	switch {
	case n == nil || isNull(n):
		return nil
	case n.Kind == yaml.SequenceNode:
		return n.Content
	}
	return []*yaml.Node{n}
}

// named gives a source without a name its id as one.
func named(source *yaml.Node) {
	if valueOf(source, "name") != nil {
		return
	}
	id := *valueOf(source, "id")
	at := 0
	for source.Content[at].Value != "id" {
		at += 2
	}
	pair := []*yaml.Node{{Kind: yaml.ScalarNode, Tag: "!!str", Value: "name"}, &id}
	source.Content = append(source.Content[:at+2:at+2], append(pair, source.Content[at+2:]...)...)
}

func (s schema) property(name string) schema {
	for _, p := range s.Properties {
		if p.name == name {
			return p.schema
		}
	}
	return schema{}
}

// inOrder gives the keys as they stand in the code, and the addresses among them as they stand in the file: endpoints
// are in that order.
func (s schema) inOrder(n *yaml.Node) properties {
	var rest, addresses properties
	for _, p := range s.Properties {
		if p.hides == hidesAccess && p.Items != nil && valueOf(n, p.name) != nil {
			addresses = append(addresses, p)
		} else {
			rest = append(rest, p)
		}
	}
	slices.SortStableFunc(addresses, func(a, b property) int {
		x, y := valueOf(n, a.name), valueOf(n, b.name)
		return cmp.Or(x.Line-y.Line, x.Column-y.Column)
	})
	at := min(2, len(rest)) // after id and name
	return slices.Concat(rest[:at], addresses, rest[at:])
}

// section says whether a value is a mapping and nothing else: its keys have defaults where it is left out.
func (s schema) section() bool { return len(s.Properties) > 0 && !slices.Contains(s.Type, "number") }

// print gives a value that was read as its form tells, with what it leaves open. n is nil where it is left out.
func (s schema) print(n *yaml.Node) *yaml.Node {
	if n != nil && isNull(n) {
		n = nil
	}
	switch names, ok := s.Additional.(*schema); {
	case len(s.Properties) > 0 && (n == nil || n.Kind == yaml.MappingNode):
		out := &yaml.Node{Kind: yaml.MappingNode}
		for _, p := range s.inOrder(n) {
			v := valueOf(n, p.name)
			if v != nil && isNull(v) {
				v = nil
			}
			if v == nil && p.Default == nil && !p.section() {
				continue
			}
			out.Content = append(out.Content, textNode(p.name), p.print(v))
		}
		return out
	case ok:
		out := &yaml.Node{Kind: yaml.MappingNode}
		for i := 0; n != nil && i+1 < len(n.Content); i += 2 {
			out.Content = append(out.Content, textNode(n.Content[i].Value), names.print(n.Content[i+1]))
		}
		return out
	case s.Items != nil && n != nil && n.Kind == yaml.ScalarNode: // one stands for a list of one
		return s.Items.print(n)
	case s.Items != nil:
		out := &yaml.Node{Kind: yaml.SequenceNode}
		if len(s.Items.Properties) == 0 {
			out.Style = yaml.FlowStyle
		}
		for _, item := range entries(n) {
			out.Content = append(out.Content, s.Items.print(item))
		}
		return out
	case n == nil:
		out := &yaml.Node{}
		if text, ok := s.Default.(string); ok {
			return textNode(text)
		}
		if err := out.Encode(s.Default); err != nil { // a number or a truth value
			return textNode(fmt.Sprint(s.Default))
		}
		return out
	}
	out := &yaml.Node{Kind: yaml.ScalarNode, Tag: n.Tag, Value: n.Value, Style: n.Style & (yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle)}
	if text := s.hides.from(n.Value); text != n.Value {
		return textNode(text)
	}
	return out
}

func textNode(text string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	if text == "" {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

var (
	reference  = regexp.MustCompile(`^(?:[A-Za-z_-]{1,20}[ =])?\$\{[^}]*\}$`) // alone, or as in "Bearer ${TOKEN}"
	references = regexp.MustCompile(`^(?:\$\{[^}]*\}|:)+$`)
	userOf     = regexp.MustCompile(`^([A-Za-z0-9+.-]*:?//)([^/?#]*)@`)
)

// from gives a text without what it hides.
func (h hiding) from(text string) string {
	switch h {
	case hidesAll:
		if text == "" || reference.MatchString(text) {
			return text
		}
		return Hidden
	case hidesAccess:
		text = withoutSecrets(text, references.MatchString)
		m := userOf.FindStringSubmatch(text)
		if m == nil || references.MatchString(m[2]) {
			return text
		}
		return m[1] + Hidden + text[len(m[1])+len(m[2]):]
	}
	return text
}
