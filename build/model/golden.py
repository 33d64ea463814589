"""Texts whose scores the manifest contains, so that a server can check itself before it answers.
All invented here.
"""

_STORY = (
    "We bought the lamp for the reading corner and at first everybody liked it. The light is warm "
    "and the switch sits "
    "where the hand expects it. After some weeks the joint began to sink, slowly, until the shade "
    "rested on the book. "
    "I tightened the screw, it held for an evening. The shop answered within a day and sent a new "
    "joint, which has "
    "held since the spring. So it is a good lamp with one weak part, and a shop that knows it. "
)

TEXTS = [
    "Great",
    "Awful.",
    "Works as it should, no complaints.",
    "Broke after two days.",
    "I love this kettle! It boils fast and looks lovely on the counter.",
    "DO NOT BUY. It leaked all over my desk and support never answered.",
    "Not bad at all, I would even buy it again.",
    "Not good. I expected more for forty dollars.",
    "It is a cable. It is one metre long.",
    "Five stars?! Whoever wrote that never tried to open the lid...",
    "The café's crème brûlée torch: très bien 👍🏽🔥",
    "👎👎👎",
    "😍",
    "好 product, fast 快递",
    "Arrived on Tuesday. The colour is blue.",
    "The screen is gorgeous but the battery dies before lunch, so it went back.",
    "My son hated it for a week; now he will not go anywhere without it.",
    "Cheap plastic. Smells. Wobbles. Returned.",
    "Perfect fit. Perfect colour. Perfect price.",
    "Nothing wrong with it, nothing special either.",
    'They call it "waterproof" - ha! One splash and it was gone.',
    "I wanted to like this book; the first chapter is a joy, and then nothing happens for three "
    "hundred pages.",
    "Superb value: sturdy, quiet & easy to clean!!!",
    _STORY,
    _STORY * 3 + "In the end we bought a second one.",
    "This is the worst blender I have ever owned. " + _STORY * 6 + "I want my money back.",
]
