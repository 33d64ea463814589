package table

import (
	"errors"
	"syscall/js"
)

// newLegacy returns the browser's own decoder. The tables of x/text would add hundreds of kilobytes
// to the worker's download, which has to stay under workerBudget (build/site); both follow the same
// standard (encoding.spec.whatwg.org), and TestLegacy compares them.
func newLegacy(name string) bytesDecoder {
	switch name {
	case GBK:
		name = "gb18030"
	case Big5, ShiftJIS, EUCJP, EUCKR, Windows1250, Windows1251, KOI8R, Macintosh,
		KOI8U, IBM866, Windows1253, Windows1254, Windows1255, Windows1256, Windows874, ISO8859_2:
	default:
		return nil
	}
	return textDecoder{js.Global().Get("TextDecoder").New(name)}
}

type textDecoder struct{ decoder js.Value }

func (t textDecoder) Bytes(b []byte) ([]byte, error) {
	array := js.Global().Get("Uint8Array").New(len(b))
	if js.CopyBytesToJS(array, b) != len(b) {
		return nil, errors.New("field not handed over whole")
	}
	return []byte(t.decoder.Call("decode", array).String()), nil
}
