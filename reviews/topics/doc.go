// Package topics groups the mentions of many reviews into topics and counts, for each, the reviews
// that mention it and their sentiment.
//
// # Counting
//
// Add counts a review with its mentions (package aspects), in any order. Equal texts, by their
// fingerprint, count once, as the one of the lowest row. Counters of parts of a file Merge to
// exactly the counter of the whole, however the reviews were divided and ordered.
//
// Memory is bounded. A Counter holds at most 2^20 texts, 2^22 mentions and 32 MB of terms, some 120
// MB in all. Beyond any of these it keeps a sample: the texts whose hashed fingerprint ends in at
// least n zero bits, for the least n that fits. The sample does not depend on the order of the
// texts, so samples merge exactly, too. Result.OneIn is the number of texts that one stands for.
//
// # From mentions to topics
//
// A mention's term has a normal form: lower case, without leading articles, possessives and
// pronouns. Terms belong to one topic if their normal forms have equal letters without spaces,
// hyphens and plural endings ("space bar", "spacebar", "Space-bars"), and so do terms of several
// words that differ only in the words' endings ("charging port", "charge ports"); but "parking" is
// not "park". An implied aspect ("comfortable") belongs to the topic of that name ("comfort"); a
// part that the lexicon of package aspects knows ("bass", of sound) is a topic of its own if as
// many mentions name it as a listed topic needs reviews, and phrases with its name ("muddy bass")
// or a synonym ("easy to install", of setup) belong to it. Some terms are known synonyms
// ("installation" and "setup", "wire" and "cord"), see alike.go. Nothing else is merged
// automatically: "space" is not "space bar". The following are excluded:
//
//   - words that are not a topic ("thing", "day");
//   - the product's own name: a term of whose mentions at least 8%, and two, follow "this" or
//     "these" ("this keyboard"). Before another word it is dropped ("keyboard layout" is
//     "layout");
//   - mentions of other products ("my old router", "than the X200") and of what others say
//     ("claims that"), see aspects.Other.
//
// A topic is a name (Proper) if most of its mentions within sentences begin with a capital letter,
// except for common nouns that are written in capitals ("USB", "Wi-Fi").
// Terms in less than three reviews are not a topic. Up to 40 topics are listed, each of at least
// ten reviews; in a file of less than 500, of 2% of the reviews and at least three; in one of more
// than 10,000, of 0.1%.
//
// A topic stands out as praised or complained about if the share of complaints among its reviews
// that are not neutral differs from that of all topics together at a false discovery rate of 5%
// (exact binomial tests, Benjamini and Hochberg 1995).
//
// # Impact
//
// The impact of a topic is how far the share of positive reviews would rise if nobody complained
// about it, in percentage points. If a review that is not positive complains about k topics, 1/k of
// it is attributed to each. Without the complaint it would be positive with the probability q of
// reviews that complain about nothing. So of n reviews
//
//	impact of a topic = 100 q / n x sum of 1/k over the reviews that complain about it and are
//	                    not positive
//
// where k counts all topics that the review complains about, including rare ones, and q is
// (positive + 1) / (all + 1) of the reviews without complaints. The impacts of all topics add up to
// at most the share of reviews that are not positive. It is not a promise: a review may be unhappy
// for a reason that it does not name.
//
// # Changes
//
// A change is a period from which on more or fewer of all reviews complain about a topic, found as
// in package changes, at a false discovery rate of 5% over the topics. Products are examined for
// topics that may have changed; a change that most of them share is reported once.
//
// # Schemes
//
// A Scheme holds a person's own topics, see ParseScheme.
package topics
