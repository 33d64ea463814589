// Package text prepares the text of a review: it removes markup (Clean), joins title and body
// (Join), splits sentences (Sentences) and says which texts the model cannot read (Readability).
//
// In goes UTF-8; out comes UTF-8. Nothing fails: what is not recognized stays as it is.
package text
