package state

import (
	"testing"

	"reviewlens/app/message"
)

// A server reads a file with the columns that the page shows.
func TestJobQuery(t *testing.T) {
	p := message.Preview{Header: []string{"pros", "cons", "at"},
		Columns: message.Columns{Text: 1, Second: 1, Title: -1, Stars: -1, Date: 2, Product: -1}}
	if got := JobQuery(&p).Encode(); got != "column=2%2C1&date=3&product=-&stars=-&title=-" {
		t.Errorf("a table: %s", got)
	}
	p.Dialect.Keys = []string{"pros", "cons", "at"}
	if got := JobQuery(&p).Encode(); got != "column=cons%2Cpros&date=at&product=-&stars=-&title=-" {
		t.Errorf("JSON lines: %s", got)
	}
}
