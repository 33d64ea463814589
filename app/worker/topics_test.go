package worker

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"reviewlens/api/wire"
	"reviewlens/app/client"
	"reviewlens/app/journal"
	"reviewlens/app/journal/journaltest"
	"reviewlens/app/message"
	"reviewlens/reviews/aspects"
)

// spansIn returns the words of a window that begin with k, with the sentiment of the window, and
// those that begin with z, as neutral.
func spansIn(at int, window []int32) (spans []aspects.Span) {
	const k, z, firstLetter = 29, 59, 9
	polarity := aspects.Neutral
	if slices.Contains(window, good) {
		polarity = aspects.Positive
	} else if slices.Contains(window, bad) {
		polarity = aspects.Negative
	}
	for i, id := range window {
		if id != k && id != z {
			continue
		}
		s := aspects.Span{Window: at, First: i, Tokens: 1, Polarity: polarity, Probability: 1}
		if id == z {
			s.Polarity = aspects.Neutral
		}
		for i+s.Tokens < len(window) && window[i+s.Tokens] > firstLetter &&
			(window[i+s.Tokens]-firstLetter)%2 == 1 {
			s.Tokens++
		}
		spans = append(spans, s)
	}
	return spans
}

// find scores the file, finds its topics, and waits for the end.
func (p *page) find(t *testing.T) (found *wire.Topics, end *message.Progress) {
	t.Helper()
	p.w.Do(message.Command{Name: message.Start, Topics: true}, nil)
	return p.found(t)
}

// found returns the last topics sent before a run ends.
func (p *page) found(t *testing.T) (found *wire.Topics, end *message.Progress) {
	t.Helper()
	end = p.wait(t, "end of the run", func(e message.Event) bool {
		if e.Name == message.EventTopics {
			found = e.Topics
		}
		return e.Name == message.EventProgress && e.Progress.State != message.Running
	}).Progress
	return found, end
}

// listed returns the topics of a list: name, reviews and complaints.
func listed(t *wire.Topics) (out []wire.Topic) {
	if t == nil {
		return nil
	}
	for _, one := range t.List {
		out = append(out, wire.Topic{Name: one.Name, Reviews: one.Reviews,
			Positive: one.Positive, Negative: one.Negative, Neutral: one.Neutral,
			Pinned: one.Pinned})
	}
	return out
}

// kettlesFound are those of many(300).
var kettlesFound = []wire.Topic{
	{Name: "kettle", Reviews: 150, Positive: 50, Negative: 50, Neutral: 50},
	{Name: "zebra", Reviews: 150, Neutral: 150},
}

