package table

import (
	"fmt"
	"strings"
)

// doubtLists says that a column is named like the reviews and holds lists, as where each row is a
// product with its reviews in one cell; "" where none is.
func (r *Reading) doubtLists() string {
	for i, n := range weighNames(r.Header) {
		if n.text < 3 || r.Columns.IsText(i) || r.asked.Text != "" || r.asked.Columns != nil {
			continue
		}
		lists, filled := 0, 0
		for _, row := range r.Head {
			if i >= len(row) || strings.TrimSpace(row[i]) == "" {
				continue
			}
			filled++
			if cell := strings.TrimSpace(row[i]); cell[0] == '[' && isLink(cell) && len(cell) > 2 {
				lists++
			}
		}
		if lists*2 > filled {
			return fmt.Sprintf("%s is named like reviews, but holds lists, which were not read",
				r.Name(i))
		}
	}
	return ""
}
