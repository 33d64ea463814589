package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWheel(t *testing.T) {
	dir := t.TempDir()
	program := []string{filepath.Join(dir, "reviewlens"), filepath.Join(dir, "libonnxruntime.so.1")}
	for _, file := range program {
		if err := os.WriteFile(file, bytes.Repeat([]byte(file), 99), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir("../..")
	var made [2][]byte
	for i := range made {
		name, err := wheel(t.TempDir(), "v1.2-3-gabcdef0", "aarch64", program)
		if err != nil {
			t.Fatal(err)
		}
		want := "reviewlens_spark-1.2.post3+gabcdef0-py3-none-manylinux_2_34_aarch64.whl"
		if got := filepath.Base(name); got != want {
			t.Fatalf("the wheel is called %s, want %s", got, want)
		}
		if made[i], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(made[0], made[1]) {
		t.Error("the same files give other bytes")
	}
	z, err := zip.NewReader(bytes.NewReader(made[0]), int64(len(made[0])))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		if want := f.Name == "reviewlens_spark/bin/reviewlens"; f.Mode()&0o111 != 0 != want {
			t.Errorf("%s has the mode %v", f.Name, f.Mode())
		}
	}
	const info = "reviewlens_spark-1.2.post3+gabcdef0.dist-info/"
	record := string(files[info+"RECORD"])
	for name, data := range files {
		sum := sha256.Sum256(data)
		encoded := base64.RawURLEncoding.EncodeToString(sum[:])
		want := fmt.Sprintf("%s,sha256=%s,%d\n", name, encoded, len(data))
		if name == info+"RECORD" {
			want = name + ",,\n"
		}
		if !strings.Contains(record, want) {
			t.Errorf("RECORD lacks %q", want)
		}
	}
	inside := []string{"__init__.py", "program.py", "job.py", "bin/libonnxruntime.so.1"}
	for _, name := range inside {
		if files["reviewlens_spark/"+name] == nil {
			t.Errorf("the wheel lacks %s", name)
		}
	}
}

func TestPythonVersion(t *testing.T) {
	for described, want := range map[string]string{
		"v1.2.3": "1.2.3", "v1.2-3-gabcdef0": "1.2.post3+gabcdef0", "574fb38": "0+g574fb38",
		"574fb38-dirty": "0+g574fb38", "5741138": "0+g5741138", "unknown": "0+gunknown",
		"v2-rc1": "0+gv2.rc1",
	} {
		if got := pythonVersion(described); got != want {
			t.Errorf("pythonVersion(%q) = %q, want %q", described, got, want)
		}
	}
}
