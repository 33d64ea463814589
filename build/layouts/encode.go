package main

import (
	"slices"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// charset is a character encoding.
type charset struct {
	name string
	encoding.Encoding
	languages []string // languages written in it; nil: all
}

var (
	western = []string{"de", "fr", "es", "it", "nl", "pt", "sv"}
	central = []string{"pl", "cs"}
)

var encodings = []charset{
	{"utf-8", unicode.UTF8, nil},
	{"utf-8-bom", unicode.UTF8BOM, nil},
	{"utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), nil},
	{"utf-16be", unicode.UTF16(unicode.BigEndian, unicode.UseBOM), nil},
	{"cp1252", charmap.Windows1252, western},
	{"macroman", charmap.Macintosh, western},
	{"cp1250", charmap.Windows1250, central},
	{"cp1251", charmap.Windows1251, []string{"ru"}},
	{"cp1254", charmap.Windows1254, []string{"tr"}},
	{"shift-jis", japanese.ShiftJIS, []string{"ja"}},
	{"euc-kr", korean.EUCKR, []string{"ko"}},
	{"gbk", simplifiedchinese.GBK, []string{"zh"}},
	{"big5", traditionalchinese.Big5, []string{"zh-tw"}},
}

func encodingNames() (names []string) {
	for _, e := range encodings {
		names = append(names, e.name)
	}
	return names
}

func findEncoding(name string) charset {
	return encodings[slices.IndexFunc(encodings, func(e charset) bool { return e.name == name })]
}

// isUnicode reports whether an encoding has all characters.
func (c charset) isUnicode() bool { return c.languages == nil }

// encode returns false if the text has a character that the encoding lacks.
func (c charset) encode(text string) ([]byte, bool) {
	b, err := c.NewEncoder().Bytes([]byte(text))
	return b, err == nil
}
