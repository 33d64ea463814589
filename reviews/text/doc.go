// Package text prepares the text of a review: it removes markup (Clean), joins title and body
// (Join), splits sentences (Sentences) and reports why a model cannot read a text (Readability).
//
// Input and output are UTF-8. Nothing fails: unrecognized input is kept as it is.
package text
