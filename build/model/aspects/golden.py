"""Texts of one window whose mentions the manifest contains, so that a server and a browser can
verify that they find the same. All invented here. export.py selects those on which the tagger is
confident: an uncertain decision may differ on a CPU that rounds in another order.
"""

TEXTS = [
    "The sound is great but the cable broke.",
    "Battery life is excellent.",
    "The screen is far too dim, and the speakers are terrible.",
    "Love the colour, hate the zipper.",
    "Customer service was rude and the delivery was late.",
    "I bought it in March for my sister.",
    "The keys are comfortable; the space bar sticks.",
    "Great picture quality. Awful remote control.",
    "It runs on two batteries.",
    "The price is fair and the fabric feels soft.",
    "Setup was easy, but the software crashes every day.",
    "The wi-fi signal drops in the kitchen, although the installation was simple.",
    "Nothing to add.",
    "The fan is noisy. The build quality is superb. The power cord is too short.",
    "The stitching came apart after one wash and the size runs small.",
    "Good food, slow service, lovely atmosphere.",
    "The touchpad is unresponsive but I like the bright display 😍",
    "The lens is sharp, the flash is weak and the menu is confusing.",
    "An excellent keyboard with a flimsy stand.",
    "They sent it back twice.",
    "The noise cancellation works well, the microphone does not.",
    "The fit is perfect, the material is thin.",
    "The café's décor is charming, the waiters are unfriendly.",
    "👎 The instructions are useless.",
]
