// Package aspects extracts the aspects of a review and their polarity: "the [bass] is weak, but
// they are [comfortable]" is negative about bass and positive about comfort.
//
// Its input is a text, its token IDs with their offsets, and the tags that the aspect model gives
// each token (Decode). Its output is mentions: bytes of the text with a polarity and a probability.
// A lexicon adds aspects that are implied and not named ("comfortable", "broke", "arrived late").
// Package topics groups the mentions of many reviews into topics.
//
// The package is pure: it runs in the browser's worker and in the server alike.
package aspects
