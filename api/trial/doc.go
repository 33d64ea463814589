// Package trial runs A/B tests of models: it tries a challenger against the current model and
// determines which is better before the challenger is promoted.
//
// An operator starts a trial in the store of models (store.Trial, "reviewlens models try"). From
// then on each server does four things, and keeps nothing that another would need:
//
//   - Split. A share of owners, or of runs if owners are not known, gets the challenger: those
//     whose hash with the trial's ID is below the share (Bucket). Nothing is stored, so every
//     server and every restart agrees, and a rising share takes the challenger from nobody. A
//     request that names a model gets that one, so runs in progress continue, whatever the outcome
//     of the trial.
//   - Shadow. The challenger also scores a share of the texts that the current model has scored,
//     chosen by the text's fingerprint, equal texts once. Those scores are not returned. They are
//     computed one window at a time and only while no request is in an engine, so that a response
//     waits for one window at most; texts that find no idle time, or exceed the share of the
//     tokens, are dropped and counted. In AWS Lambda, where a process is frozen between requests,
//     Settle scores them before the invocation ends, for at most SettleTime.
//   - Count. Pairs of scores become sums (Counts), which servers add to a few objects of the
//     store: they are valid at any time. If a file has stars, a pair shows which model is right.
//     No text and no token ID is kept, only the fingerprints of the last texts, in memory.
//   - Decide. A challenger that is proven worse, fails, is twice as slow, or does not reproduce its
//     golden texts is stopped by the first server that detects it (Decide). One that is not worse,
//     after enough pairs and a day, is ready, and promoted if the operator requested that.
//
// Corrections by people are counted as well, if their page sends them (Correct): both models score
// those texts, and the sums show with which of them people agree. They decide nothing, because
// people correct what they see: for the model whose scores they saw, these texts are all mistakes.
//
// A Runner does all of this around the models of a store (engines.Set). Without a trial it returns
// the same engines as the Set.
//
// Accuracy is compared by a confidence sequence (paired.Sequence), which holds at every look. A
// sample ratio test (Split) detects a server that loses part of the split. A trial cannot measure
// whether owners like the challenger, nor its accuracy if no file has stars. A text counts once per
// process, so a file that is scored day after day makes the interval narrower than it should be.
package trial
