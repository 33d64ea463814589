package api

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"reviewlens/api/wire"

	"golang.org/x/text/encoding/unicode"
)

const hotels = "hotel,liked,disliked,score,date\n" +
	"Aster,good bed and good food,No Negative,9.6,1/3/2024\n" +
	"Birch,Nothing,bad lid and noise all night,3.1,2/3/2024\n" +
	"Birch,good pool for children,bad price for what it is,7.5,3/3/2024\n"

// score, report and jobs all honour the reading parameters, and the response reports how the file
// was read.
func TestReadingOnRequest(t *testing.T) {
	h := newJobs(t, nil)
	for _, tt := range []struct{ name, query, file, sentence, doubts string }{
		{"guessed", "", hotels,
			`Reviews from "liked" and "disliked", stars from "score" (1 to 10), ` +
				`dates from "date", month first, products from "hotel".`, "dayfirst stars_of"},
		{"asked", "text=disliked,liked&dayfirst=true&stars_of=20&product=-", hotels,
			`Reviews from "disliked" and "liked", stars from "score" (1 to 20), ` +
				`dates from "date", day first.`, ""},
		{"one of two", "column=liked&stars=-&date=-", hotels,
			`Reviews from "liked", products from "hotel".`, ""},
		{"where the table is", "lines_above=1&header_rows=2",
			"All,2024\nreview,grade\ntext,1-5\ngood lid,5\n",
			`Reviews from "review", stars from "grade" (1 to 5); left out: the line above the table, ` +
				`1 more rows of headings.`, ""},
		{"an encoding", "encoding=windows-1254", "Ba\xfel\xfdk\tYorum\n\xddyi\tGood lid\n",
			`Reviews from "Yorum", titles from "Başlık".`, ""},
		{"empty values", "encoding=&stars_of=&column=&text=disliked,liked&title=&product=-",
			hotels, `Reviews from "disliked" and "liked", stars from "score" (1 to 10), ` +
				`dates from "date", month first.`, "dayfirst stars_of"},
		{"of a document", "encoding=utf-16le",
			wide(t, "[\n{\"Başlık\": \"İyi\", \"Yorum\": \"Good lid\"}\n]"),
			`Reviews from "Yorum", titles from "Başlık".`, ""},
		{"of a document of bytes", "encoding=windows-1254",
			"[{\"Ba\xfel\xfdk\": \"\xddyi\",\n\"Yorum\": \"Good lid\"}]",
			`Reviews from "Yorum", titles from "Başlık".`, ""},
		{"strict", "strict=1&dayfirst=0&stars_of=10", hotels,
			`Reviews from "liked" and "disliked", stars from "score" (1 to 10), ` +
				`dates from "date", month first, products from "hotel".`, ""},
	} {
		check := func(where string, got *wire.Reading) {
			t.Helper()
			if got == nil || got.Sentence != tt.sentence {
				t.Errorf("%s: %s is read as %+v, want %s", tt.name, where, got, tt.sentence)
				return
			}
			var doubts []string
			for _, doubt := range got.Doubts {
				doubts = append(doubts, doubt.Parameter)
			}
			if strings.Join(doubts, " ") != tt.doubts {
				t.Errorf("%s: %s has the doubts %+v, want %s", tt.name, where,
					got.Doubts, tt.doubts)
			}
		}
		var reading wire.Reading
		w := do(h, "POST", "/v1/score?"+tt.query, wire.TypeCSV, strings.NewReader(tt.file))
		err := json.Unmarshal([]byte(w.Header().Get("Reviewlens-Reading")), &reading)
		if err != nil {
			t.Errorf("%s: score answers %d %s: %v", tt.name, w.Code, w.Body, err)
		}
		check("score", &reading)

		var report wire.Report
		w = do(h, "POST", "/v1/report?"+tt.query, wire.TypeCSV, strings.NewReader(tt.file))
		if err := json.Unmarshal(w.Body.Bytes(), &report); err != nil {
			t.Errorf("%s: report answers %d %s: %v", tt.name, w.Code, w.Body, err)
		}
		check("report", report.Reading)

		job := finish(t, h, "/v1/jobs?"+tt.query, wire.TypeCSV, tt.file)
		check("job", job.Reading)
		w = with(h, "GET", "/v1/jobs/"+job.ID+"/report", "")
		if err := json.Unmarshal(w.Body.Bytes(), &report); err != nil {
			t.Errorf("%s: the job's report is %d %s: %v", tt.name, w.Code, w.Body, err)
		}
		check("the job's report", report.Reading)
	}
}

