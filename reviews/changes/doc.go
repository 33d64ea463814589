// Package changes finds when the share of negative reviews changed, in a whole file and for each of
// its products.
//
// Its input is the scored reviews with their days and products; its output is the changes, the one
// that concerns most reviews first. A change is a period from which on the share of negative
// reviews differs beyond chance. The method is binary segmentation with the likelihood ratio of two
// binomial shares (Scott and Knott 1974), whose significance is that of a permutation test: the
// same reviews are dealt out to the periods again and again. Of files without a change, at most 5%
// show one.
package changes
