"""A hundred reviews whose meaning depends on a negation, half of each sign, for evaluate.py."""

POSITIVE = """
I couldn't be happier with this purchase.
You can't go wrong with this one.
I can't imagine my kitchen without it.
There is nothing not to like.
Wouldn't be without it.
I can't stop using it.
Never had a better kettle.
It couldn't be easier to set up.
I can't say enough about how good this is.
Can't beat the price.
Hasn't missed a beat.
I don't know how I lived without it.
You won't be sorry.
I wouldn't hesitate to order another.
It doesn't get better than this.
Could not ask for more.
I'd be lost without it.
None of the parts were missing.
My back doesn't hurt anymore.
The handle hasn't come loose in three winters.
You'd never guess that it cost so little.
Not only is it quiet, it is not even expensive.
I wasn't expecting much and was proved wrong.
There's no reason to pay more.
It won't scratch the floor, which is why I bought it.
I no longer have to charge it every day.
Don't listen to the bad reviews.
I didn't need the manual.
Nobody at the office can hear it any more.
I'm not one to write reviews, but this deserves it.
No smell, no mess, no effort.
The zip doesn't catch and the straps don't dig in.
Why would anyone pay more?
It isn't the cheapest, but I don't care, it is the last one I'll ever need.
Haven't found anything it can't cut.
Not a drop spilled.
It will not tip over, however hard the dog tries.
My kids won't put it down.
The colours have not run, not even at sixty degrees.
I was never asked to pay for the return, and the new one came in two days.
What's not to love?
I haven't touched the old one since.
There wasn't a scratch on it when it came.
Couldn't believe how light it is.
It didn't take five minutes to put together.
Never late, never damaged, never a wrong item.
Not the slightest lag.
It never asks for an update in the middle of a call.
I have never slept so well.
Without it the trip would have been a disaster.
""".strip().split("\n")

NEGATIVE = """
I can't recommend this to anyone.
Not worth the money.
Can't get it to connect.
Wouldn't wish it on anyone.
No one answers the phone.
I can't believe I paid for this.
It won't stay charged.
Never again.
I don't know why anyone would buy this.
I can't hear a thing with it.
It doesn't fit and can't be returned.
Couldn't be more disappointed.
Not even close to what is on the box.
I wouldn't trust it near water.
Never had a worse pair of shoes.
It is no better than the one for half the price.
You will not be happy with it.
Nothing was in the box but the cable.
It has not been the same since the update.
The lid doesn't close anymore.
I wasn't told that it needs a subscription.
I never got the refund that they promised.
Nobody could tell me how to turn it off.
It can't be cleaned, so it went into the bin.
I didn't get a single night of sleep with that hum.
Don't believe the good reviews.
There's no way to adjust the strap.
The buttons are not where they should be, and you can't feel them.
It didn't survive the first wash.
Not once have I got a whole pot out of it.
It isn't what was ordered, and they won't take it back.
The second one wasn't any better than the first.
No matter what I do it will not pair.
I wish I had never opened the box.
The battery doesn't make it through a morning.
We could not finish a film without it buffering.
It does not deserve one star.
Hardly any sound comes out of the left side.
Nothing sticks to it except dust.
They never answer, they never call, they don't care.
I would have been better off without it.
It's neither waterproof nor dust proof, whatever they say.
Not a chance that I'd take it on a hike again.
The seams were not even sewn shut.
Won't be ordering here any more.
My hands have never hurt like this.
If only it did what it is supposed to do.
It's not a knife, it's a spoon with a point.
You can't read the display in daylight.
No idea how this passed any test.
""".strip().split("\n")
