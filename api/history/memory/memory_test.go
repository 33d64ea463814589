package memory_test

import (
	"testing"

	"reviewlens/api/history"
	"reviewlens/api/history/historytest"
	"reviewlens/api/history/memory"
)

func TestStore(t *testing.T) {
	historytest.Run(t, func(testing.TB) history.Store { return memory.New() })
}
