package report

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"reviewlens/reviews/figures"
)

// Summary summarises a report in at most five lines, fit for a mail: the sentiment, the stars, what
// changed (first, if a change was found), complaints and praise, and which products stand out. Each
// line follows from the figures by rules; one without figures is omitted. There is none without a
// review that was read.
func Summary(r figures.Report) (sentences []string) {
	read := r.Scored - r.Unread
	if read == 0 {
		return nil
	}
	all := []string{feel(r, read), starsAnd(r, read), changed(r), why(r), apart(r)}
	if len(r.Changes) > 0 { // news is the reason to open a report
		all = []string{changed(r), feel(r, read), starsAnd(r, read), why(r), apart(r)}
	}
	for _, s := range all {
		if s != "" {
			sentences = append(sentences, s)
		}
	}
	return sentences
}

// feel returns the sentence on the share of positive reviews.
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

// starsAnd returns the sentence on the stars that came with the reviews.
func starsAnd(r figures.Report, read int) string {
	rows, rowsRead, sum := 0, 0, 0
	for i, s := range r.Stars {
		rows += s.Rows
		rowsRead += s.Read()
		sum += s.Rows * (i + 1)
	}
	if rows == 0 {
		return ""
	}
	mean := r.MeanStars
	if mean == 0 { // a run saved without it
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
	if rows > max(1, rowsRead) { // the sentence before ends with the others
		came = "Including those, the reviews came with "
		if rows-rowsRead == 1 {
			came = "Including that one, the reviews came with "
		}
		sound = ", and the texts that were read sound like "
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

// changed returns the sentence on the first change, or on the clearest of a topic and on the two
// halves of the time.
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

// topicChanged returns the sentence on the change of a topic whose intervals, before and after, are
// the furthest apart; "" if there is none.
func topicChanged(r figures.Report) (sentence string) {
	if r.Topics == nil {
		return ""
	}
	furthest := math.Inf(-1)
	for _, topic := range r.Topics.List {
		for _, c := range topic.Changes {
			apart := max(c.After.Low-c.Before.High, c.Before.Low-c.After.High)
			if !topic.Proper && apart > furthest {
				change := TopicChange(r.Unit, c)
				furthest = apart
				sentence = "About " + topic.Name + ": " + strings.ToLower(change[:1]) + change[1:]
			}
		}
	}
	return sentence
}

// named is the maximum number of topics, phrases or products in a sentence.
const named = 3

// why returns the sentence on complaints and praise: each from topics if there are any, else from
// phrases. It states what is unexplained even if nothing is explained.
func why(r figures.Report) string {
	complaints, praise := topicReasons(r.Topics)
	if complaints == nil {
		complaints = phraseReasons(r.Drivers, "negative")
	}
	if praise == nil {
		praise = phraseReasons(r.Drivers, "positive")
	}
	complaints, praise = complaints[:min(len(complaints), named)], praise[:min(len(praise), named)]
	var sentence string
	switch {
	case len(complaints) > 0 && len(praise) > 0:
		sentence = "Complaints are about " + list(complaints) + "; praise is for " +
			list(praise) + "."
	case len(complaints) > 0:
		sentence = "Complaints are about " + list(complaints) + "."
	case len(praise) > 0:
		sentence = "Praise is for " + list(praise) + "."
	}
	return strings.TrimSpace(sentence + unexplained(r.Topics))
}

// unexplained states how many distinct negative reviews complain about no listed topic, if they are
// more than a third.
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

// phraseReasons returns the phrases that drive a sentiment.
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

// A topic that fewer than half of its reviews complain about is still a complaint if it costs
// minCost points, or the most, and minComplaint of its reviews complain. It is praise if
// minPraise of its reviews are positive.
const (
	minCost      = 2
	minComplaint = 1.0 / 3
	minPraise    = 2.0 / 3
)

// contrary reports whether so many mentions of a topic are in reviews of the other sentiment that
// it may be misread.
func contrary(against, all int) bool {
	const least = 5
	return against >= least && 2*against > all
}

// Contrary returns a warning that a topic may be misread, because most of its complaints are in
// positive reviews or its praise in negative ones; "" otherwise.
func Contrary(t figures.Topic) string {
	switch {
	case contrary(t.ComplaintsInPositive, t.Negative+t.Mixed):
		return "Most of its complaints stand in positive reviews."
	case contrary(t.PraiseInNegative, t.Positive+t.Mixed):
		return "Most of its praise stands in negative reviews."
	}
	return ""
}

// topicReasons returns the topics that cost the most points, and those that most reviews praise.
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
			topic.Stand != "praised" && topic.Impact >= min(most, minCost) &&
				topic.Share.Share >= minComplaint:
			cost = append(cost, topic)
		case topic.Reviews > 0 && (topic.Stand == "praised" ||
			float64(topic.Positive) >= minPraise*float64(topic.Reviews)):
			reason := topic.Name + " (" + Plural(topic.Reviews, "review", "reviews") + ", " +
				Percent(float64(topic.Positive)/float64(topic.Reviews)) + " positive"
			if contrary(topic.PraiseInNegative, topic.Positive+topic.Mixed) {
				reason += ", most praise in negative reviews"
			}
			praise = append(praise, reason+")")
		}
	}
	slices.SortStableFunc(cost, func(a, b figures.Topic) int {
		return cmp.Compare(b.Impact, a.Impact)
	})
	for _, topic := range cost {
		reason := topic.Name + " (" + Plural(topic.Reviews, "review", "reviews") + ", " +
			Percent(topic.Share.Share) + " negative"
		if contrary(topic.ComplaintsInPositive, topic.Negative+topic.Mixed) {
			reason += ", most complaints in positive reviews"
		}
		if points := decimal(topic.Impact); points != "0.0" {
			reason += "; without them +" + points + " points"
		}
		complaints = append(complaints, reason+")")
	}
	return complaints, praise
}