func TestTopics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa", topics: true}
		p := newPage(t, s)
		p.open(t, "r.csv", many(300))
		found, end := p.find(t)
		if got := listed(found); !reflect.DeepEqual(got, kettlesFound) || found.Reviews != 150 ||
			found.Spoken != 150 {
			t.Fatalf("topics = %+v", found)
		}
		if end.State != message.Finished || end.Summary.Scored != 300 || end.Summary.Topics != nil {
			t.Errorf("the end = %+v", end)
		}
		if quotes := found.List[0].Quotes; len(quotes) != 3 {
			t.Errorf("%d quotes", len(quotes))
		}
		for _, q := range found.List[0].Quotes {
			if q.Text[q.Start:q.End] != "kettle" || q.Row.Row == 0 || q.Title != "" {
				t.Errorf("quote = %+v", q)
			}
		}
		s.sentAtMost(t, 1)

		// Its reviews.
		for name, tt := range map[string]struct {
			topic, polarity string
			rows            int
		}{"all": {"kettle", "", 300}, "complaints": {"kettle", "negative", 100},
			"praise of none": {"zebra", "positive", 0}, "no topic": {"lid", "", 0}} {
			p.w.Do(message.Command{Name: message.Select, View: &message.View{ID: 1,
				Filters: []message.Filter{{By: message.OfTopic, Value: tt.topic,
					Polarity: tt.polarity}}}}, nil)
			sel := p.wait(t, "selection", named(message.EventSelection)).Selection
			if !sel.Done || sel.Rows != tt.rows {
				t.Errorf("%s: %d rows, want %d", name, sel.Rows, tt.rows)
			}
		}

		// One review.
		p.w.Do(message.Command{Name: message.Show, Row: 2}, nil)
		whole := p.wait(t, "review", named(message.EventWhole)).Whole
		want := []message.TopicMention{{From: 4, To: 10, Polarity: "negative", Topic: "kettle"},
			{From: 12, To: 17, Polarity: "neutral", Topic: "zebra"}}
		if !slices.Equal(whole.Spoken, want) {
			t.Errorf("%q speaks of %+v", whole.Row.Text, whole.Spoken)
		}

		// The file with the topics of its rows.
		p.look(t, message.View{ID: 2})
		p.w.Do(message.Command{Name: message.Download, What: message.WithTopics}, nil)
		p.wait(t, "download", named(message.EventDownload))
		lines := strings.Split(p.file.String(), "\n")
		if lines[0] != "id,stars,review,sentiment,positive,windows,topics" ||
			!strings.HasSuffix(lines[2], ",negative,0.0100,1,kettle:negative; zebra:neutral") {
			t.Errorf("the file begins with %q", lines[:3])
		}

		// The stored data.
		synctest.Wait()
		p.w.Do(message.Command{Name: message.OpenRun, Run: end.Run}, nil)
		kept := p.wait(t, "run", named(message.EventRun)).Run.Summary.Topics
		if !reflect.DeepEqual(listed(kept), kettlesFound) || len(kept.List[0].Quotes) > 0 {
			t.Errorf("in the history: %+v", kept)
		}
	})
}

// A title is a part of the text that is read, and marked in its place.
func TestTopicsInTitles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa", topics: true})
		p.open(t, "r.csv", "title,review\n"+
			"A kettle,It is <b>a</b> good kettle and\n"+
			"\" Kettle \",\" kettles, \"\n"+
			"Three,\"No kettle\"\"s here\"\n"+
			"Nothing,It is bad\n")
		p.find(t)
		for row, want := range [][]message.TopicMention{
			{{From: 2, To: 8, Title: true, Polarity: "positive", Topic: "kettle"},
				{From: 15, To: 21, Polarity: "positive", Topic: "kettle"}},
			{{From: 1, To: 7, Title: true, Polarity: "neutral", Topic: "kettle"},
				{From: 1, To: 8, Polarity: "neutral", Topic: "kettle"}},
			{{From: 3, To: 9, Polarity: "neutral", Topic: "kettle"}},
			nil,
		} {
			p.w.Do(message.Command{Name: message.Show, Row: row + 1}, nil)
			whole := p.wait(t, "review", named(message.EventWhole)).Whole
			if !slices.Equal(whole.Spoken, want) {
				t.Errorf("%q, %q speaks of %+v, want %+v", whole.Row.Title, whole.Row.Text,
					whole.Spoken, want)
			}
			for _, s := range whole.Spoken {
				shown := whole.Row.Text
				if s.Title {
					shown = whole.Row.Title
				}
				if !strings.Contains(strings.ToLower(shown[s.From:s.To]), "kettle") {
					t.Errorf("%+v marks %q", s, shown[s.From:s.To])
				}
			}
		}
	})
}

