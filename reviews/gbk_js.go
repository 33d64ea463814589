package reviews

import (
	"errors"
	"syscall/js"
)

// newGBK is the browser's own decoder. The tables of x/text would be 72 KB of the worker's download, which has to stay under
// 1.2 MB; both follow the same standard (encoding.spec.whatwg.org), and TestGBK compares them.
func newGBK() bytesDecoder { return textDecoder{js.Global().Get("TextDecoder").New("gb18030")} }

type textDecoder struct{ decoder js.Value }

func (t textDecoder) Bytes(b []byte) ([]byte, error) {
	array := js.Global().Get("Uint8Array").New(len(b))
	if js.CopyBytesToJS(array, b) != len(b) {
		return nil, errors.New("field not handed over whole")
	}
	return []byte(t.decoder.Call("decode", array).String()), nil
}
