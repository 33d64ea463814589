// Package paired compares two classifiers on the same texts.
//
// Counts takes pairs of scores, adds up over files and servers, and gives figures.Paired: how many
// texts change their name, which model agrees more often with what is known of the texts, how well
// each is calibrated. Texts that both models judge alike say nothing of the difference, so its
// interval comes from the pairs and is far narrower than that of two separate samples.
//
// Moved holds the texts whose probability moves most.
//
// Sequence decides while pairs still come: its intervals hold at every look at once, so that one
// may look after each batch and stop when the answer is there.
package paired