// A user's topics override the detected ones, at once and in the next file.
func TestArrange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa", topics: true})
		arrange := func(own ...message.OwnTopic) {
			p.w.Do(message.Command{Name: message.Arrange,
				Scheme: &message.Scheme{Version: 1, Topics: own}}, nil)
		}
		arrange() // with nothing to tell
		p.open(t, "r.csv", many(300))
		p.find(t)
		arrange(message.OwnTopic{Name: "Zoo", Terms: []string{"zebra"}, Pinned: true},
			message.OwnTopic{Name: "kettle", Terms: []string{"kettle"}, Hidden: true})
		want := []wire.Topic{{Name: "Zoo", Reviews: 150, Neutral: 150, Pinned: true}}
		got := p.wait(t, "topics", named(message.EventTopics)).Topics
		if !reflect.DeepEqual(listed(got), want) {
			t.Errorf("topics = %+v, want %+v", listed(got), want)
		}
		p.w.Do(message.Command{Name: message.Close}, nil)
		p.open(t, "next.csv", many(300))
		if got, _ := p.find(t); !reflect.DeepEqual(listed(got), want) {
			t.Errorf("of the next file: %+v, want %+v", listed(got), want)
		}
		arrange(message.OwnTopic{Name: "a"})
		problem := p.wait(t, "refusal", named(message.EventProblem)).Problem
		if problem.About != message.AboutTopics || !strings.Contains(problem.Detail, "topics[0]") {
			t.Errorf("problem = %+v", problem)
		}
		arrange()
		got = p.wait(t, "topics", named(message.EventTopics)).Topics
		if !reflect.DeepEqual(listed(got), kettlesFound) {
			t.Errorf("without a scheme: %+v", listed(got))
		}
	})
}

// Under filters, a new scheme applies to the view that the page requests at the same time.
func TestArrangeUnderFilters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa", topics: true})
		p.open(t, "r.csv", many(300))
		p.find(t)
		synctest.Wait()
		view := func(id int) message.View {
			return message.View{ID: id, Filters: []message.Filter{{By: message.OfTopic,
				Value: "kettle"}}}
		}
		call := func(name string) message.Scheme {
			return message.Scheme{Version: 1,
				Topics: []message.OwnTopic{{Name: name, Terms: []string{"zebra"}}}}
		}
		was := func(s *message.Summary, want string) {
			t.Helper()
			if s == nil || len(s.Topics.List) != 2 || s.Topics.List[1].Name != want {
				t.Errorf("the view speaks of %+v, want %s", s, want)
			}
		}
		s := p.filtered(t, view(1))
		was(&s, "zebra")
		rest := p.w.arrange(call("Zoo"))
		s = p.filtered(t, view(2)) // before the topics of all reviews are sent
		was(&s, "Zoo")
		rest()

		scheme, next := call("Herd"), view(3)
		p.w.Do(message.Command{Name: message.Arrange, Scheme: &scheme}, nil)
		p.w.Do(message.Command{Name: message.Select, View: &next}, nil)
		synctest.Wait()
		var last *message.Summary
		for len(p.events) > 0 {
			if e := <-p.events; e.Name == message.EventFiltered && e.Filtered.ID == 3 {
				last = e.Filtered.Summary
			}
		}
		was(last, "Herd")
	})
}

// Topics that are merged change the rows of a filter by one of them, and with them its figures.
func TestMergeUnderFilters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa", topics: true})
		// each speaks of zebras, two of three of kettles
		p.open(t, "r.csv", strings.ReplaceAll(many(300), "odd kettle", "odd lid"))
		p.find(t)
		view := message.View{ID: 1, Filters: []message.Filter{{By: message.OfTopic,
			Value: "kettle"}}}
		alone := p.filtered(t, view)
		rest := p.w.arrange(message.Scheme{Version: 1,
			Topics: []message.OwnTopic{{Name: "kettle", Terms: []string{"kettle", "zebra"}}}})
		rest()
		view.ID = 2
		merged := p.filtered(t, view)
		if alone.Scored != 200 || merged.Scored != 300 || merged.Unsure <= alone.Unsure {
			t.Errorf("%d rows of the topic, %d unsure; merged with another %d, %d", alone.Scored,
				alone.Unsure, merged.Scored, merged.Unsure)
		}
	})
}

