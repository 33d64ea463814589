// The screen for operators: the current trial, from GET /v1/trials, requested again once a minute.
// Everything is set as text. The key is that of the page, or is typed, and stays in this tab.
const place = document.getElementById("trial");
const form = document.getElementById("ask");
const every = 60_000;

const key = () => sessionStorage.getItem("key") ?? JSON.parse(sessionStorage.getItem("tokens"))?.id;

// node creates an element: node("p", {class: "small"}, "text", child).
function node(name, attributes = {}, ...children) {
  const space = ["svg", "line", "circle", "text"].includes(name) ? "http://www.w3.org/2000/svg" : "http://www.w3.org/1999/xhtml";
  const made = document.createElementNS(space, name);
  for (const [k, v] of Object.entries(attributes)) made.setAttribute(k, v);
  made.append(...children);
  return made;
}

const percent = (share, digits = 1) => `${(100 * share).toFixed(digits)}%`;
const points = (share) => `${share > 0 ? "+" : ""}${(100 * share).toFixed(1)}`.replace("-", "−");
const count = (n) => n.toLocaleString("en");
const when = (time) => new Date(time).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });

// interval draws the difference in accuracy with its interval, on a scale of the same width to both
// sides, so that "no difference" is always in the middle.
function interval({ share, low, high }) {
  const most = Math.min(1, Math.max(0.02, Math.abs(low), Math.abs(high)) * 1.1);
  const x = (v) => `${(50 + (50 * v) / most).toFixed(2)}%`;
  const said = `Accuracy of the challenger less that of the current model: ${points(share)} points, between ${points(low)} and ${points(high)}.`;
  return node("figure", {},
    node("svg", { role: "img", "aria-label": said },
      node("line", { x1: "0%", x2: "100%", y1: 28, y2: 28 }),
      node("line", { class: "zero", x1: "50%", x2: "50%", y1: 12, y2: 44 }),
      node("line", { class: "interval", x1: x(low), x2: x(high), y1: 28, y2: 28 }),
      node("circle", { cx: x(share), cy: 28, r: 7 }),
      node("text", { x: "0%", y: 64 }, `worse, ${points(-most)}`),
      node("text", { x: "50%", y: 64, "text-anchor": "middle" }, "as good"),
      node("text", { x: "100%", y: 64, "text-anchor": "end" }, `better, ${points(most)}`)),
    node("figcaption", { class: "small" }, said + " The interval holds however often you look."));
}

function row(name, ...cells) {
  return node("tr", {}, node("th", { scope: "row" }, name), ...cells.map((c) => node("td", cells.length === 1 ? { colspan: 2 } : {}, c)));
}

function draw(t) {
  const f = t.figures;
  const rows = [
    row("Who gets it", t.share ? percent(1 - t.share, 0) : "everybody", t.share ? `${percent(t.share, 0)} of owners or runs` : "nobody"),
    row("Requests", count(t.requests[0]), count(t.requests[1])),
    row("of them failed", count(t.errors[0]), count(t.errors[1])),
  ];
  if (f.judged) {
    rows.push(
      row("Agrees with the stars", percent(f.a.accuracy.share), percent(f.b.accuracy.share)),
      row("Brier score, lower is better", f.a.brier.toFixed(4), f.b.brier.toFixed(4)),
      row("Calibration error", percent(f.a.calibrationError), percent(f.b.calibrationError)),
      row("Unsure", count(f.a.unsure), count(f.b.unsure)));
  }
  if (f.corrected?.texts) {
    rows.push(row(`Agrees with people, of ${count(f.corrected.texts)} reviews that they corrected`, count(f.corrected.a), count(f.corrected.b)),
      row("whose scores these were", count(t.corrected[0]), count(t.corrected[1])));
  }
  if (t.timed) rows.push(row("Time a text", `${t.millis[0].toFixed(1)} ms`, `${t.millis[1].toFixed(1)} ms`));
  rows.push(
    row(`Read unseen, ${percent(t.shadow, 0)} of the texts`, `${count(f.pairs)}, ${count(f.judged)} of them with stars`),
    row("not read, for other work; failed", `${count(t.dropped)}; ${count(t.failed)}`));
  if (f.pairs) {
    rows.push(row("get another name", `${percent(f.changed.share)} (${percent(f.changed.low)} to ${percent(f.changed.high)}): ` +
      `${count(f.toSide[0])} to negative, ${count(f.toSide[1])} to positive`));
  }
  const card = node("section", { class: `card ${t.ready ? "go" : t.verdict === "worse" || t.split.off ? "stop" : ""}`, "aria-labelledby": "says" },
    node("p", { class: "small" }, `${t.state[0].toUpperCase()}${t.state.slice(1)}, since ${when(t.since)}, until ${when(t.until)}` +
      (t.auto ? "; promoted once it is ready" : "") + `. As of ${when(t.asOf)}.`),
    node("h2", { class: "says", id: "says" }, t.says));
  if (f.judged) card.append(interval(t.sequence));
  if (t.split.off) {
    card.append(node("p", { class: "trouble" }, `The split is off: ${count(t.split.seen[1])} of ${count(t.split.seen[0] + t.split.seen[1])} parts ` +
      `of the owners had answers of the challenger, and ${percent(t.split.expected)} were given it.`));
  }
  place.replaceChildren(card, node("section", { class: "card" },
    node("table", {},
      node("caption", { class: "unseen" }, "The current model beside the challenger"),
      node("thead", {}, node("tr", {}, node("td"), node("th", { scope: "col" }, "Current ", node("br"), t.current),
        node("th", { scope: "col" }, "Challenger ", node("br"), t.challenger))),
      node("tbody", {}, ...rows))),
    node("p", { class: "small" }, "Change it with “reviewlens models try”, “promote” or “stop”."));
}

function trouble(text) {
  place.replaceChildren(node("p", { class: "trouble", role: "alert" }, text));
}

async function show() {
  try {
    const asked = key();
    const answer = await fetch("/v1/trials", { headers: asked ? { Authorization: "Bearer " + asked } : {} });
    const said = await answer.json().catch(() => ({}));
    form.hidden = answer.status !== 401;
    if (!answer.ok) {
      if (answer.status === 401) sessionStorage.removeItem("key");
      trouble(said.detail ?? `The server answered ${answer.status}.`);
    } else if (said.trials.length === 0) {
      place.replaceChildren(node("p", {}, "No trial runs. “reviewlens models try STORE ID” begins one; “models status” has the last one."));
    } else {
      draw(said.trials[0]);
    }
  } catch {
    trouble("The server does not answer. It is asked again in a minute.");
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("key", document.getElementById("key").value.trim());
  show();
});
setInterval(() => document.hidden || show(), every);
document.addEventListener("visibilitychange", () => document.hidden || show());
show();
