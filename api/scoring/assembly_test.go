package scoring

import (
	"bytes"
	"strings"
	"testing"

	"reviewlens/api/wire"

	"github.com/google/go-cmp/cmp"
)

// Parts that were scored apart make the table of the whole file, also where a text comes again in
// another part.
func TestAssembly(t *testing.T) {
	const header = "id,review,stars\n"
	parts := []string{"1,good lid,5\n2,,1\n3,good lid,2\n", "4,bad motor,1\n5,good lid,4\n",
		"6,bad motor,1\n"}
	e := newFake(t)
	whole := newTestTable(t, e, header+strings.Join(parts, ""), 0, nil)
	if err := whole.Score(t.Context()); err != nil {
		t.Fatal(err)
	}
	f, err := Open(t.Context(), strings.NewReader(header+strings.Join(parts, "")), "", "")
	if err != nil {
		t.Fatal(err)
	}
	a := NewAssembly(e, f)
	for i, part := range parts {
		p := newTestTable(t, e, header+part, 0, nil)
		if err := p.Score(t.Context()); err != nil {
			t.Fatal(err)
		}
		if rows, err := a.Add(p.AppendRows(nil)); err != nil || rows != 3-i {
			t.Fatalf("Add = %d, %v", rows, err)
		}
	}
	if diff := cmp.Diff(outcome(t, whole), outcome(t, a.Table())); diff != "" {
		t.Errorf("-whole +parts: %s", diff)
	}
}

type made struct {
	File   string
	Report *wire.Report
}

func outcome(t *testing.T, tab *Table) (m made) {
	t.Helper()
	var b bytes.Buffer
	if err := tab.Annotate(t.Context(), &b, false); err != nil {
		t.Fatal(err)
	}
	var err error
	if m.Report, err = tab.Report(t.Context()); err != nil {
		t.Fatal(err)
	}
	m.File = b.String()
	return m
}

// Rows whose scores could not be had keep their place and are counted as failed.
func TestAssemblyLoses(t *testing.T) {
	const file = "id,review\n1,good lid\n2,bad motor\n3,\n4,good lid\n"
	f, err := Open(t.Context(), strings.NewReader(file), "", "")
	if err != nil {
		t.Fatal(err)
	}
	e := newFake(t)
	p := newTestTable(t, e, "id,review\n3,\n4,good lid\n", 0, nil)
	if err := p.Score(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := NewAssembly(e, f)
	a.MarkFailed(2)
	if _, err := a.Add(p.AppendRows(nil)); err != nil {
		t.Fatal(err)
	}
	m := outcome(t, a.Table())
	if m.File !=
		"id,review,sentiment,positive,windows\n1,good lid,,,\n2,bad motor,,,\n3,,,,\n4,good lid,positive,0.0040,1\n" {
		t.Errorf("annotated:\n%s", m.File)
	}
	if m.Report.Rows != 4 || m.Report.Failed != 2 || m.Report.Empty != 1 || m.Report.Scored != 1 {
		t.Errorf("report %+v", m.Report)
	}
}

// What is not whole, or was scored by another model, is refused.
func TestAssemblyRefuses(t *testing.T) {
	e := newFake(t)
	p := newTestTable(t, e, "id,review\n1,good lid\n2,fine\n", 0, nil)
	if err := p.Score(t.Context()); err != nil {
		t.Fatal(err)
	}
	good := p.AppendRows(nil)
	edit := func(change func(b []byte) []byte) []byte { return change(bytes.Clone(good)) }
	another := newFake(t)
	m := *another.model
	m.Manifest.ID = "000000000000"
	another.model = &m
	for name, part := range map[string][]byte{
		"nothing":   nil,
		"cut":       good[:len(good)-rowBytes],
		"a bit":     edit(func(b []byte) []byte { b[rowsHead+3] ^= 1; return b }),
		"the magic": edit(func(b []byte) []byte { b[0] = 'X'; return b }),
		"one more":  append(bytes.Clone(good), 0),
	} {
		if _, err := NewAssembly(e, nil).Add(part); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if _, err := NewAssembly(another, nil).Add(good); err == nil ||
		!strings.Contains(err.Error(), "not of 000000000000") {
		t.Errorf("another model's rows: %v", err)
	}
}
