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
	GBK:         simplifiedchinese.GB18030, // which holds GBK and GB 2312
	Big5:        traditionalchinese.Big5,
	ShiftJIS:    japanese.ShiftJIS,
	EUCJP:       japanese.EUCJP,
	EUCKR:       korean.EUCKR,
	Windows1250: charmap.Windows1250,
	Windows1251: charmap.Windows1251,
	KOI8R:       charmap.KOI8R,
	Macintosh:   charmap.Macintosh,
}

// newLegacy reads an encoding of legacy; nil for another.
func newLegacy(name string) bytesDecoder {
	if e := legacy[name]; e != nil {
		return e.NewDecoder()
	}
	return nil
}
