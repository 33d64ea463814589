"""A hundred reviews of nothing but emoji whose sign is clear to a person, half of each, for
evaluate.py.

A third of their emoji never occur among those that prepare.py makes training rows of, so that they
are known by their words alone.
"""

POSITIVE = """
😍 👍 ❤️ 🥰🥰 😊👍 💯 🔥🔥🔥 👏👏👏 🙌 🤩 😀😀 😁 😃👌 👌 ⭐⭐⭐⭐⭐ 🌟🌟🌟🌟🌟 💖💖 🎉🎉 😘 🤗 ✅✅ 🏆 😎👍 😋 😋😋😋 💪💪 💕 💗 💙💙💙 🥳 🤤 😻
👍🏽 👍🏻👍🏻 👌🏿 🙏❤️ ☺️ 😄😄 🙂👍 💚 🧡🧡 💛 😇 🫶 🎊🎉 👑 🥇 💝 🤝👍 ❤️🔥
""".split()

NEGATIVE = """
😡 👎 😠😠 🤬 💩 🤮🤮🤮 😤 😭👎 💔 ❌ ❌❌❌ 🗑️ 😞 😢 🤢 😒 🙄👎 😖 😩😩 😾 🚫🚫 👎👎👎 👎🏽 👎🏻👎🏻 😡😡😡😡 😠👎 🤦 🤦‍♀️ 🤦🏽‍♂️👎 😣 😫 😟 ☹️ 🙁 😕👎
😓 😨😡 🤥 🤡👎 ⚠️👎 💀👎 😿 🥴👎 🖕 😑👎 😔 😥 😰👎 🥱👎 😬👎
""".split()
