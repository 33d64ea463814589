package unpack

import (
	"encoding/base64"
	"strings"
	"testing"
)

// Web pages saved in MIME by Excel, SSRS and browsers are decoded part by part.
func TestWebPagesInMIME(t *testing.T) {
	const quoted = "Content-Transfer-Encoding: quoted-printable\r\n"
	part := func(fields, body string) string { return "\r\n--=_x\r\n" + fields + "\r\n" + body }
	const end = "\r\n--=_x--\r\n"
	const head = "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=\"=_x\"\r\n"
	page := func(cell string) string {
		return "<html><body><table><tr><td>review</td></tr><tr><td>" + cell +
			"</td></tr></table></html>"
	}
	frames := part("Content-Type: text/html; charset=\"us-ascii\"\r\n"+quoted,
		"<html xmlns:x=3D\"urn:schemas-microsoft-com:office:excel\"><frameset></frameset></html>")
	image := part("Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n",
		"iVBORw0KGgo=")
	long := strings.Repeat("soft line=\r\n", 10_000)
	for name, tt := range map[string]struct{ in, want string }{
		"Excel, a page a sheet": {head + "X-Document-Type: Workbook\r\n" + frames +
			part("Content-Type: text/html; charset=\"us-ascii\"\r\n"+quoted,
				page("Caf=C3=A9 =3D =\r\ngood")) + image + end, "Café = good"},
		"SSRS, base64": {head + part("Content-Type: text/html; charset=utf-8\r\n"+
			"Content-Transfer-Encoding: base64\r\n",
			base64.StdEncoding.EncodeToString([]byte(page("Café")))[:40]+"\r\n"+
				base64.StdEncoding.EncodeToString([]byte(page("Café")))[40:]) + end, "Café"},
		"a browser": {"From: <Saved by Blink>\r\nSubject: Reviews\r\n" + head +
			part("Content-Type: text/html\r\n"+quoted, page("Caf=C3=A9")) + end, "Café"},
		"another encoding": {head + part("Content-Type: text/html; charset=macintosh\r\n"+quoted,
			page("Caf=8E")) + end, "Café"},
		"a large page": {head + part("Content-Type: text/html; charset=utf-8\r\n"+quoted,
			page("Café "+long)) + end, "Café " + strings.Repeat("soft line", 10_000)},
	} {
		for _, file := range []string{"reviews.xls", ""} {
			got, _, err := taken(t, file, "", []byte(tt.in))
			if err != nil || got != "review\n"+tt.want+"\n" {
				t.Errorf("%s: %.300q, %v, want %.100q", name, got, err, tt.want)
			}
		}
	}
	whole := head + part("Content-Type: text/html\r\n"+quoted, page("Good"))
	for in, want := range map[string]string{
		whole:              "damaged",
		head + image + end: "web page",
		strings.ReplaceAll(whole, "; boundary=\"=_x\"", ""): "damaged",
		head + part("Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n",
			"!!!!") + end: "damaged",
	} {
		if got, _, err := taken(t, "reviews.mht", "", []byte(in)); err == nil ||
			!strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "save it as") {
			t.Errorf("%.60q: %q, %v, want %q", in, got, err, want)
		}
	}
}
