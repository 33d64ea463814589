// Package topics groups the mentions of many reviews into topics and counts, for each, the reviews
// that mention it and their sentiment.
//
// # Counting
//
// A Counter is given each review with its mentions (package aspects), in any order. Equal texts, by
// their fingerprint, count once: the one of the lowest row stands for all. Counters of parts of a
// file Merge to the counter of the whole, exactly, and AppendBinary writes the same bytes for the
// same reviews, however they were divided and ordered.
//
// Memory is bounded. A Counter holds at most 2^20 texts, 2^22 mentions and 32 MB of terms, some
// 120 MB in all. Beyond any of these it keeps a sample: the texts whose hashed fingerprint ends in
// at least n zero bits, for the least n that fits. Which texts these are does not depend on the
// order in which they came, so samples merge exactly, too. Result.OneIn says how many texts one
// stands for.
//
// # From mentions to topics
//
// A mention's term has a normal form: lower case, without leading articles, possessives and
// pronouns. Terms are one topic where these have equal letters without spaces, hyphens and the
// ending of a plural ("space bar", "spacebar", "Space-bars"), and terms of several words where
// these differ in their endings alone ("charging port", "charge ports"); but "parking" is not
// "park". What is implied ("comfortable") is of the topic that is named so ("comfort"); a part that
// the lexicon of package aspects knows ("bass", of sound) is a topic of its own where as many
// mentions name it as a topic of the list has reviews. Some terms are known to say one thing
// ("installation" and "setup", "wire" and "cord"), see alike.go. Nothing else is merged by itself:
// "space" is not "space bar". Left out are
//
//   - words that are no topic ("thing", "day");
//   - the product's own name: a term of whose mentions at least 8%, and two, follow "this" or
//     "these" ("this keyboard"). Before another word it is dropped ("keyboard layout" is
//     "layout");
//   - mentions of other products ("my old router", "than the X200"), see aspects.Other.
//
// A topic most of whose mentions within sentences begin with a capital letter is a name (Proper).
// Terms in less than three reviews are none. Shown are up to 40 topics, each of at least ten
// reviews; in a file of less than 500, of 2% of the reviews and at least three; in one of more than
// 10,000, of 0.1%.
//
// A topic stands out as praised or complained about where the share of complaints among its reviews
// that are not neutral differs from that of all topics together at a false discovery rate of 5%
// (exact binomial tests, Benjamini and Hochberg 1995).
//
// # Impact
//
// How far the share of positive reviews would rise if nobody complained about a topic, in points of
// a hundred. A review that is not positive and complains about k topics is to 1/k due to each of
// them. Without the complaint it would be positive with the probability q that one has which
// complains about nothing. So of n reviews
//
//	impact of a topic = 100 q / n x sum of 1/k over the reviews that complain about it and are
//	                    not positive
//
// where k counts all topics that the review complains about, rare ones as well, and q is
// (positive + 1) / (all + 1) of the reviews without complaints. The impacts of all topics add up to
// at most the share of reviews that are not positive. It is no promise: a review may be unhappy for
// a reason that it does not name.
//
// # Changes
//
// A change is a period from which on more or fewer of all reviews complain about a topic, found as
// package changes does, at a false discovery rate of 5% over the topics. Products are looked at
// where a topic may have changed; a change that most of them share is told once.
//
// # Schemes
//
// A Scheme holds the topics of a person, see ParseScheme.
package topics
