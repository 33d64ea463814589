package report

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"reviewlens/reviews/figures"
)

// Summary tells a report in at most five lines, fit for a mail: how people feel, the stars, what
// changed (first, if a change was found), what they complain about and praise, and which products
// stand out. Each line follows from the figures by rules; one that has no figures is left out.
// There is none without a review that was read.
func Summary(r figures.Report) (sentences []string) {
	read := r.Scored - r.Unread
	if read == 0 {
		return nil
	}
	all := []string{feel(r, read), starsAnd(r, read), changed(r), why(r), apart(r)}
	if len(r.Changes) > 0 { // what is new is what one opens a report for
		all = []string{changed(r), feel(r, read), starsAnd(r, read), why(r), apart(r)}
	}
	for _, s := range all {
		if s != "" {
			sentences = append(sentences, s)
		}
	}
	return sentences
}

// feel is the sentence on the share of positive reviews.
func feel(r figures.Report, read int) string {
	of := Percents(r.Positive, r.Negative, r.Undecided())
	more := "."
	if r.Unread > 0 {
		more = "; " + Number(r.Unread) + " more could not be read by the model."
	}
	if read == 1 {
		word := "unsure"
		if r.Positive > 0 {
			word = "positive"
		} else if r.Negative > 0 {
			word = "negative"
		}
		return "One review is " + word + more
	}
	s := "Of " + Plural(read, "review", "reviews") + " " + of[0] +
		" are positive (95% interval " + Percent(r.Share.Low) + " to " + Percent(r.Share.High) +
		"), " + of[1] + " negative"
	if r.Undecided() > 0 {
		s += " and " + of[2] + " unsure"
	}
	return s + more
}

// starsAnd is the sentence on the stars that came with the reviews.
func starsAnd(r figures.Report, read int) string {
	rows, sum := 0, 0
	for i, s := range r.Stars {
		rows += s.Rows
		sum += s.Rows * (i + 1)
	}
	if rows == 0 {
		return ""
	}
	mean := r.MeanStars
	if mean == 0 { // a run that was kept without
		mean = float64(sum) / float64(rows)
	}
	came, are, sound := "They came with ", "They are r", ", and their texts sound like "
	average := " of 5 stars on average"
	if rows == 1 {
		came, average = "One of them came with ", " of 5 stars"
	}
	if read == 1 {
		came, are, sound = "It came with ", "It is r", ", and its text sounds like "
	}
	s := came + decimal(mean) + average
	switch {
	case r.NPS != nil:
		answers := r.NPS.Promoters + r.NPS.Passives + r.NPS.Detractors
		s = "The net promoter score is " + Signed(r.NPS.Score) + " (95% interval " +
			Signed(r.NPS.Low) + " to " + Signed(r.NPS.High) + ", of " +
			Plural(answers, "answer", "answers") + ")"
	case r.Ratings != nil:
		s = are + strings.TrimSuffix(Rated(r.Ratings), ".")[1:]
	}
	if r.Predicted != nil && r.Predicted.Rows > 0 {
		s += sound + decimal(r.Predicted.Mean)
		if r.NPS != nil || r.Ratings != nil {
			s += " of 5 stars"
		}
	}
	switch r.Against {
	case 0:
		return s + "."
	case 1:
		return s + "; one text says the opposite of its stars."
	}
	return s + "; " + Number(r.Against) + " texts say the opposite of their stars."
}

// changed is the sentence on the first change, or on the clearest of a topic and on the two halves
// of the time.
func changed(r figures.Report) string {
	if len(r.Changes) > 0 {
		lead, rest := Change(r.Unit, r.Changes[0])
		if others := len(r.Changes) - 1; others > 0 {
			rest += " " + Plural(others, "other change was", "other changes were") + " found."
		}
		return strings.TrimSpace(lead + " " + rest)
	}
	topic := topicChanged(r)
	c := r.Change
	if c == nil {
		return topic
	}
	from := When("day", c.From)
	if c.Delta.Low <= 0 && c.Delta.High >= 0 {
		if topic != "" {
			return topic
		}
		return "Before and since " + from + " the share of positive reviews differs by no more " +
			"than chance (" + Percent(c.Before.Share) + " and " + Percent(c.After.Share) + ")."
	}
	direction := "rose"
	if c.Delta.High < 0 {
		direction = "fell"
	}
	return strings.TrimSpace(topic + " The share of positive reviews " + direction + " from " +
		Percent(c.Before.Share) + " before " + from + " to " + Percent(c.After.Share) + " since.")
}

// topicChanged is the sentence on the change of a topic whose intervals, before and after, are the
// furthest apart; "" where none changed.
func topicChanged(r figures.Report) (sentence string) {
	if r.Topics == nil {
		return ""
	}
	furthest := math.Inf(-1)
	for _, topic := range r.Topics.List {
		for _, c := range topic.Changes {
			apart := max(c.After.Low-c.Before.High, c.Before.Low-c.After.High)
			if !topic.Proper && apart > furthest {
				said := TopicChange(r.Unit, c)
				furthest = apart
				sentence = "About " + topic.Name + ": " + strings.ToLower(said[:1]) + said[1:]
			}
		}
	}
	return sentence
}

// named is how many topics, phrases or products a sentence names.
const named = 3

// why is the sentence on complaints and praise: each of topics where there are any, else of
// phrases. What is unexplained is said where nothing is explained as well.
func why(r figures.Report) string {
	complaints, praise := topicReasons(r.Topics)
	if complaints == nil {
		complaints = phraseReasons(r.Drivers, "negative")
	}
	if praise == nil {
		praise = phraseReasons(r.Drivers, "positive")
	}
	complaints, praise = complaints[:min(len(complaints), named)], praise[:min(len(praise), named)]
	var said string
	switch {
	case len(complaints) > 0 && len(praise) > 0:
		said = "Complaints are about " + list(complaints) + "; praise is for " + list(praise) + "."
	case len(complaints) > 0:
		said = "Complaints are about " + list(complaints) + "."
	case len(praise) > 0:
		said = "Praise is for " + list(praise) + "."
	}
	return strings.TrimSpace(said + unexplained(r.Topics))
}

