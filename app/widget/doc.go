// Package widget holds the parts that screens are made of: choices, buttons, charts, the list of
// all reviews, a dialog. A widget draws what its fields say and calls back what people do; it knows
// no state of the page and sends the worker nothing. Most are components of go-app because the
// browser, not the page, keeps what was typed or chosen, and because go-app keeps the first handler
// that an element was given: what a later drawing would do has to stand in fields.
package widget
