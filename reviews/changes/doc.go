// Package changes finds when the share of unhappy reviews changed, in a whole file and for each of
// its products: what is new, without being asked.
//
// In go the scored reviews with their days and products; out come the changes, the one that
// concerns most reviews first. A change is a period from which on the share of negative reviews is
// another, beyond chance: binary segmentation with the likelihood ratio of two binomial shares
// (Scott and Knott 1974) as its statistic, whose chance is found by dealing the same reviews out to
// the periods again and again (permutation test). In histories without any, something is found in
// at most 5% of files.
package changes
