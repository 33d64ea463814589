// Package stats counts scored rows and computes confidence intervals.
//
// Its input is results and facts, one row at a time and in any order (Summary.Add). Its output is
// counts by sentiment, stars, product and period, shares with their 95% intervals (Wilson), and the
// change over time. A count takes no memory per row. Nothing fails, and nothing is computed at
// package initialization, since the page's worker links the package.
package stats
