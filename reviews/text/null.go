package text

import "bytes"

// IsNull reports whether a cell holds a word for "nothing" and no text: NULL, \N, nan, N/A, None,
// -, "No Negative", Zendesk's "unoffered". Databases, spreadsheets, booking sites and help desks
// write them, and people who have to answer.
func IsNull(cell []byte) bool {
	if len(cell) > 24 {
		return false
	}
	if len(bytes.Trim(cell, " .-–—_/\u00a0")) == 0 {
		return true
	}
	cell = bytes.Trim(cell, " \t\r\n.,;:!-–—()[]<>#\"'\u00a0")
	var buffer [24]byte
	low := buffer[:0]
	for _, c := range cell {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		low = append(low, c)
	}
	switch string(low) {
	case "offered", "unoffered",
		"null", `\n`, "nan", "n/a", "na", "none", "nil", "undefined", "blank", "empty", "nat",
		"missing", "no data", "not available", "not applicable", "no text", "no comment",
		"no comments", "no review", "no review text", "no answer", "no response", "no negative",
		"no positive", "nothing", "nothing at all", "no title", "without comment", "keine",
		"keine angabe", "k.a", "nichts", "kein kommentar", "rien", "aucun", "aucune", "néant",
		"nada", "ninguno", "ninguna", "niente", "nessuno", "nessuna", "nenhum", "nenhuma", "geen",
		"niets", "brak", "inga", "ingen", "inget", "нет", "ничего", "なし", "特になし", "无", "無", "没有", "沒有", "없음", "없습니다", "yok":
		return true
	}
	return false
}
