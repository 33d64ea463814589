package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"reviewlens/api/wire"
)

// decodeTexts decodes a ScoreRequest token by token, so that texts are counted before they are
// stored. Unknown members are ignored, for later versions, but not those named like a parameter
// that changes the answer.
func decodeTexts(body []byte) (texts []string, err error) {
	if err := wire.CheckUTF8(body); err != nil {
		return nil, err
	}
	body = withoutBOM(body)
	d := json.NewDecoder(bytes.NewReader(body))
	if err := expect(d, json.Delim('{')); err != nil {
		return nil, err
	}
	found := false
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, badJSON(d, err)
		}
		if key == "model" || key == predictStars || key == findTopics {
			return nil, &wire.Error{Code: wire.BadJSON,
				Detail: fmt.Sprintf("%q is a parameter of the address, as in /v1/score?%s=..., "+
					"and no member of the body.", key, key)}
		}
		if key != "texts" {
			var skip json.RawMessage
			if err := d.Decode(&skip); err != nil {
				return nil, badJSON(d, err)
			}
			continue
		}
		if found {
			return nil, &wire.Error{Code: wire.BadJSON,
				Detail: fmt.Sprintf(`At byte %d "texts" begins for the second time; send one list.`,
					d.InputOffset())}
		}
		found = true
		if err := expect(d, json.Delim('[')); err != nil {
			return nil, err
		}
		for d.More() {
			if len(texts) == Limits.Texts {
				return nil, &wire.Error{Code: wire.TooManyTexts,
					Detail: fmt.Sprintf("There are more than %d texts. Send fewer at a time.",
						Limits.Texts)}
			}
			token, err := d.Token()
			if err != nil {
				return nil, badJSON(d, err)
			}
			text, ok := token.(string)
			if !ok {
				return nil, &wire.Error{Code: wire.BadJSON,
					Detail: fmt.Sprintf("Text %d, which ends at byte %d, is not a string.",
						len(texts)+1, d.InputOffset())}
			}
			texts = append(texts, text)
		}
		if err := expect(d, json.Delim(']')); err != nil {
			return nil, err
		}
	}
	if err := expect(d, json.Delim('}')); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, &wire.Error{Code: wire.BadJSON,
			Detail: fmt.Sprintf("Something follows the object, from byte %d on. A file of "+
				"JSON lines is sent as %s.", d.InputOffset(), wire.TypeJSONLines)}
	}
	if !found {
		return nil, &wire.Error{Code: wire.BadJSON,
			Detail: `There is no "texts", and no list of objects; the body should be ` +
				`{"texts": ["one review", "another"]}, or a document with a list of objects.`}
	}
	return texts, nil
}

// withoutBOM removes the byte order mark that editors and PowerShell write before UTF-8. JSON has
// none, but RFC 8259, 8.1 allows parsers to ignore it.
func withoutBOM(body []byte) []byte { return bytes.TrimPrefix(body, []byte("\ufeff")) }

func expect(d *json.Decoder, want json.Delim) error {
	token, err := d.Token()
	if err != nil {
		return badJSON(d, err)
	}
	if token != want {
		return &wire.Error{Code: wire.BadJSON,
			Detail: fmt.Sprintf(
				`At byte %d stands no %s; the body should be {"texts": ["one review", "another"]}.`, d.InputOffset(), want)}
	}
	return nil
}

func badJSON(d *json.Decoder, err error) error {
	at, why := d.InputOffset(), "it ends too early"
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		at, why = syntax.Offset, err.Error()
	}
	return &wire.Error{Code: wire.BadJSON,
		Detail: fmt.Sprintf("The body is not JSON, at byte %d: %s.", at, why)}
}

// decodeLines decodes plain text, one review per line. An empty line keeps its place.
func decodeLines(body []byte) (texts []string, err error) {
	if err := wire.CheckUTF8(body); err != nil {
		return nil, err
	}
	body = withoutBOM(body)
	for len(body) > 0 {
		line, rest, _ := bytes.Cut(body, []byte("\n"))
		if len(texts) == Limits.Texts {
			return nil, &wire.Error{Code: wire.TooManyTexts,
				Detail: fmt.Sprintf("There are more than %d lines. Send fewer at a time, or a "+
					"file as %s.", Limits.Texts, wire.TypeCSV)}
		}
		texts, body = append(texts, string(bytes.TrimSuffix(line, []byte("\r")))), rest
	}
	return texts, nil
}
