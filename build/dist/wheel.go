package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// sparkPackage is the Python package of deploy/spark.
const sparkPackage = "deploy/spark/reviewlens_spark"

// wheel writes the Python wheel reviewlens-spark into a folder and returns its path: the package of
// deploy/spark with a program and its library inside. machine is the processor's name in wheels.
// The same files give the same bytes.
func wheel(folder, version, machine string, program []string) (name string, err error) {
	version = pythonVersion(version)
	const dist = "reviewlens_spark"
	tag := "py3-none-manylinux_2_34_" + machine
	name = filepath.Join(folder, dist+"-"+version+"-"+tag+".whl")
	out, err := os.Create(name)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	w := wheelWriter{zip: zip.NewWriter(out)}
	w.zip.RegisterCompressor(zip.Deflate, func(to io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(to, flate.BestCompression)
	})
	sources, err := filepath.Glob(filepath.Join(sparkPackage, "*.py"))
	if err != nil || len(sources) == 0 {
		return "", fmt.Errorf("%s holds no Python (%v)", sparkPackage, err)
	}
	for _, source := range sources { // sorted
		if err := w.copy(dist+"/"+filepath.Base(source), source, 0o644); err != nil {
			return "", err
		}
	}
	for i, file := range program {
		mode := os.FileMode(0o644)
		if i == 0 {
			mode = 0o755
		}
		if err := w.copy(dist+"/bin/"+filepath.Base(file), file, mode); err != nil {
			return "", err
		}
	}
	info := dist + "-" + version + ".dist-info/"
	for _, license := range []string{"LICENSE", "NOTICE"} {
		if err := w.copy(info+"licenses/"+license, license, 0o644); err != nil {
			return "", err
		}
	}
	metadata := "Metadata-Version: 2.4\nName: reviewlens-spark\nVersion: " + version +
		"\nSummary: Sentiment of reviews in Spark, by the Reviewlens program inside\n" +
		"Requires-Python: >=3.9\nLicense-File: LICENSE\nLicense-File: NOTICE\n"
	tags := "Wheel-Version: 1.0\nGenerator: reviewlens\nRoot-Is-Purelib: false\nTag: " + tag + "\n"
	for _, file := range []struct{ name, text string }{{"METADATA", metadata}, {"WHEEL", tags}} {
		if err := w.add(info+file.name, []byte(file.text), 0o644); err != nil {
			return "", err
		}
	}
	record := w.record.String() + info + "RECORD,,\n"
	if err := w.add(info+"RECORD", []byte(record), 0o644); err != nil {
		return "", err
	}
	return name, w.zip.Close()
}

// wheelWriter writes files into a wheel and lists them in the format of its RECORD.
type wheelWriter struct {
	zip    *zip.Writer
	record bytes.Buffer
}

func (w *wheelWriter) copy(name, from string, mode os.FileMode) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return w.add(name, data, mode)
}

func (w *wheelWriter) add(name string, data []byte, mode os.FileMode) error {
	h := &zip.FileHeader{Name: name, Method: zip.Deflate}
	h.Modified = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC) // the earliest that a zip supports
	h.SetMode(mode)
	f, err := w.zip.CreateHeader(h)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	fmt.Fprintf(&w.record, "%s,sha256=%s,%d\n", name, base64.RawURLEncoding.EncodeToString(sum[:]),
		len(data))
	_, err = f.Write(data)
	return err
}

var release = regexp.MustCompile(`^v?(\d+(?:\.\d+)*)(?:-(\d+)-(g[0-9a-f]+))?$`)

// pythonVersion converts the output of git describe to PEP 440: v1.2-3-gabc is 1.2.post3+gabc.
func pythonVersion(described string) string {
	described = strings.TrimSuffix(described, "-dirty")
	m := release.FindStringSubmatch(described)
	switch {
	case m == nil || len(m[1]) >= 7 && m[2] == "": // an abbreviated hash may consist of digits only
		return "0+g" + regexp.MustCompile(`[^0-9a-zA-Z]+`).ReplaceAllString(described, ".")
	case m[2] == "":
		return m[1]
	}
	return m[1] + ".post" + m[2] + "+" + m[3]
}