// unexplained says how many distinct negative reviews complain about no listed topic, where they
// are more than a third.
func unexplained(t *figures.Topics) string {
	switch {
	case t == nil || 3*t.Unexplained <= t.Negative:
		return ""
	case t.OneIn > 1:
		return " Of the distinct negative reviews, " +
			Percent(float64(t.Unexplained)/float64(t.Negative)) + " complain about no listed topic."
	}
	return " Of " + Plural(t.Negative, "distinct negative review", "distinct negative reviews") +
		", " + Plural(t.Unexplained, "complains", "complain") + " about no listed topic."
}

// phraseReasons are the phrases that drive a sentiment.
func phraseReasons(drivers []figures.Driver, sentiment string) (reasons []string) {
	for _, d := range drivers {
		if d.Sentiment == sentiment {
			reasons = append(reasons, strconv.Quote(d.Phrase)+" ("+
				Plural(d.Reviews, "review", "reviews")+", "+Percent(d.Share.Share)+" "+
				sentiment+")")
		}
	}
	return reasons
}

// A topic that fewer than half of its reviews complain about is a complaint all the same where it
// costs so many points, or the most, and a third of them complain. Praise is for those of which so
// many are positive.
const (
	leastCost      = 2
	leastComplaint = 1.0 / 3
	leastPraise    = 2.0 / 3
)

// contrary reports whether so many of what is said of a topic stand in reviews of the other
// sentiment that it may be misread.
func contrary(against, all int) bool {
	const least = 5
	return against >= least && 2*against > all
}

// Contrary says of a topic that it may be misread: that most of its complaints are of positive
// reviews, or its praise of negative ones; "" for others.
func Contrary(t figures.Topic) string {
	switch {
	case contrary(t.ComplaintsInPositive, t.Negative+t.Mixed):
		return "Most of its complaints stand in positive reviews."
	case contrary(t.PraiseInNegative, t.Positive+t.Mixed):
		return "Most of its praise stands in negative reviews."
	}
	return ""
}

// topicReasons are the topics that cost the most points, and those that most reviews speak well of.
func topicReasons(t *figures.Topics) (complaints, praise []string) {
	if t == nil {
		return nil, nil
	}
	var cost []figures.Topic
	most := topicSuffices
	for _, topic := range t.List {
		if !topic.Proper {
			most = max(most, topic.Impact)
		}
	}
	for _, topic := range t.List {
		switch {
		case topic.Proper:
		case topic.Impact > 0 && (topic.Stand == "complained" || topic.Share.Share >= 0.5),
			topic.Stand != "praised" && topic.Impact >= min(most, leastCost) &&
				topic.Share.Share >= leastComplaint:
			cost = append(cost, topic)
		case topic.Reviews > 0 && (topic.Stand == "praised" ||
			float64(topic.Positive) >= leastPraise*float64(topic.Reviews)):
			said := topic.Name + " (" + Plural(topic.Reviews, "review", "reviews") + ", " +
				Percent(float64(topic.Positive)/float64(topic.Reviews)) + " positive"
			if contrary(topic.PraiseInNegative, topic.Positive+topic.Mixed) {
				said += ", most praise in negative reviews"
			}
			praise = append(praise, said+")")
		}
	}
	slices.SortStableFunc(cost, func(a, b figures.Topic) int {
		return cmp.Compare(b.Impact, a.Impact)
	})
	for _, topic := range cost {
		said := topic.Name + " (" + Plural(topic.Reviews, "review", "reviews") + ", " +
			Percent(topic.Share.Share) + " negative"
		if contrary(topic.ComplaintsInPositive, topic.Negative+topic.Mixed) {
			said += ", most complaints in positive reviews"
		}
		if points := decimal(topic.Impact); points != "0.0" {
			said += "; without them +" + points + " points"
		}
		complaints = append(complaints, said+")")
	}
	return complaints, praise
}

// apart is the sentence on the products whose share is beyond chance apart from that of all, of
// those that are listed. One of few reviews may have a better or a worse share.
func apart(r figures.Report) string {
	if r.ProductCount < 2 {
		return ""
	}
	var worst, best *figures.Product
	for i := range r.Products {
		p := &r.Products[i]
		switch {
		case p.Read() == 0:
		case p.Share.High < r.Share.Low && (worst == nil || p.Share.Share < worst.Share.Share):
			worst = p
		case p.Share.Low > r.Share.High && (best == nil || p.Share.Share > best.Share.Share):
			best = p
		}
	}
	said := func(p *figures.Product) string {
		return p.Name + " with " + Percent(p.Share.Share) + " positive of " +
			Plural(p.Read(), "review", "reviews")
	}
	of := "Of the products, "
	if n := len(r.Products); n < r.ProductCount {
		of = "Of the " + Plural(n, "product", "products") + " with the most reviews, "
	}
	const beyond = "that differs beyond chance is "
	switch {
	case worst != nil && best != nil:
		return of + "the worst " + beyond + said(worst) + ", the best " + said(best) + "."
	case worst != nil:
		return of + "the worst " + beyond + said(worst) + "."
	case best != nil:
		return of + "the best " + beyond + said(best) + "."
	}
	return ""
}

// list joins parts as a sentence does: a, b and c.
func list(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	last := len(parts) - 1
	return strings.Join(parts[:last], ", ") + " and " + parts[last]
}

// decimal writes x with one decimal.
func decimal(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }
