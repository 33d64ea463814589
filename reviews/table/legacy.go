//go:build !js

package table

import (
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

var legacy = map[string]encoding.Encoding{
	GBK:         simplifiedchinese.GB18030, // a superset of GBK and GB 2312
	Big5:        traditionalchinese.Big5,
	ShiftJIS:    japanese.ShiftJIS,
	EUCJP:       japanese.EUCJP,
	EUCKR:       korean.EUCKR,
	Windows1250: charmap.Windows1250,
	Windows1251: charmap.Windows1251,
	KOI8R:       charmap.KOI8R,
	KOI8U:       charmap.KOI8U,
	IBM866:      charmap.CodePage866,
	Windows1253: charmap.Windows1253,
	Windows1254: charmap.Windows1254,
	Windows1255: charmap.Windows1255,
	Windows1256: charmap.Windows1256,
	Windows874:  charmap.Windows874,
	ISO8859_2:   charmap.ISO8859_2,
	Macintosh:   charmap.Macintosh,
}

// newLegacy returns a decoder of an encoding in legacy; nil for another.
func newLegacy(name string) bytesDecoder {
	if e := legacy[name]; e != nil {
		return e.NewDecoder()
	}
	return nil
}