// A scheme applied after the end of a run is in the history, and topics of two runs are compared by
// their names.
func TestTopicsOfTwoRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa", topics: true})
		var ids [2]string
		for i, content := range []string{many(300),
			strings.ReplaceAll(many(300), "odd", "bad")} {
			p.open(t, "r.csv", content)
			_, end := p.find(t)
			ids[i] = end.Run
			time.Sleep(time.Second) // IDs are times
		}
		p.w.Do(message.Command{Name: message.Arrange, Scheme: &message.Scheme{Version: 1,
			Topics: []message.OwnTopic{{Name: "KETTLE", Terms: []string{"kettle"}}}}}, nil)
		synctest.Wait()
		p.w.Do(message.Command{Name: message.OpenRun, Run: ids[1]}, nil)
		kept := p.wait(t, "run", named(message.EventRun)).Run.Summary.Topics
		if kept.List[0].Name != "KETTLE" || len(kept.List[0].Quotes) > 0 {
			t.Errorf("in the history: %+v", kept.List[0])
		}
		c := p.compare(t, message.CompareRequest{ID: 3, Runs: ids})
		if len(c.Topics) != 2 || c.Topics[0].Phrase != "kettle" || c.Topics[1].Phrase != "zebra" {
			t.Fatalf("topics = %+v", c.Topics)
		}
		kettle, zebra := c.Topics[0], c.Topics[1]
		if math.Abs(kettle.A.Share-1.0/3) > 1e-9 || math.Abs(kettle.B.Share-2.0/3) > 1e-9 ||
			kettle.Delta.Low <= 0 || zebra.Delta.Share != 0 {
			t.Errorf("topics = %+v", c.Topics)
		}
	})
}

// A run that was interrupted comes out as if it had not been, and nothing is read twice.
func TestTopicsSurviveAReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		whole := newPage(t, &server{model: "aaaaaaaaaaaa", topics: true})
		whole.open(t, "r.csv", many(3000))
		want, _ := whole.find(t)

		folder := &journaltest.Folder{}
		s := &server{model: "aaaaaaaaaaaa", topics: true, delay: time.Second}
		p := newPageOn(t, s, folder)
		p.open(t, "r.csv", many(3000))
		p.w.Do(message.Command{Name: message.Start, Topics: true}, nil)
		p.wait(t, "progress", func(e message.Event) bool {
			return e.Name == message.EventProgress && e.Progress.Done > 100
		})
		next := &server{model: "aaaaaaaaaaaa", topics: true}
		after := newPageOn(t, next, folder.After())
		run := after.kept(t).Runs[0]
		after.w.Do(message.Command{Name: message.Resume, Run: run.ID}, nil)
		got, end := after.found(t)
		if end.State != message.Finished || !reflect.DeepEqual(got, want) {
			t.Errorf("topics = %+v, want %+v", got, want)
		}
		if run.Scored == 0 || next.read != 1500-run.Scored {
			t.Errorf("%d of 1500 texts were kept, %d were read after", run.Scored, next.read)
		}
	})
}

// Topics of a run that was made without can be found later: the scores stay unchanged.
func TestTopicsLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := &journaltest.Folder{}
		s := &server{model: "aaaaaaaaaaaa", topics: true}
		p := newPageOn(t, s, folder)
		p.open(t, "r.csv", many(300))
		p.start(t)
		if s.read > 0 {
			t.Errorf("%d texts were read for topics that nobody wants", s.read)
		}
		_, scores := p.download(t)
		s.change(func() { // topics are not available for one text
			s.refuse = func(text [][]int32) bool { return s.calls > 10 && len(text[0]) == 19 }
		})
		found, end := p.find(t)
		if end.Summary.Scored != 300 || len(listed(found)) != 2 {
			t.Errorf("the end = %+v, %+v", end, listed(found))
		}
		if _, again := p.download(t); again != scores {
			t.Error("the scores have changed")
		}
		after := newPageOn(t, &server{model: "aaaaaaaaaaaa", topics: true}, folder.After())
		after.w.Do(message.Command{Name: message.Resume, Run: after.kept(t).Runs[0].ID}, nil)
		if again, _ := after.found(t); len(listed(again)) != 2 {
			t.Errorf("after a reload: %+v", listed(again))
		}
	})
}

