package topics

import (
	"strings"
	"sync"
)

// alikes are terms that say one thing: the first of a line is the topic that the others are of.
// What a reader would tell apart in some file is not here: neither a part of a thing nor
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
`

// alike returns the letters of the topic that a term is of, by the keys of the term.
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

// topic are the letters of the topic that a term is known to be of, "" for none.
func (n normal) topic() string {
	for _, key := range n.keys() {
		if topic := alike()[key]; topic != "" {
			return topic
		}
	}
	return ""
}
