package unpack

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"reviewlens/reviews/table"
)

const (
	maxFiles = 1000 // in an archive
	maxHeads = 50   // tables of an archive examined
)

// onePart returns the table in an archive: the only one, or the only one with reviews.
func onePart(ctx context.Context, r io.ReaderAt, size int64) (*zip.File, string, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, "", err
	}
	if len(z.File) > maxFiles {
		return nil, "", refuse("This zip archive holds %d files. Unpack it and take the table "+
			"of reviews.", len(z.File))
	}
	var tables []*zip.File
	for _, f := range z.File {
		if isTable(f) {
			tables = append(tables, f)
		}
	}
	switch {
	case len(tables) == 0:
		return nil, "", refuse("This zip archive holds no table (.csv, .tsv, .txt, .json, "+
			".jsonl, .xlsx, .xls); in it: %s.", namesOf(z.File))
	case len(tables) == 1:
		return tables[0], readFrom(tables[0], nil), nil
	case len(tables) > maxHeads:
		return nil, "", refuse("This zip archive holds %d tables: %s. Unpack it and take the "+
			"table of reviews.", len(tables), namesOf(tables))
	}
	var holding []*zip.File
	for _, f := range tables {
		ok, err := holdsReviews(ctx, f)
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w", f.Name, err)
		}
		if ok {
			holding = append(holding, f)
		}
	}
	if named := slices.DeleteFunc(slices.Clone(holding),
		func(f *zip.File) bool { return !namesReviews(f.Name) }); len(named) == 1 {
		holding = named
	}
	if len(holding) != 1 {
		return nil, "", refuse("This zip archive holds %d tables, and it is not clear which has "+
			"the reviews: %s. Unpack it and take one.", len(tables), namesOf(tables))
	}
	return holding[0], readFrom(holding[0], tables), nil
}

func refuse(format string, args ...any) error {
	return &table.Error{Detail: fmt.Sprintf(format, args...)}
}

// isTable reports whether a file's name is that of a table, not of a program's metadata.
func isTable(f *zip.File) bool {
	name := strings.ReplaceAll(f.Name, "\\", "/")
	base := path.Base(name)
	if f.Mode().IsDir() || strings.HasPrefix(base, ".") ||
		strings.Contains("/"+name, "/__MACOSX/") {
		return false
	}
	ext := strings.ToLower(path.Ext(strings.TrimSuffix(strings.ToLower(base), ".gz")))
	return slices.Contains([]string{".csv", ".tsv", ".tab", ".txt", ".json", ".jsonl", ".ndjson",
		".xlsx", ".xls", ".ods", ".parquet"}, ext)
}

// holdsReviews reports whether a file has reviews, judging by its first bytes or, if it has to be
// unpacked itself, by its name.
func holdsReviews(ctx context.Context, f *zip.File) (bool, error) {
	r, err := f.Open()
	if err != nil {
		return false, err
	}
	defer r.Close()
	sample, err := sampleOf(table.NewContextReader(ctx, r))
	if err != nil {
		return false, err
	}
	if table.DetectForm(f.Name, sample) != table.Plain {
		return namesReviews(f.Name), nil
	}
	return table.ReviewScore(sample, len(sample) < table.SniffBytes) > 0, nil
}

func namesReviews(name string) bool {
	name = strings.ToLower(path.Base(name))
	return strings.Contains(name, "review") || strings.Contains(name, "comment") ||
		strings.Contains(name, "feedback")
}

func copyPart(ctx context.Context, w io.Writer, f *zip.File) (err error) {
	if f.Flags&1 != 0 {
		return refuse("%s in this zip archive is protected by a password. Unpack it first.", f.Name)
	}
	if f.UncompressedSize64 > maxUnpacked {
		return fmt.Errorf("it unpacks to more than %d bytes", int64(maxUnpacked))
	}
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return copyBounded(ctx, w, r)
}

// readFrom returns a note on which part was read, and which others were found.
func readFrom(f *zip.File, tables []*zip.File) string {
	note := "Reviews from " + strconv.Quote(f.Name) + " in the archive"
	others := slices.DeleteFunc(slices.Clone(tables), func(t *zip.File) bool { return t == f })
	if len(others) > 0 {
		note += "; also found: " + namesOf(others)
	}
	return note + "."
}

func namesOf(files []*zip.File) string {
	const shown = 10
	var names []string
	for _, f := range files[:min(len(files), shown)] {
		names = append(names, strconv.Quote(f.Name))
	}
	if more := len(files) - shown; more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}