func TestModelWithoutTopics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t, &server{model: "aaaaaaaaaaaa"})
		p.open(t, "r.csv", many(300))
		if found, end := p.find(t); end.State != message.Finished || end.Summary.Scored != 300 ||
			found != nil {
			t.Errorf("the end = %+v, %+v", end, found)
		}
	})
}

// The device finds what the server finds, and sends nothing. The aspect model is loaded when topics
// are first wanted; without it there are scores, and topics can be found later.
func TestTopicsOnTheDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{model: "aaaaaaaaaaaa", topics: true}
		p := newPage(t, s)
		d := p.onDevice(t, s)
		p.place(t, message.OnDevice)
		p.open(t, "r.csv", many(300))
		p.start(t)
		if d.loads > 0 {
			t.Error("the aspect model was fetched for nothing")
		}
		d.lacks = &client.Unavailable{Err: errors.New("offline")}
		s.offline.Store(true)
		if found, end := p.find(t); found != nil || end.State != message.Finished ||
			end.Summary.Scored != 300 || d.tagged > 0 || end.MissedTopics != 150 {
			t.Errorf("without the aspect model: %+v, %+v", end, found)
		}
		d.lacks, d.loads = nil, 0
		s.offline.Store(false)
		found, end := p.find(t)
		if !reflect.DeepEqual(listed(found), kettlesFound) || end.State != message.Finished ||
			end.MissedTopics > 0 {
			t.Errorf("topics = %+v, but of %d texts", listed(found), end.MissedTopics)
		}
		if d.loads != 1 || d.tagged != 150 || s.calls > 0 {
			t.Errorf("%d loads, %d windows, %d requests", d.loads, d.tagged, s.calls)
		}
		d.lacks, d.loads = errors.New("it is damaged"), 0
		p.w.Do(message.Command{Name: message.Close}, nil)
		p.place(t, message.OnServer)
		p.place(t, message.OnDevice)
		p.open(t, "r.csv", many(300))
		if _, end := p.find(t); end.State != message.Broken ||
			!strings.Contains(end.Problem.Detail, "it is damaged") {
			t.Errorf("with a damaged aspect model: %+v", end)
		}
	})
}

// Mentions come back from a log as they were written, except those of absurd length.
func TestKeptMentions(t *testing.T) {
	joined := []byte("the space  bar, " + strings.Repeat("x", 300) + " and the lid")
	found := []aspects.Mention{
		{Start: 4, End: 14, Term: "space bar", Polarity: aspects.Negative, Probability: 0.8,
			Context: aspects.Within},
		{Start: 16, End: 316, Term: strings.Repeat("x", 300)},
		{Start: 325, End: 328, Term: "lid", Polarity: aspects.Neutral, Probability: 1,
			Context: aspects.Within}}
	kept := keepMentions(nil, 7, joined, found)
	want := []aspects.Mention{found[0], found[2]}
	got := keptMentions(joined, kept)
	if !reflect.DeepEqual(got, want) || kept[0].Number != 7 ||
		kept[0].Check != journal.Check(joined) {
		t.Errorf("kept = %+v, back %+v", kept, got)
	}
	if none := keepMentions(nil, 7, joined, nil); len(none) != 1 ||
		keptMentions(joined, none) != nil {
		t.Errorf("a text that speaks of nothing is kept as %+v", none)
	}
	if damaged := keptMentions(joined[:10], kept); damaged != nil {
		t.Errorf("of another text: %+v", damaged)
	}
}
