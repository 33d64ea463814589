package scoring

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"

	"reviewlens/api/wire"
	"reviewlens/reviews/table"
	"reviewlens/reviews/topics"

	"github.com/google/go-cmp/cmp"
)

// Parts scored separately yield the table of the whole file, even if a text is repeated in another
// part.
func TestAssembly(t *testing.T) {
	const header = "id,review,stars\n"
	parts := []string{"1,good lid,5\n2,,1\n3,good lid,2\n", "4,bad motor,1\n5,good lid,4\n",
		"6,bad motor,1\n"}
	e := newFake(t)
	whole := newTestTable(t, e, header+strings.Join(parts, ""), 0, nil)
	if err := whole.Score(t.Context()); err != nil {
		t.Fatal(err)
	}
	f, err := Open(t.Context(), strings.NewReader(header+strings.Join(parts, "")), table.Options{})
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

// Parts have the topics of the whole; a repeated text has those of its first row.
func TestAssemblyOfTopics(t *testing.T) {
	const header = "id,review,date\n"
	var parts []string
	for i := range 3 {
		part := ""
		for k := range 12 {
			what := [3]string{"the bass is weak", "I like the price", "so comfortable"}[k%3]
			part += fmt.Sprintf("%d,%s number %d,2024-0%d-01\n", 12*i+k, what, (i+k)%9, i+1)
		}
		parts = append(parts, part)
	}
	e := newTagging(t)
	ask := func(tab *Table) *Table {
		if err := tab.Enable(Extras{Topics: true}); err != nil {
			t.Fatal(err)
		}
		if err := tab.Score(t.Context()); err != nil {
			t.Fatal(err)
		}
		return tab
	}
	whole := ask(newTestTable(t, e, header+strings.Join(parts, ""), 0, nil))
	f, err := Open(t.Context(), strings.NewReader(header+strings.Join(parts, "")), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a := NewAssembly(e, f)
	if err := a.FindTopics(true, topics.Scheme{}); err != nil {
		t.Fatal(err)
	}
	var some []byte
	for _, part := range parts {
		some = ask(newTestTable(t, e, header+part, 0, nil)).AppendRows(nil)
		if rows, err := a.Add(some); err != nil || rows != 12 {
			t.Fatalf("Add = %d, %v", rows, err)
		}
	}
	want := outcome(t, whole)
	if diff := cmp.Diff(want, outcome(t, a.Table())); diff != "" {
		t.Errorf("-whole +parts: %s", diff)
	}
	if len(want.Report.Topics.List) != 3 || !strings.Contains(want.File, ",bass:negative\n") {
		t.Errorf("topics %+v in\n%s", want.Report.Topics, want.File)
	}

	// With topics, rows without are refused, and vice versa; no row is added partially.
	plain := newTestTable(t, newFake(t), header+parts[0], 0, nil)
	if err := plain.Score(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Add(plain.AppendRows(nil)); err == nil ||
		!strings.Contains(err.Error(), "RVP2") {
		t.Errorf("rows without topics: %v", err)
	}
	if _, err := NewAssembly(e, nil).Add(some); err == nil ||
		!strings.Contains(err.Error(), "RVP1") {
		t.Errorf("rows with topics: %v", err)
	}
	taken := 0
	for size := range len(some) - crc32.Size {
		if _, err := a.Add(withSum(some[:size])); err == nil {
			taken++
		}
	}
	if taken != 12 { // where a row begins
		t.Errorf("of 12 rows, cut anywhere, %d are taken", taken)
	}
}

// withSum returns encoded rows with their checksum appended.
func withSum(b []byte) []byte {
	b = bytes.Clone(b)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
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

// Failed rows keep their place and are counted.
func TestAssemblyLoses(t *testing.T) {
	const file = "id,review\n1,good lid\n2,bad motor\n3,\n4,good lid\n"
	f, err := Open(t.Context(), strings.NewReader(file), table.Options{})
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

// Incomplete rows and rows scored by another model are refused.
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
