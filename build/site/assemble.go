package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	goapp "github.com/maxence-charriere/go-app/v9/pkg/app"

	"reviewlens/app"
)

// assemble gathers the site. Files that refer to others come after these: the names in their text
// are replaced by the hashed ones.
func assemble() (*site, error) {
	s := &site{files: map[string][]byte{".keep": nil}}
	names := map[string]string{} // /web/x -> /web/x with its hash
	rename := func(data []byte) []byte {
		for plain, hashed := range names {
			data = bytes.ReplaceAll(data, []byte(`"`+plain+`"`), []byte(`"`+hashed+`"`))
		}
		return data
	}
	read := func(dir, name string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, name)) }
	hashed := func(name string, data []byte) {
		sum := sha256.Sum256(data)
		ext := path.Ext(name)
		to := "/web/" + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
		names["/web/"+name] = to
		s.add(to[1:], data)
	}

	for _, f := range []struct{ dir, name string }{
		{work, "app.wasm"}, {work, "worker.wasm"}, {work, "charts.js"}, {work, "workbook.js"},
		{onnxruntime, "ort-wasm-simd-threaded.wasm"}, {work, "session.js"}, {"web", "device.js"},
		{work, "signin.js"},
		{"web", "signed-in.js"}, {"web", "jobs.js"}, {"web", "trials.js"}, {"web", "main.css"},
		{"web", "worker.js"}, {"web", "page.js"},
	} {
		data, err := read(f.dir, f.name)
		if err != nil {
			return nil, err
		}
		if path.Ext(f.name) == ".js" {
			data = rename(data)
		}
		hashed(f.name, data)
	}
	plain, err := filepath.Glob("web/*.png")
	if err != nil {
		return nil, err
	}
	for _, name := range append(plain, "web/icon.svg", "web/example-reviews.csv") {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		s.add(filepath.ToSlash(name), data)
	}
	manifest, err := read("web", "manifest.webmanifest")
	if err != nil {
		return nil, err
	}
	s.add("manifest.webmanifest", manifest)
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env GOROOT: %w", err)
	}
	// The toolchain's own, which matches the binaries it built; go-app carries copies of older
	// ones.
	glue, err := read(filepath.Join(strings.TrimSpace(string(goroot)), "lib/wasm"), "wasm_exec.js")
	if err != nil {
		return nil, err
	}
	s.add("wasm_exec.js", glue)

	for _, name := range []string{"signed-in.html", "trials.html"} {
		page, err := read("web", name)
		if err != nil {
			return nil, err
		}
		s.add(name, rename(page))
	}
	index, err := read("web", "index.html")
	if err != nil {
		return nil, err
	}
	app.Route()
	index = bytes.Replace(index, []byte("{{.Shell}}"), []byte(shell(&app.App{})), 1)
	s.add("index.html", rename(index))

	if err := s.addGoApp(names); err != nil {
		return nil, err
	}
	s.first = []string{"index.html", "app.js", "wasm_exec.js", "manifest.webmanifest",
		"web/icon.svg"}
	for _, name := range []string{"app.wasm", "worker.wasm", "worker.js", "page.js", "main.css"} {
		s.first = append(s.first, names["/web/"+name][1:])
	}
	return s, nil
}

// addGoApp adds the files that go-app generates: its boot script, its style and the service
// worker's list of files, under a version that is the hash of all other files.
func (s *site) addGoApp(names map[string]string) error {
	worker, err := os.ReadFile("web/offline.js")
	if err != nil {
		return err
	}
	var offline []string
	all := make([]string, 0, len(s.files))
	for name := range s.files {
		all = append(all, name)
	}
	slices.Sort(all)
	version := sha256.New()
	version.Write(worker)
	for _, name := range all {
		fmt.Fprintf(version, "%s %x\n", name, sha256.Sum256(s.files[name]))
		if name != ".keep" && name != "index.html" && !operators(name) &&
			"/"+name != names["/web/ort-wasm-simd-threaded.wasm"] { // device.js caches that
			offline = append(offline, "/"+name)
		}
	}
	h := &goapp.Handler{
		Name: "Reviewlens",
		// no percentage: Content-Length is that of the compressed file
		LoadingLabel: "Getting ready…",
		Icon: goapp.Icon{Default: "/web/icon-192.png", Large: "/web/icon-512.png",
			SVG: "/web/icon.svg"},
		Resources:             resources(names["/web/app.wasm"]),
		CacheableResources:    offline,
		Version:               hex.EncodeToString(version.Sum(nil)[:6]),
		ServiceWorkerTemplate: string(worker),
	}
	for _, name := range []string{"app.css", "app.js", "app-worker.js"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/"+name, nil))
		if w.Code != 200 || w.Body.Len() == 0 {
			return fmt.Errorf("go-app answered %d for /%s", w.Code, name)
		}
		data := w.Body.Bytes()
		if name == "app.js" {
			// Where these two are called, the one competes with the other, whose stream the browser
			// cannot keep compiled: page.js does both.
			for _, call := range []string{"\ngoappInitServiceWorker();",
				"\ngoappInitWebAssembly();"} {
				if bytes.Count(data, []byte(call)) != 1 {
					return fmt.Errorf("go-app's app.js does not call %s once",
						strings.TrimSpace(call))
				}
				data = bytes.Replace(data, []byte(call), nil, 1)
			}
		}
		s.add(name, data)
	}
	return nil
}

// resources tells go-app the location of the page's program.
type resources string

func (resources) Package() string   { return "" }
func (resources) Static() string    { return "" }
func (r resources) AppWASM() string { return string(r) }

// shell renders a component as HTML. go-app writes attributes in the random order of a map and
// quotes them as Go does; here they are sorted and quoted as in HTML, so that the same page gives
// the same bytes.
func shell(c goapp.UI) string {
	tag := regexp.MustCompile(`<([a-z0-9]+)((?: [a-zA-Z-]+(?:="(?:[^"\\]|\\.)*")?)*)>`)
	attribute := regexp.MustCompile(` ([a-zA-Z-]+)(?:=("(?:[^"\\]|\\.)*"))?`)
	return tag.ReplaceAllStringFunc(goapp.HTMLString(c), func(found string) string {
		m := tag.FindStringSubmatch(found)
		var attributes []string
		for _, a := range attribute.FindAllStringSubmatch(m[2], -1) {
			// go-app's attribute for its text, which HTML does not have
			if m[1] == "textarea" && a[1] == "value" {
				continue
			}
			text := " " + a[1]
			if a[2] != "" {
				value, err := strconv.Unquote(a[2])
				if err != nil {
					value = strings.Trim(a[2], `"`)
				}
				text += `="` + html.EscapeString(value) + `"`
			}
			attributes = append(attributes, text)
		}
		slices.Sort(attributes)
		return "<" + m[1] + strings.Join(attributes, "") + ">"
	})
}

// operators reports whether a file belongs to the operators' screen, which is useless offline.
func operators(name string) bool {
	return name == "trials.html" || strings.HasPrefix(name, "web/trials.")
}
