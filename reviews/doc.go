// Package reviews defines the values shared by all packages below it: a row's score, stars, date
// and product.
//
// Its input is the cells of a row and a model's logits. Decide turns the logits of a text's windows
// into a calibrated probability with a name (Score); ParseStars, Dates.Parse and Products.Number
// parse the other cells. Its output is Result and Facts, which the packages below read, write and
// count. Nothing here fails on content: a cell that cannot be parsed gives false or zero.
//
//   - reviews/table reads and writes the files
//   - reviews/text cleans, joins and splits the texts
//   - reviews/reading describes how a file is read, in the form of the API
//   - reviews/stats counts scored rows
//   - reviews/phrases finds the phrases that set one group of rows apart
//   - reviews/changes finds when the share of negative reviews changed
//   - reviews/aspects finds the aspects of one text, reviews/topics the topics of many
//   - reviews/paired compares two models on the same texts
//   - reviews/findings builds figures from all these counts, reviews/figures is their form in JSON
//   - reviews/report writes the figures as one HTML file, reviews/excerpt cuts its quotes
//   - reviews/stem finds the forms of a word
//
// The packages are pure: they run in the browser's worker and in the server alike.
package reviews
