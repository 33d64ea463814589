// Package paired compares two classifiers on the same texts.
//
// Counts takes pairs of scores, adds up over files and servers, and computes figures.Paired: how
// many texts change their name, which model agrees more often with the known truth of the texts,
// how well each is calibrated. Texts that both models judge alike contribute nothing to the
// difference, so its interval comes from the pairs and is far narrower than that of two separate
// samples.
//
// Moved holds the texts whose probability moves most.
//
// Sequence decides while pairs still arrive: its intervals hold at all looks together, so that the
// caller may look after each batch and stop when the answer is clear.
package paired
