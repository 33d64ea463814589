package text

import "bytes"

// IsNull reports whether a cell holds a word for "nothing" and no text: NULL, \N, nan, N/A, None,
// -, "No Negative", Zendesk's "unoffered". Databases, spreadsheets, booking sites and help desks
// write them, and people who have to answer. Errors of spreadsheets (#NAME?) and what sites write
// where there is no text ("[deleted]") are null, too, as is what JavaScript writes of an object.
func IsNull(cell []byte) bool {
	const longest = 80
	if len(cell) > longest {
		return false
	}
	if len(bytes.Trim(cell, " .-–—_/\u00a0")) == 0 {
		return true
	}
	var buffer [longest]byte
	low := buffer[:0]
	for _, c := range cell {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		low = append(low, c)
	}
	if isPlaceholder(bytes.Trim(low, " \t\r\n.\"'\u00a0")) {
		return true
	}
	if len(cell) > 24 {
		return false
	}
	low = bytes.Trim(low, " \t\r\n.,;:!-–—()[]<>#\"'\u00a0")
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

// isPlaceholder reports whether a cell in lower case is what a program writes in place of a text:
// the error of a formula, or a site's sentence for a review without text or whose text was removed.
func isPlaceholder(cell []byte) bool {
	switch string(cell) {
	case "#name?", "#value!", "#ref!", "#div/0!", "#num!", "#null!", "#spill!", "#calc!",
		"#error!", "#field!", "#blocked!", "#connect!", "#busy!", "#getting_data",
		"[object object]", "[deleted]", "[removed]", "[deleted by user]", "[removed by reddit]",
		"[comment deleted]", "[comment removed]", "[review deleted]", "[review removed]",
		"there are no comments available for this review",
		"the user didn't write a review, and has left just a rating",
		"the user didn’t write a review, and has left just a rating",
		"this review has no text", "this user did not leave a comment",
		"this comment has been deleted", "this comment has been removed",
		"this comment was deleted", "this comment was removed",
		"this review has been deleted", "this review has been removed",
		"this review was deleted", "this review was removed",
		"no written review", "no review content", "rating only", "rated without comment":
		return true
	}
	return false
}
