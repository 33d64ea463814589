package main

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"

	"reviewlens/api/infer"
)

// shipped are the npm packages whose code is on the page; the others in the lock file build and
// test it.
var shipped = []string{"echarts", "oauth4webapi", "onnxruntime-web", "read-excel-file"}

// component is a part of a program, in CycloneDX's format.
type component struct {
	Ref     string `json:"bom-ref"`
	Type    string `json:"type"`
	Name    string `json:"name"`
	Version string `json:"version"`
	PURL    string `json:"purl"`
	Hashes  []hash `json:"hashes,omitempty"`
}

type hash struct {
	Alg     string `json:"alg"`
	Content string `json:"content"`
}

// sbom writes the components of a program: the linked Go modules, read from the program itself, the
// native library, and the npm packages of the embedded page.
func sbom(tool, version, program, lock, name string) error {
	raw := name + ".part"
	defer os.Remove(raw)
	cmd := exec.Command("go", "run", tool, "bin", "-json", "-std", "-noserial", "-notimestamp",
		"-version", version, "-output", raw, program)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", tool, err)
	}
	data, err := os.ReadFile(raw)
	if err != nil {
		return err
	}
	var bom map[string]any
	if err := json.Unmarshal(data, &bom); err != nil {
		return err
	}
	modules, _ := bom["components"].([]any)
	if len(modules) == 0 {
		return fmt.Errorf("%s names no module of %s", tool, program)
	}
	more, err := packages(lock, shipped)
	if err != nil {
		return err
	}
	native := "pkg:generic/onnxruntime@" + infer.Version
	more = append(more, component{Ref: native, Type: "library", Name: "onnxruntime",
		Version: infer.Version, PURL: native})
	for _, c := range more {
		modules = append(modules, c)
	}
	bom["components"] = modules
	if data, err = json.MarshalIndent(bom, "", "  "); err != nil {
		return err
	}
	return os.WriteFile(name, append(data, '\n'), 0o666)
}

// packages returns the named packages of a package-lock.json, and all their dependencies.
func packages(lock string, names []string) (found []component, err error) {
	data, err := os.ReadFile(lock)
	if err != nil {
		return nil, err
	}
	var file struct {
		Packages map[string]struct {
			Version, Integrity string
			Dependencies       map[string]string
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", lock, err)
	}
	seen := map[string]bool{}
	queue := slices.Clone(names)
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		if seen[name] {
			continue
		}
		seen[name] = true
		p, ok := file.Packages["node_modules/"+name]
		if !ok {
			return nil, fmt.Errorf("%s has no %s", lock, name)
		}
		c := component{Type: "library", Name: name, Version: p.Version, PURL: "pkg:npm/" +
			strings.ReplaceAll(url.PathEscape(name), "@", "%40") + "@" + p.Version}
		c.PURL = strings.Replace(c.PURL, "%2F", "/", 1) // of a scope
		c.Ref = c.PURL
		if digest, ok := strings.CutPrefix(p.Integrity, "sha512-"); ok {
			sum, err := base64.StdEncoding.DecodeString(digest)
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", lock, name, err)
			}
			c.Hashes = []hash{{"SHA-512", hex.EncodeToString(sum)}}
		}
		found = append(found, c)
		for need := range p.Dependencies {
			queue = append(queue, need)
		}
	}
	slices.SortFunc(found, func(a, b component) int { return strings.Compare(a.Name, b.Name) })
	return found, nil
}
