package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strings"
	"sync"
	"time"
)

// immutable is the Cache-Control of content that never changes under its name.
const immutable = "public, max-age=31536000, immutable"

// hashed matches names that contain a hash of the content: chart-4F2K7QXA.js, app.0123456789ab.css.
var hashed = regexp.MustCompile(`[.-]([0-9a-f]{8,64}|[0-9A-Z]{8})\.`)

// contentTypes are set here, because mime.TypeByExtension depends on the machine.
var contentTypes = map[string]string{
	".css":         "text/css; charset=utf-8",
	".csv":         "text/csv; charset=utf-8",
	".html":        "text/html; charset=utf-8",
	".ico":         "image/x-icon",
	".js":          "text/javascript; charset=utf-8",
	".json":        "application/json",
	".map":         "application/json",
	".mjs":         "text/javascript; charset=utf-8",
	".png":         "image/png",
	".svg":         "image/svg+xml",
	".txt":         "text/plain; charset=utf-8",
	".wasm":        "application/wasm",
	".webmanifest": "application/manifest+json",
	".woff2":       "font/woff2",
	".xml":         "application/xml",
}

// site serves the page's files. x.br is x compressed, for clients that accept Brotli. A path that
// names no file and looks like a page gets index.html, because the page's routes are handled in the
// browser.
type site struct {
	files fs.FS
	index map[string]*asset // by path without the leading slash, and without .br
}

type asset struct {
	name        string
	contentType string
	cache       string
	plain       content
	brotli      *content // nil: not compressed
}

// content is read and hashed on first use: hashing 20 MB would delay the start.
type content struct {
	name string
	once sync.Once
	data []byte
	tag  string
	err  error
}

func newSite(files fs.FS) *site {
	s := &site{files: files, index: make(map[string]*asset)}
	if files == nil {
		return s
	}
	fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(name, ".br") {
			return nil // unlistable files are not served
		}
		a := &asset{name: name, contentType: contentTypes[path.Ext(name)], cache: "no-cache",
			plain: content{name: name}}
		if a.contentType == "" {
			a.contentType = "application/octet-stream"
		}
		if hashed.MatchString(path.Base(name)) {
			a.cache = immutable
		}
		if _, err := fs.Stat(files, name+".br"); err == nil {
			a.brotli = &content{name: name + ".br"}
		}
		s.index[name] = a
		return nil
	})
	return s
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	a := s.index[name]
	if a == nil && (name == "" || path.Ext(name) == "" &&
		strings.Contains(r.Header.Get("Accept"), "text/html")) {
		a = s.index["index.html"] // for people; a program gets an error instead
	}
	if a == nil {
		notFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		notAllowed(http.MethodGet)(w, r)
		return
	}
	header := w.Header()
	c := &a.plain
	if a.brotli != nil {
		header.Add("Vary", "Accept-Encoding") // beside that of cors
		if takesBrotli(r.Header.Get("Accept-Encoding")) {
			c = a.brotli
			header.Set("Content-Encoding", "br")
		}
	}
	c.once.Do(func() {
		c.data, c.err = fs.ReadFile(s.files, c.name)
		sum := sha256.Sum256(c.data)
		c.tag = hex.EncodeToString(sum[:8])
	})
	if c.err != nil {
		fail(w, r, fmt.Errorf("site: %w", c.err))
		return
	}
	header.Set("Content-Type", a.contentType)
	header.Set("Cache-Control", a.cache)
	header.Set("ETag", `"`+c.tag+`"`)
	// ServeContent omits the length of encoded bodies; the page's progress bar needs it.
	if r.Header.Get("Range") == "" {
		header.Set("Content-Length", fmt.Sprint(len(c.data)))
	}
	http.ServeContent(&conditional{ResponseWriter: w}, r, "", time.Time{}, bytes.NewReader(c.data))
}

// takesBrotli reports whether an Accept-Encoding contains br, not refused by q=0.
func takesBrotli(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(coding), "br") {
			weight = strings.ReplaceAll(strings.TrimSpace(weight), " ", "")
			return weight != "q=0" && weight != "q=0.0" && weight != "q=0.00" && weight != "q=0.000"
		}
	}
	return false
}
