// Package phrases finds the words and phrases that set one group of reviews apart from another.
//
// Its input is texts with their sentiments (Drivers.Add), or with their groups (Comparison.Add),
// one at a time. Its output is the phrases of one to three words that are more frequent on one side
// than chance explains, at a false discovery rate of 5%, each with rows that have it. Equal texts
// vote once. Memory is bounded by the number of distinct phrases that are kept, not by that of the
// texts.
package phrases
