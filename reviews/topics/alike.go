package topics

import (
	"strings"
	"sync"
)

// alikes lists synonymous terms: the first of a line is the topic that the others belong to. Terms
// that a reader would distinguish in some file are not included: neither a part of a thing nor
// "reception", which hotels and phones have.
const alikes = `
setup, set up, setting up, install, installing, installation, installation process
setup, setup process, initial setup
price, cost, pricing, price point, price tag, value, value for money
sound, audio, sound quality, audio quality, quality of sound
service, customer service, customer support, customer care, tech support, technical support
service, support team, service department
delivery, shipping, shipment, delivery time, shipping time
battery, battery life, life of the battery
noise reduction, noise cancellation, noise cancelling, noise canceling, noise isolation
noise reduction, sound isolation
instructions, manual, instruction manual, directions, user manual, owners manual
instructions, instruction book, documentation, user guide
picture quality, image quality, photo quality, quality of the pictures
cord, wire, cable, wiring, cabling
microphone, mic
screen, display
space bar, space key
wrist rest, palm rest, wrist pad, palm pad, wrist support, palm support, hand rest
signal, signal strength, wireless signal, wifi signal
connection, connectivity, connecting
configuration, configuring
taste, flavor, flavour
smell, scent, odor, odour, fragrance, aroma
size, dimensions, sizing
comfort, comfort level
durability, longevity, lifespan, life span
noise, noise level
ease, ease of use, usability
looks, look, appearance
color, colour, coloring, colouring
`

// alike maps the keys of a term to the letters of its topic.
var alike = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(alikes) {
		terms := strings.Split(strings.TrimSpace(line), ", ")
		if terms[0] == "" {
			continue
		}
		topic := wordsOf(terms[0]).joined()
		for _, term := range terms {
			for _, key := range wordsOf(term).keys() {
				out[key] = topic
			}
		}
	}
	return out
})

// topic returns the letters of the topic that a term is known to belong to, "" if none.
func (n normal) topic() string {
	for _, key := range n.keys() {
		if topic := alike()[key]; topic != "" {
			return topic
		}
	}
	return ""
}
