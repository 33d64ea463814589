// Package bill turns a month of reviews into dollars.
//
// Prices come from prices.json: list prices, each with the public page it was taken from and the
// date. Times come from measured.json, which `make bench-cost` writes. The free tier (a million
// requests, 1 TB of CloudFront and the like) is not counted, since it belongs to an account, not to
// a workload.
package bill

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
)

//go:embed prices.json
var listed []byte

// Prices are the prices of prices.json.
type Prices struct {
	Region string           `json:"region"`
	Read   string           `json:"read"` // when the pages were read
	Prices map[string]Price `json:"prices"`
}

// Price is the price of a unit of something; above some quantity, further units may cost less.
type Price struct {
	Per   string `json:"per"`
	Tiers []Tier `json:"tiers"`
	Dated string `json:"dated"` // date that the page states
	Page  string `json:"page"`
}

// Tier is a price that applies from a quantity on.
type Tier struct {
	From float64 `json:"from"`
	USD  float64 `json:"usd"`
}

// List returns the contents of prices.json.
func List() (Prices, error) { return parse(listed) }

func parse(data []byte) (p Prices, err error) {
	if err := json.Unmarshal(data, &p); err != nil {
		return p, fmt.Errorf("prices.json: %w", err)
	}
	for name, price := range p.Prices {
		if u, err := url.Parse(price.Page); err != nil || u.Host == "" || price.Dated == "" ||
			price.Per == "" {
			return p, fmt.Errorf("prices.json: %s has no page, date or unit", name)
		}
		if len(price.Tiers) == 0 || price.Tiers[0].From != 0 ||
			!slices.IsSortedFunc(price.Tiers, func(a, b Tier) int {
				if a.From < b.From && a.USD >= 0 {
					return -1
				}
				return 1
			}) {
			return p, fmt.Errorf("prices.json: the tiers of %s do not begin at 0 or do not rise",
				name)
		}
	}
	return p, nil
}

// of returns the price of quantity units in a month.
func (p Prices) of(name string, quantity float64) float64 {
	price, ok := p.Prices[name]
	if !ok {
		// names are constants of this package; a test checks all of them
		panic("prices.json has no " + name)
	}
	sum := 0.
	for i, t := range price.Tiers {
		end := quantity
		if i+1 < len(price.Tiers) {
			end = min(end, price.Tiers[i+1].From)
		}
		sum += max(0, end-t.From) * t.USD
	}
	return sum
}
