// Package topics makes topics of the mentions in many reviews: what people speak of, how many, and
// how they feel about each.
package topics