// apart returns the sentence on those listed products whose share differs beyond chance from that
// of all. One of few reviews may have a better or a worse share. The more products are listed, the
// more are far from the share of all by chance, so each is tested at a part of 5% (Bonferroni).
func apart(r figures.Report) string {
	if r.ProductCount < 2 {
		return ""
	}
	var worst, best *figures.Product
	for i := range r.Products {
		p := &r.Products[i]
		switch {
		case p.Read() == 0,
			tail(p.Share.Share, r.Share.Share, p.Read())*float64(len(r.Products)) > 0.025:
		case p.Share.High < r.Share.Low && (worst == nil || p.Share.Share < worst.Share.Share):
			worst = p
		case p.Share.Low > r.Share.High && (best == nil || p.Share.Share > best.Share.Share):
			best = p
		}
	}
	describe := func(p *figures.Product) string {
		return ClipName(p.Name) + " with " + Percent(p.Share.Share) + " positive of " +
			Plural(p.Read(), "review", "reviews")
	}
	of := "Of the products, "
	if n := len(r.Products); n < r.ProductCount {
		of = "Of the " + Plural(n, "product", "products") + " with the most reviews, "
	}
	const beyond = "that differs beyond chance is "
	switch {
	case worst != nil && best != nil:
		return of + "the worst " + beyond + describe(worst) + ", the best " + describe(best) + "."
	case worst != nil:
		return of + "the worst " + beyond + describe(worst) + "."
	case best != nil:
		return of + "the best " + beyond + describe(best) + "."
	}
	return ""
}

// tail returns an upper bound of the probability that the share among n reviews is as far from the
// expected one, to the same side, or farther: Chernoff's, exact if the share is 0 or 1.
func tail(share, expected float64, n int) float64 {
	divergence := 0.0
	for _, s := range [2][2]float64{{share, expected}, {1 - share, 1 - expected}} {
		if s[0] > 0 {
			divergence += s[0] * math.Log(s[0]/s[1])
		}
	}
	return math.Exp(-float64(n) * divergence)
}

// ClipName cuts a name, such as a product's, to the length that a sentence has room for, between
// two characters, and marks the cut with an ellipsis.
func ClipName(name string) string {
	const most = 80 // characters
	count := 0
	for i := range name {
		if count++; count > most {
			return strings.TrimRight(name[:i], " ,") + "…"
		}
	}
	return name
}

// list joins parts as in a sentence: a, b and c.
func list(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	last := len(parts) - 1
	return strings.Join(parts[:last], ", ") + " and " + parts[last]
}

// decimal formats x with one decimal.
func decimal(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }
