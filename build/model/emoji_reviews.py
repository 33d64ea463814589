"""A hundred reviews of only emoji with a clear sentiment, half of each, for evaluate.py.

A third of their emoji never occur among those of which prepare.py makes training rows, so they are
known by their words alone.
"""

POSITIVE = """
😍 👍 ❤️ 🥰🥰 😊👍 💯 🔥🔥🔥 👏👏👏 🙌 🤩 😀😀 😁 😃👌 👌 ⭐⭐⭐⭐⭐ 🌟🌟🌟🌟🌟 💖💖 🎉🎉 😘 🤗 ✅✅ 🏆 😎👍 😋 😋😋😋 💪💪 💕 💗 💙💙💙 🥳 🤤 😻
👍🏽 👍🏻👍🏻 👌🏿 🙏❤️ ☺️ 😄😄 🙂👍 💚 🧡🧡 💛 😇 🫶 🎊🎉 👑 🥇 💝 🤝👍 ❤️🔥
""".split()

NEGATIVE = """
😡 👎 😠😠 🤬 💩 🤮🤮🤮 😤 😭👎 💔 ❌ ❌❌❌ 🗑️ 😞 😢 🤢 😒 🙄👎 😖 😩😩 😾 🚫🚫 👎👎👎 👎🏽 👎🏻👎🏻 😡😡😡😡 😠👎 🤦 🤦‍♀️ 🤦🏽‍♂️👎 😣 😫 😟 ☹️ 🙁 😕👎
😓 😨😡 🤥 🤡👎 ⚠️👎 💀👎 😿 🥴👎 🖕 😑👎 😔 😥 😰👎 🥱👎 😬👎
""".split()
