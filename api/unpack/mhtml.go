package unpack

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"reviewlens/reviews/table"
)

// writePages writes the web pages of an MHTML file one after the other, as one page in UTF-8: Excel
// saves each sheet as a separate page. Of each part only the start is kept in memory.
func writePages(
	ctx context.Context, w io.Writer, r io.ReaderAt, size int64, repaired *bool,
) error {
	sample, err := sampleOf(io.NewSectionReader(r, 0, size))
	if err != nil {
		return err
	}
	head, err := mail.ReadMessage(bytes.NewReader(bytes.TrimLeft(sample, "\ufeff \t\r\n")))
	if err != nil {
		return damagedPages(err)
	}
	_, outer, err := mime.ParseMediaType(head.Header.Get("Content-Type"))
	if err != nil {
		return damagedPages(err)
	}
	file := table.NewContextReader(ctx, io.NewSectionReader(r, 0, size))
	parts := multipart.NewReader(file, outer["boundary"])
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	for pages := 0; ; {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			if pages == 0 {
				return refuse("%s", table.MHTML.Refusal(""))
			}
			return nil
		}
		var of map[string]string
		kind := ""
		if err == nil { // a part whose type cannot be parsed is not a page
			kind, of, _ = mime.ParseMediaType(part.Header.Get("Content-Type"))
		}
		if kind == "text/html" || kind == "application/xhtml+xml" {
			pages++
			err = writePage(ctx, w, part, of["charset"], repaired)
		}
		if _, disk := errors.AsType[*fs.PathError](err); disk || ctx.Err() != nil {
			return cmp.Or(ctx.Err(), err)
		}
		if err != nil {
			return damagedPages(err)
		}
	}
}

// writePage writes a part that is a web page, in UTF-8. encoding is the charset of its type.
func writePage(
	ctx context.Context, w io.Writer, part *multipart.Part, encoding string, repaired *bool,
) error {
	var page io.Reader = bufio.NewReaderSize(part, 64<<10) // a quoted line may be as long
	switch strings.ToLower(part.Header.Get("Content-Transfer-Encoding")) {
	case "quoted-printable":
		page = quotedprintable.NewReader(page)
	case "base64":
		page = base64.NewDecoder(base64.StdEncoding, page)
	}
	decoded := bufio.NewReaderSize(page, table.SniffBytes)
	sample, err := decoded.Peek(table.SniffBytes)
	if err != nil && err != io.EOF {
		return err
	}
	e := encodingOf(sample)
	// Programs declare ASCII for pages that are not.
	named, name := charset.Lookup(encoding)
	switch {
	case name == "utf-8":
		e = unicode.UTF8
	case named != nil && encoding != "us-ascii":
		e = named
	}
	return copyBounded(ctx, w, transform.NewReader(decoded, decoderOf(e, repaired)))
}

func damagedPages(err error) error {
	return &table.Error{Detail: fmt.Sprintf("This is a web page in MIME (MHTML) that is damaged: "+
		"%v. Open it in a spreadsheet program and save it as .xlsx or CSV.", err)}
}
