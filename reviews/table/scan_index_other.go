//go:build !amd64

package table

const canIndex = false

type index struct{}

func (x *index) drop()                         {}
func (x *index) end() int                      { return 0 }
func (s *scanner) scanIndexed() bool           { return false }
func (s *scanner) foundIndexed() bool          { return false }
func (s *scanner) fill()                       {}
func (s *scanner) indexedEnds() (n, first int) { return 0, -1 }
func (s *scanner) indexedDelimiters() int      { return 0 }
func (s *scanner) texts() [][]byte             { return nil }
