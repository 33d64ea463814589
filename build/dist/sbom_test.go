package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const lock = "../node/package-lock.json"

func TestPackages(t *testing.T) {
	found, err := packages(lock, shipped)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range found {
		names = append(names, c.Name)
		if len(c.Hashes) != 1 || len(c.Hashes[0].Content) != 128 ||
			!strings.HasSuffix(c.PURL, "@"+c.Version) || !strings.HasPrefix(c.PURL, "pkg:npm/") {
			t.Errorf("%+v", c)
		}
	}
	for name, want := range map[string]bool{"echarts": true, "zrender": true,
		"onnxruntime-web": true, "read-excel-file": true, "playwright-core": false, "axe-core": false} {
		if slices.Contains(names, name) != want {
			t.Errorf("%s is among %v: %v", name, names, !want)
		}
	}
	scoped := filepath.Join(t.TempDir(), "lock.json")
	if err := os.WriteFile(scoped,
		[]byte(`{"packages": {"node_modules/@a/b": {"version": "1.0.0"}}}`), 0o666); err != nil {
		t.Fatal(err)
	}
	if found, err := packages(scoped, []string{"@a/b"}); err != nil ||
		found[0].PURL != "pkg:npm/%40a/b@1.0.0" {
		t.Errorf("%+v, %v", found, err)
	}
	if _, err := packages(lock, []string{"nothing-of-the-kind"}); err == nil {
		t.Error("a package that is not there is found")
	}
}

// The list equals the npm packages that the page's own sources import.
func TestShipped(t *testing.T) {
	imports := map[string]bool{}
	for _, pattern := range []string{"../../web/*.js", "../../web/*/*.js", "../site/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`(?:from|import)\s*\(?\s*"([a-z@][^"./]*)[^"]*"`).
				FindAllStringSubmatch(string(data), -1) {
				imports[m[1]] = true
			}
		}
	}
	for _, name := range shipped {
		delete(imports, name)
	}
	for name := range imports {
		if _, err := packages(lock, []string{name}); err == nil {
			t.Errorf("the page imports %s, which the SBOM does not list", name)
		}
	}
}
