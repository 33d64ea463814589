package widget

import (
	"strings"
	"time"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// SearchBox searches after a pause in typing. The browser owns its content.
type SearchBox struct {
	app.Compo

	Value string
	On    func(text string)
	typed string
	n     int
}

func (b *SearchBox) OnMount(app.Context) { b.set() }

func (b *SearchBox) OnUpdate(app.Context) {
	if b.Value != b.typed && b.n == 0 { // removed by its chip
		b.set()
	}
}

func (b *SearchBox) set() {
	b.typed = b.Value
	b.JSValue().Call("querySelector", "input").Set("value", b.Value)
}

func (b *SearchBox) onInput(ctx app.Context, e app.Event) {
	b.typed = strings.TrimSpace(ctx.JSSrc().Get("value").String())
	b.n++
	n := b.n
	ctx.After(Debounce, func(ctx app.Context) {
		if b.n == n {
			b.n = 0
			if b.typed != b.Value {
				b.On(b.typed)
			}
		}
	})
}

func (b *SearchBox) Render() app.UI {
	return app.Label().Class("field", "searched").Body(
		app.Span().Text("Search"),
		app.Input().Type("search").ID("search").Placeholder("words, or \"a phrase\"").
			AutoComplete(false).Spellcheck(false).OnInput(b.onInput))
}

// Debounce is the pause in typing after which a text is scored.
const Debounce = 250 * time.Millisecond
