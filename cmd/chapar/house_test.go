package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// allowed says which of our packages a package may import. Imports point one way: the hall knows the rooms, the store
// knows the labels of what it keeps, nothing but the hall knows the store.
var allowed = map[string][]string{
	"cmd/chapar":          {"cmd/chapar/cell", "cmd/chapar/config", "cmd/chapar/manual", "cmd/chapar/systemd", "cmd/chapar/web", "fetcher", "fetcher/press", "normalize", "normalize/dedup", "normalize/relevance", "store", "store/corpus", "store/whole"},
	"cmd/chapar/cell":     {"fetcher", "normalize"},
	"cmd/chapar/config":   {"fetcher", "normalize", "normalize/relevance", "store/whole"},
	"cmd/chapar/manual":   {},
	"cmd/chapar/systemd":  {},
	"cmd/chapar/web":      {"fetcher", "store", "store/corpus"},
	"fetcher":             {},
	"fetcher/press":       {},
	"normalize":           {"normalize/dedup", "normalize/internal/boost", "normalize/internal/gram", "normalize/relevance"},
	"normalize/dedup":     {},
	"normalize/relevance": {},
	"store":               {"fetcher", "normalize", "normalize/dedup", "store/corpus", "store/whole"},
	"store/corpus":        {"store/whole"},
	"store/whole":         {},
}

// programs are tools of the tree, started by hand with go run: they may import what they measure or fit.
const programs = "/internal/"

// inside are the uses of a dialer that do not leave the machine: the control socket, the service manager, the sample
// press of demonstrations and tests.
var inside = map[string][]string{
	"cmd/chapar/web/client.go":     {"http.Client", "http.Transport", "net.Dialer"},
	"cmd/chapar/systemd/notify.go": {"net.DialUnix"},
}

// waysOut lists what of net, net/http and crypto/tls a file uses that can open a connection or ask a name server.
func waysOut(f *ast.File) (ways []string) {
	ast.Inspect(f, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		pkg, ok := s.X.(*ast.Ident)
		if !ok || pkg.Obj != nil {
			return true
		}
		name := pkg.Name + "." + s.Sel.Name
		switch {
		case pkg.Name == "net" && (strings.HasPrefix(s.Sel.Name, "Dial") || strings.HasPrefix(s.Sel.Name, "Lookup") || strings.HasSuffix(s.Sel.Name, "Resolver")),
			pkg.Name == "tls" && (strings.HasPrefix(s.Sel.Name, "Dial") || s.Sel.Name == "Client"),
			pkg.Name == "http" && slices.Contains([]string{"Client", "Transport", "DefaultClient", "DefaultTransport", "Get", "Head", "Post", "PostForm", "ProxyFromEnvironment"}, s.Sel.Name),
			pkg.Name == "unix" && (s.Sel.Name == "Connect" || s.Sel.Name == "Sendto"), pkg.Name == "syscall" && (s.Sel.Name == "Connect" || s.Sel.Name == "Sendto"):
			ways = append(ways, name)
		}
		return true
	})
	return ways
}

func TestHouse(t *testing.T) {
	root := filepath.Join("..", "..")
	documented := map[string]bool{}
	seen := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && rel != ".") {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".go" {
			return nil
		}
		pkg := filepath.ToSlash(filepath.Dir(rel))
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, source, parser.ParseComments)
		if err != nil {
			return err
		}
		seen[pkg] = true
		documented[pkg] = documented[pkg] || f.Doc != nil
		if strings.HasSuffix(path, "_test.go") || strings.Contains("/"+pkg+"/", programs) {
			return nil
		}
		may, known := allowed[pkg]
		if !known {
			t.Errorf("%s is a package that the house does not know: add it to the list with what it may import", pkg)
			return nil
		}
		for _, im := range f.Imports {
			name := strings.Trim(im.Path.Value, `"`)
			if ours, ok := strings.CutPrefix(name, "chapar/"); ok && !slices.Contains(may, ours) {
				t.Errorf("%s imports %s, which is against the direction of imports", rel, ours)
			}
			silences := rel == "cmd/chapar/main.go" && name == "log" && strings.Count(string(source), "log.") == strings.Count(string(source), "log.SetOutput(io.Discard)")
			if (name == "log" || name == "math/rand") && !silences {
				t.Errorf("%s imports %s: loggers are passed in, randomness has a seed", rel, name)
			}
		}
		if pkg != "fetcher" {
			for _, way := range waysOut(f) {
				if !slices.Contains(inside[rel], way) {
					t.Errorf("%s uses %s: what goes out goes through the fetcher's client, which looks at the address", rel, way)
				}
			}
		}
		for _, decl := range f.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s has an init function: nothing happens before main", rel)
			}
		}
		for _, global := range []string{"slog.Default(", "slog.SetDefault(", "http.DefaultClient", "http.DefaultTransport", "http.Get("} {
			if strings.Contains(string(source), global) && !strings.HasSuffix(rel, "house_test.go") {
				t.Errorf("%s uses %s…: nothing is global", rel, strings.TrimSuffix(global, "("))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range allowed {
		if !seen[pkg] {
			t.Errorf("%s is listed but not there", pkg)
		}
	}
	for pkg := range seen {
		if !documented[pkg] {
			t.Errorf("%s has no package comment that says what it is for", pkg)
		}
	}
}
