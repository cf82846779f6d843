package config

import (
	"bufio"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"chapar/fetcher"
)

// TestSourcePack holds the pack to what it says of itself: each source is told by name, country, language, zone, kind
// and scope, no address stands twice, and what is taken from the pack alone is what the config includes.
func TestSourcePack(t *testing.T) {
	list := sourcePack(t)
	for _, p := range list.Problems {
		t.Error(p)
	}
	kinds := []string{"agency", "broadcaster", "newspaper", "news-site", "think-tank", "ngo", "government", "intergovernmental", "military", "defence-press",
		"analyst-blog", "aggregator", "regional-wire"}
	countries, languages := map[string]int{}, map[string]int{}
	for _, d := range list.Drafts {
		if len(d.Tags) != 2 || !slices.Contains(kinds, d.Tags[0]) || !slices.Contains([]string{"region", "security", "world"}, d.Tags[1]) {
			t.Errorf("%s: tags %q", d.ID, d.Tags)
		}
		if len(d.Addresses) != 1 || d.Addresses[0].Kind == fetcher.KindURL || d.Disabled {
			t.Errorf("%s: %+v", d.ID, d)
		}
		countries[d.Country]++
		languages[d.Language]++
	}
	for _, country := range []string{"KZ", "KG", "UZ", "TJ", "TM", "AF", "RU", "CN"} {
		if countries[country] < 5 {
			t.Errorf("%d sources of %s", countries[country], country)
		}
	}
	for _, language := range []string{"ru", "en", "kk", "ky", "uz", "tg", "tk", "fa", "ps"} {
		if languages[language] == 0 {
			t.Errorf("no source in %s", language)
		}
	}
	fresh, known, problems := Default().Sift(list.Drafts)
	if len(fresh) != len(list.Drafts) || len(known)+len(problems) > 0 {
		t.Errorf("%d of %d are fresh; %v, %v", len(fresh), len(list.Drafts), known, problems)
	}
	c, err := Load("../../../config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Sources) != len(list.Drafts) {
		t.Errorf("the config has %d sources, the pack %d", len(c.Sources), len(list.Drafts))
	}
}

func sourcePack(t *testing.T) Listing {
	t.Helper()
	const name = "../../../seeds/sources.yaml"
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	list, err := ReadListing(name, data)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestSourcePackFacts compares the pack with the facts that were gathered, where they are: each address is named there
// with high or medium confidence, and none is told to be dead. Of one whose evidence is old or contradicted a remark says so.
func TestSourcePackFacts(t *testing.T) {
	folder := "../../.."
	for range 4 {
		if _, err := os.Stat(filepath.Join(folder, "shared/sources")); err == nil {
			break
		}
		folder = filepath.Join(folder, "..")
	}
	column := func(name string, of func(fields []string) string) map[string]bool {
		f, err := os.Open(filepath.Join(folder, "shared/sources", name))
		if err != nil {
			t.Skip("the folder shared/sources of the development data is not here")
		}
		defer f.Close()
		all := map[string]bool{}
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			all[of(strings.Split(lines.Text(), "\t"))] = true
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
		return all
	}
	good := column("sources.tsv", func(f []string) string {
		if f[10] == "low" {
			return ""
		}
		return f[5]
	})
	dead := column("dead.tsv", func(f []string) string { return f[0] })
	year := regexp.MustCompile(`\b20[12][0-9]\b`)
	weak := column("sources.tsv", func(f []string) string {
		if years := year.FindAllString(f[9], -1); strings.Contains(f[9], "contradicted") || len(years) > 0 && slices.Max(years) < "2022" {
			return f[5]
		}
		return ""
	})
	text, err := os.ReadFile("../../../seeds/sources.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range sourcePack(t).Drafts {
		for _, a := range d.Addresses {
			if !good[a.URL] || dead[a.URL] {
				t.Errorf("%s: %s is not among the good addresses, or is dead", d.ID, a.URL)
			}
			if weak[a.URL] && !strings.Contains(string(text), ": "+a.URL+"      # ") {
				t.Errorf("%s: no remark says how little is known of %s", d.ID, a.URL)
			}
		}
	}
}
