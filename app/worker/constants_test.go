package worker

import (
	"strings"
	"testing"

	"reviewlens/app/message"
	"reviewlens/reviews/table"
	"reviewlens/reviews/topics"
)

// Package message, which the page links, has constants of its own for those of packages that only
// the worker links.
func TestConstantsOfThePage(t *testing.T) {
	if message.DayFirst != int8(table.DayFirst) || message.MonthFirst != int8(table.MonthFirst) {
		t.Errorf("orders of dates are %d and %d; package table has %d and %d", message.DayFirst,
			message.MonthFirst, table.DayFirst, table.MonthFirst)
	}
	if message.SchemeVersion != topics.SchemeVersion {
		t.Errorf("version of schemes is %d; package topics has %d", message.SchemeVersion,
			topics.SchemeVersion)
	}
	named := func(length int) error {
		s := topics.Scheme{Version: topics.SchemeVersion, Topics: []topics.Own{
			{Name: strings.Repeat("é", length), Terms: []string{"hinge"}}}}
		return s.Check()
	}
	if err := named(message.MaxTopicName); err != nil {
		t.Errorf("a name of %d characters: %v", message.MaxTopicName, err)
	}
	if named(message.MaxTopicName+1) == nil {
		t.Errorf("a name of %d characters is taken", message.MaxTopicName+1)
	}
}
