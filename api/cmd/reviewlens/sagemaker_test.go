package main

import (
	"testing"
	"time"
)

// SageMaker waits a minute for a response: longer work is refused before it is scored, with time
// left to report that.
func TestSageMakerBudget(t *testing.T) {
	if b := sageMakerBudget(nil); b.Time <= 0 || b.Time > 58*time.Second || b.Bytes != 0 {
		t.Errorf("the budget is %+v", b)
	}
}
