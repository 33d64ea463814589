// Package trial runs A/B tests of models: it tries a challenger beside the current model and
// determines which is better before the challenger is promoted.
//
// An operator begins a trial in the store of models (store.Trial, "reviewlens models try"). From
// then on each server does four things, and no server keeps anything that another would need:
//
//   - Split. A share of owners, or of runs where owners are not known, gets the challenger: those
//     whose hash with the trial's ID is below the share (Bucket). Nothing is stored, so every
//     server and every restart agrees, and a share that rises takes nobody back. A request that
//     names a model gets that one, so runs that have begun go on, whatever becomes of the trial.
//   - Shadow. The challenger also scores a share of the texts that the current model has scored,
//     chosen by the text's fingerprint, equal texts once. Nobody sees those scores. They are
//     computed one window at a time and only while no request is in an engine, so that a response
//     waits for one window at most; what finds no idle time, or exceeds the share of the tokens, is
//     dropped and counted. In AWS Lambda, where a process is frozen between requests, Settle reads
//     them before the invocation ends, for at most SettleTime.
//   - Count. Pairs of scores become sums (Counts), which servers add to a few objects of the
//     store: any look at them is valid. Where a file has stars, a pair says which model is right.
//     No text and no token ID is kept, only the fingerprints of the last texts, in memory.
//   - Decide. A challenger that is proven worse, fails, is twice as slow, or does not reproduce its
//     golden texts is stopped by whichever server sees it first (Decide). One that is not worse,
//     after enough pairs and a day, is called ready, and promoted if the operator asked for that.
//
// What people correct is counted, too, where their page sends it (Correct): both models score those
// texts, and the sums say with which of them people agree. It decides nothing, because people
// correct what they see: of the model whose scores they saw these texts hold nothing but mistakes.
//
// A Runner does all of this around the models of a store (engines.Set). Without a trial it returns
// the same engines as the Set.
//
// Accuracy is compared by a confidence sequence (paired.Sequence), which holds at every look. A
// sample ratio test (Split) notices a server that loses part of the split. A trial cannot tell
// whether owners like the challenger, nor its accuracy where no file has stars. A text counts once
// for each process, so that a file which is scored day after day makes the interval narrower than
// it should be.
package trial