// The report and a job say which rows were repaired, as the trailers of score do, and strict
// refuses them.
func TestRepairsAreReported(t *testing.T) {
	h := newJobs(t, nil)
	const file = "review,stars\nIt is good,5\n\"It is \"bad\" and sad\",1\n"
	const want = "1 row was malformed and repaired: row 2 (line 3): "
	var report wire.Report
	w := do(h, "POST", "/v1/report", wire.TypeCSV, strings.NewReader(file))
	if err := json.Unmarshal(w.Body.Bytes(), &report); err != nil {
		t.Fatal(err)
	}
	for where, got := range map[string]*wire.Reading{
		"report": report.Reading, "job": finish(t, h, "/v1/jobs", wire.TypeCSV, file).Reading,
	} {
		if got == nil || len(got.Findings) != 1 || !strings.HasPrefix(got.Findings[0], want) {
			t.Errorf("%s: %+v, want %s", where, got, want)
		}
	}
	w = do(h, "POST", "/v1/score?strict=1", wire.TypeCSV, strings.NewReader(file))
	if w.Code != 400 || !strings.Contains(w.Body.String(), want) {
		t.Errorf("strict answers %d %s", w.Code, w.Body)
	}
}

// wide returns s as UTF-16 with its byte order mark.
func wide(t *testing.T, s string) string {
	t.Helper()
	out, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// finish creates a job and waits until it is finished.
func finish(t *testing.T, h *Handler, path, contentType, body string) (job wire.Job) {
	t.Helper()
	w := with(h, "POST", path, body, "Content-Type", contentType)
	if err := json.Unmarshal(w.Body.Bytes(), &job); err != nil || w.Code != 202 {
		t.Fatalf("%s answers %d %s", path, w.Code, w.Body)
	}
	if job.Reading == nil {
		t.Errorf("%s does not say how the file is read: %s", path, w.Body)
	}
	for job.State != wire.Finished {
		w := with(h, "GET", "/v1/jobs/"+job.ID, "")
		if err := json.Unmarshal(w.Body.Bytes(), &job); err != nil || job.State == wire.Failed {
			t.Fatalf("the job is %s, %v", w.Body, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	return job
}

// Invalid values are refused, and the error names the parameter.
func TestReadingRefusals(t *testing.T) {
	h := newJobs(t, nil)
	for _, path := range []string{"/v1/score", "/v1/report", "/v1/jobs"} {
		for query, want := range map[string]string{
			"stars_of=five":         `stars_of is "five"; want the best rating, from 1 to 1000`,
			"stars_of=0.5":          `stars_of is "0.5"`,
			"stars_of=1-1":          `stars_of is "1-1"`,
			"stars_of=NaN":          `stars_of is "NaN"`,
			"header_rows=":          `header_rows is ""; want a number from 0 to 100.`,
			"dayfirst=yes":          `dayfirst is "yes"; want true or false.`,
			"header_rows=-1":        `header_rows is "-1"; want a number from 0 to 100.`,
			"lines_above=101":       `lines_above is "101"`,
			"strict=2":              `strict is "2"`,
			"encoding=latin9":       `encoding is "latin9"; want one of utf-8, `,
			"text=liked&column=1":   "column and text are the same parameter",
			"sheet=Reviews":         `Unknown parameter "sheet"`,
			"text=liked,food":       `no column "food"`,
			"date=when":             `no column "when"`,
			"strict=1&stars_of=10":  "(dayfirst settles it)",
			"strict=1&dayfirst=1":   "(stars_of settles it)",
			"strict=true&text=none": `no column "none"`,
		} {
			w := do(h, "POST", path+"?"+query, wire.TypeCSV, strings.NewReader(hotels))
			if w.Code != 400 || !strings.Contains(problemDetail(t, w.Body.Bytes()), want) {
				t.Errorf("%s?%s answers %d %s, want 400 with %s", path, query, w.Code, w.Body, want)
			}
		}
	}
	twice := "review,note,Note\ngood lid,a,b\ngood one,c,d\n"
	const ambiguous = `"NOTE" is the name of columns 2 and 3; give the number`
	for query, want := range map[string]string{
		"text=NOTE": ambiguous, "column=NOTE": ambiguous, "title=NOTE": ambiguous,
		"stars=NOTE": ambiguous, "date=NOTE": ambiguous, "product=NOTE": ambiguous,
		"text=review&title=1": `"review" is named as the text and as the title`,
	} {
		w := do(h, "POST", "/v1/score?"+query, wire.TypeCSV, strings.NewReader(twice))
		if w.Code != 400 || !strings.Contains(problemDetail(t, w.Body.Bytes()), want) {
			t.Errorf("%s answers %d %s, want 400 with %s", query, w.Code, w.Body, want)
		}
	}
	unread := "review,date\ngood lid,2024-03-04\ngood one,soon\n"
	w := do(h, "POST", "/v1/score?strict=1", wire.TypeCSV, strings.NewReader(unread))
	if w.Code != 400 || !strings.Contains(w.Body.String(), "1 of 2 dates were not understood") {
		t.Errorf("an unread date answers %d %s", w.Code, w.Body)
	}
	texts := strings.NewReader(`{"texts": ["good lid"]}`)
	w = do(h, "POST", "/v1/score?dayfirst=1", wire.TypeJSON, texts)
	if w.Code != 400 || !strings.Contains(w.Body.String(), "dayfirst says how a file is read") {
		t.Errorf("texts with dayfirst answer %d %s", w.Code, w.Body)
	}
}

func problemDetail(t *testing.T, body []byte) string {
	t.Helper()
	e, ok := wire.DecodeProblem(body)
	if !ok {
		t.Errorf("%s is no problem", body)
		return ""
	}
	return e.Detail
}

// Long names and names beyond ASCII are fit for a header.
func TestReadingHeader(t *testing.T) {
	h, _, _ := newHandler(t, nil)
	long := strings.Repeat("x", 300)
	for _, name := range []string{"Отзыв 😀", "評論", "review\x7f", long} {
		file := name + ",id\ngood lid,1\ngood one,2\n"
		for range 20 {
			file = strings.Replace(file, "id\n", "id,"+long+"\n", 1)
		}
		w := do(h, "POST", "/v1/score?text=1", wire.TypeCSV, strings.NewReader(file))
		header := w.Header().Get("Reviewlens-Reading")
		beyond := func(r rune) bool { return r < ' ' || r > '~' }
		if strings.ContainsFunc(header, beyond) || len(header) > 4<<10 {
			t.Errorf("the header is %d bytes: %s", len(header), header)
		}
		var reading wire.Reading
		if err := json.Unmarshal([]byte(header), &reading); err != nil || w.Code != 200 {
			t.Errorf("%d %s: %v", w.Code, header, err)
		}
		want := `Reviews from ` + strconv.Quote(name[:min(len(name), 100)])
		want = strings.TrimSuffix(want, `"`)
		if !strings.HasPrefix(reading.Sentence, want) {
			t.Errorf("%s, want %s", reading.Sentence, want)
		}
	}
}

// Jobs accept the JSON documents that the program accepts, with and without a type.
func TestJobsOfDocuments(t *testing.T) {
	h := newJobs(t, nil)
	const (
		array  = `[{"review": "good lid", "id": 1}, {"review": "good one", "id": 2}]`
		inside = "{\"page\": 1,\n \"reviews\": [\n{\"review\": \"good lid\", \"id\": 1},\n" +
			"{\"review\": \"good one\", \"id\": 2}]}"
		want = `{"review":"good lid","id":1,"sentiment":"positive","positive":0.0220,"windows":1}` +
			"\n" +
			`{"review":"good one","id":2,"sentiment":"positive","positive":0.0220,"windows":1}` +
			"\n"
	)
	for _, body := range []string{array, inside} {
		for _, contentType := range []string{wire.TypeJSON, "", genericTypes[0],
			wire.TypeJSONLines} {
			job := finish(t, h, "/v1/jobs", contentType, body)
			w := with(h, "GET", "/v1/jobs/"+job.ID+"/result", "")
			got, is := w.Body.String(), w.Header().Get("Content-Type")
			if got != want || is != wire.TypeJSONLines {
				t.Errorf("%q of %s is %v %s, want %s", contentType, body, w.Header(), got, want)
			}
		}
	}
	for body, want := range map[string]string{
		`[{"review": "good lid"}, {"rev`: "ends in the middle",
		`{"a": [1, 2]}`:                  "no column looks like review text",
	} {
		w := with(h, "POST", "/v1/jobs", body, "Content-Type", wire.TypeJSON)
		if w.Code != 400 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s answers %d %s, want 400 with %s", body, w.Code, w.Body, want)
		}
	}
}
