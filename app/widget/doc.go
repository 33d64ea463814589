// Package widget holds the parts of screens: choices, buttons, charts, the list of all reviews, a
// dialog. A widget renders its fields and reports user actions by callbacks; it does not know the
// state of the page and sends the worker nothing. Most are components of go-app because the
// browser, not the page, keeps what was typed or chosen, and because go-app keeps the first handler
// of an element: what a later rendering would do has to be in fields.
package widget
