// The few functions of the page that must work before its program has loaded, or that only the
// browser has. It starts the worker, takes files that are dropped anywhere or picked, and queues
// them and the worker's events until the program listens.
"use strict";

// If site data is blocked, the browser's storages throw: what is stored there is lost with the
// page.
class Memory {
  #all = new Map();
  getItem(name) {
    return this.#all.get(name) ?? null;
  }
  setItem(name, value) {
    this.#all.set(name, String(value));
  }
  removeItem(name) {
    this.#all.delete(name);
  }
}
for (const storage of ["sessionStorage", "localStorage"]) {
  try {
    window[storage].getItem("");
  } catch {
    Object.defineProperty(window, storage, { value: new Memory() });
  }
}

window.reviewlens = (() => {
  const worker = new Worker("/web/worker.js");
  const sendKey = (key) => worker.postMessage({ json: JSON.stringify({ name: "key", key }) });
  const key = sessionStorage.getItem("key");
  if (key) sendKey(key);
  let listener = null;
  const queued = [];
  const tell = (...what) => (listener ? listener(...what) : queued.push(what));

  // The program. It is compiled and started in a task each: together they are too long.
  const loader = document.getElementById("app-wasm-loader");
  const start = async () => {
    try {
      const go = new Go();
      go.env.GOGC = "400"; // garbage collection blocks the page's thread; some more megabytes do not matter
      const { instance } = await WebAssembly.instantiateStreaming(fetch("/web/app.wasm"), go.importObject);
      setTimeout(() => go.run(instance));
    } catch (error) {
      loader.querySelector("p").textContent = "The page could not start: " + error.message + ". Reload it.";
    }
  };

  // The service worker loads all files that the page may need: on a first visit, after those of the
  // first screen.
  addEventListener("DOMContentLoaded", () => {
    start();
    if (navigator.serviceWorker?.controller) goappInitServiceWorker();
    else worker.addEventListener("message", () => setTimeout(goappInitServiceWorker, 1000), { once: true });
  });

  let started = false, broken = null; // broken is sent again after each command, which has no other effect
  worker.onmessage = ({ data }) => {
    started = true;
    tell("event", data.json, data.blob);
  };
  worker.onerror = (error) => {
    broken ??= JSON.stringify({ name: "problem", problem: { about: "worker", retry: false, wayOut: "Reload the page.",
      detail: `The part of the page that reads files ${started ? "stopped" : "could not start"}: ${error.message || "it did not load"}.` } });
    tell("event", broken);
  };

  const draft = sessionStorage.getItem("draft");
  sessionStorage.removeItem("draft");
  if (draft) document.getElementById("review").value = draft;

  // Files: dropped anywhere, or picked.
  const carriesFile = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
  let depth = 0;
  addEventListener("dragenter", (event) => {
    if (carriesFile(event) && depth++ === 0) tell("drag", true);
  });
  addEventListener("dragleave", (event) => {
    if (carriesFile(event) && --depth === 0) tell("drag", false);
  });
  addEventListener("dragover", (event) => {
    if (carriesFile(event)) event.preventDefault();
  });
  addEventListener("drop", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    depth = 0;
    tell("drag", false);
    if (event.dataTransfer.files.length) tell("files", [...event.dataTransfer.files]);
  });
  addEventListener("change", async (event) => { // a file of topics, which is small
    const [file] = event.target.id === "topics-file" ? event.target.files : [];
    if (!file) return;
    event.target.value = "";
    tell("topics", file.size > 1 << 20 ? "" : await file.text());
  });
  addEventListener("change", (event) => {
    if (event.target.id !== "file" || !event.target.files.length) return;
    tell("files", [...event.target.files]);
    event.target.value = ""; // the same file may be chosen again
  });
  addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select"); // these use both keys, except two kinds of input
    if (event.key === "Escape" && !(typing && !typing.matches("[type=checkbox], [type=file]")) && !event.defaultPrevented && !document.querySelector("dialog[open]")) tell("escape");
    const search = document.getElementById("search");
    if (event.key === "/" && search && !typing && !event.target.closest?.("dialog") && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
      search.scrollIntoView({ block: "center" });
    }
  });

  // A full storage throws, which would end the program: what it has no room for is not stored.
  const store = (storage, name, value) => {
    try {
      storage.setItem(name, value);
    } catch {
      console.warn("this browser has no room to store: " + name);
    }
  };

  // Another tab has changed this reader's topics.
  addEventListener("storage", ({ key }) => key === "topics" && tell("own topics"));

  // Files opened with the installed page, and those shared by another app (web/offline.js stores
  // them).
  window.launchQueue?.setConsumer(async ({ files }) => {
    if (files?.length) tell("files", await Promise.all([...files].map((f) => f.getFile())));
  });
  const takeShared = async () => {
    const kept = await caches.open("shared");
    const response = await kept.match("/shared");
    if (!response) return;
    await kept.delete("/shared");
    const name = decodeURIComponent(response.headers.get("X-Name"));
    if (name) tell("file", new File([await response.blob()], name));
    else tell("text", await response.text());
  };
  if (location.search === "?shared") takeShared();

  // Signing in (web/signin.js). Tokens stay in this tab: sessionStorage. A renewable one is renewed
  // a minute before it expires; if the provider does not answer, again half a minute later, or once
  // there is a network.
  const kept = (name) => JSON.parse(sessionStorage.getItem(name)); // {at, id, refresh, until}
  const signer = () => import("/web/signin.js");
  let pending = null, timer = 0, renewed = 0, again = false;
  const take = (at, tokens) => {
    sessionStorage.setItem("tokens", JSON.stringify({ at, ...tokens }));
    again = false;
    sendKey(tokens.id);
    watch();
    tell("signed", true, "");
  };
  const watch = () => {
    clearTimeout(timer);
    const tokens = kept("tokens");
    if (tokens?.refresh) timer = setTimeout(renew, Math.min(2 ** 31 - 1, Math.max(1000, tokens.until - Date.now() - 60_000)));
  };
  const renew = async () => {
    clearTimeout(timer);
    const before = kept("tokens");
    if (!before) return;
    renewed = Date.now();
    again = false;
    const same = () => kept("tokens")?.refresh === before.refresh; // no sign-in or sign-out meanwhile
    try {
      const tokens = await (await signer()).renew(before.at, before.refresh);
      if (same()) return take(before.at, tokens);
    } catch (error) {
      again = same() && (error instanceof TypeError || error.cause?.status >= 500); // no network, or the provider is down
      if (again) timer = setTimeout(renew, 30_000);
      else if (same()) sessionStorage.removeItem("tokens");
    }
    tell("signed", false, "");
  };
  addEventListener("online", () => again && renew());
  const finish = async (at, begun, answer) => {
    try {
      take(at, await (await signer()).finish(at, begun, answer));
    } catch (error) {
      tell("signed", false, (await signer()).reason(error));
    }
  };
  new BroadcastChannel("signed-in").onmessage = ({ data }) => {
    if (!pending || new URLSearchParams(data).get("state") !== pending.begun.state) return; // another tab's
    const { at, begun } = pending;
    pending = null;
    finish(at, begun, data);
  };
  const away = kept("signing-in"), back = sessionStorage.getItem("signed-in");
  sessionStorage.removeItem("signing-in");
  sessionStorage.removeItem("signed-in");
  if (away && back) finish(away.at, away.begun, back);
  else if (kept("tokens")) {
    sendKey(kept("tokens").id);
    watch();
  }

  // Files uploaded to the server. Their list outlives the tab; without any, no request is made.
  let hasJobs = false;
  const jobs = () => {
    hasJobs = true;
    return import("/web/jobs.js");
  };
  const asks = () => kept("tokens")?.id ?? sessionStorage.getItem("key") ?? "";
  const tellJob = (job) => tell("job", JSON.stringify(job));

  // Charts: the library is loaded with the first one, and each is drawn in a frame of its own, so
  // that no task is long. A change of theme redraws them, and so does printing.
  let before = null; // the focused element when the last dialog opened
  const charts = new Map(); // element -> [kind, data]
  const waiting = new Set();
  let library = null, loaded = null, suffix = "", turn = Promise.resolve();
  // If the library fails to load, it is loaded again later from another URL: browsers remember the
  // failure.
  const load = () => (library ??= import("/web/charts.js" + suffix).catch(() => {
    setTimeout(() => {
      library = null;
      suffix = "?" + Date.now();
      all();
    }, 10_000);
  }));
  const draw = async (element) => {
    if (waiting.has(element)) return; // it will be drawn with its latest data
    waiting.add(element);
    const drawn = loaded = await load();
    if (!drawn) {
      waiting.delete(element);
      return;
    }
    turn = turn.then(() => new Promise((done) => setTimeout(() => {
      requestAnimationFrame(done);
      waiting.delete(element);
      if (charts.has(element)) drawn.draw(element, ...charts.get(element), (...what) => tell("pick", ...what));
    })));
  };
  const all = () => charts.forEach((_, element) => draw(element));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
  const print = (onPaper) => charts.forEach(([kind, data], element) => loaded?.print(element, kind, data, onPaper));
  addEventListener("beforeprint", () => print(true));
  addEventListener("afterprint", () => print(false));
  matchMedia("print").addEventListener("change", ({ matches }) => print(matches));

  return {
    listen(f) {
      loader.remove();
      listener = f;
      queued.splice(0).forEach((what) => f(...what));
    },
    prefer: (name, value) => store(localStorage, name, value), // for all tabs, until it is changed
    preferred: (name) => localStorage.getItem(name) ?? "",
    keep: (name, value) => store(sessionStorage, name, value), // for the lifetime of this tab
    kept: (name) => sessionStorage.getItem(name) ?? "",
    send(json, file) {
      worker.postMessage({ json, file });
      if (broken) setTimeout(() => tell("event", broken));
    },
    file: (name, text) => new File([text], name, { type: "text/csv" }),
    wantsExample: location.search === "?example",
    async example() {
      const name = "example-reviews.csv";
      try {
        const response = await fetch("/web/" + name);
        if (!response.ok) throw new Error("the server answered " + response.status);
        tell("file", new File([await response.blob()], name, { type: "text/csv" }));
      } catch (error) {
        tell("event", JSON.stringify({ name: "problem", problem: { about: "text", retry: false,
          detail: "The example could not be loaded: " + error.message + ".", wayOut: "Paste a review of your own." } }));
      }
    },
    save(name, blob) {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    },
    saveText(name, type, text) {
      this.save(name, new Blob([text], { type }));
    },
    // A chart as drawn: SVG, or a PNG of twice its size on the page's background.
    async picture(id, kind, name) {
      const element = document.getElementById(id);
      if (!loaded) return; // it is not drawn yet
      const svg = new Blob([loaded.picture(element)], { type: "image/svg+xml" });
      if (kind === "svg") return this.save(name + ".svg", svg);
      const image = new Image();
      image.src = URL.createObjectURL(svg);
      await image.decode();
      const canvas = document.createElement("canvas");
      canvas.width = 2 * element.clientWidth;
      canvas.height = 2 * element.clientHeight;
      const draw = canvas.getContext("2d");
      draw.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--paper");
      draw.fillRect(0, 0, canvas.width, canvas.height);
      draw.drawImage(image, 0, 0, canvas.width, canvas.height);
      URL.revokeObjectURL(image.src);
      canvas.toBlob((blob) => this.save(name + ".png", blob));
    },
    // A table of the page as CSV. A cell that a spreadsheet would execute is prefixed with an
    // apostrophe.
    table(id, name) {
      const cell = (c) => {
        if (c.dataset.csv !== undefined) return c.dataset.csv; // plain numbers, and an interval in two columns
        const plain = c.cloneNode(true);
        plain.querySelectorAll("[aria-hidden=true]").forEach((mark) => mark.remove()); // a name stands without its mark
        let text = plain.textContent.trim().replace(/^(\d{1,3}(,\d{3})+)$/, (n) => n.replaceAll(",", ""));
        if (/^[=+\-@\t\r]/.test(text) && !Number.isFinite(Number(text))) text = "'" + text;
        return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
      };
      const rows = [...document.getElementById(id).querySelectorAll("tr")];
      this.saveText(name + ".csv", "text/csv", rows.map((r) => [...r.children].map(cell).join(",") + "\r\n").join(""));
    },
    // A new version's service worker waits; it takes over, then the page is reloaded, with the text
    // of the box.
    async reload(text) {
      sessionStorage.setItem("draft", text);
      const registration = await navigator.serviceWorker?.getRegistration();
      navigator.serviceWorker?.addEventListener("controllerchange", () => location.reload());
      if (registration?.waiting) registration.waiting.postMessage("take over");
      else location.reload();
    },
    // signIn opens a window for signing in, or leaves the page if none opens; "signed" reports the
    // result.
    async signIn(json) {
      const at = JSON.parse(json);
      const popup = window.open("", "_blank", "popup,width=520,height=720"); // now: later it would be blocked
      let url, begun;
      try {
        ({ url, pending: begun } = await (await signer()).begin(at));
      } catch (error) {
        popup?.close();
        return tell("signed", false, "What signs you in did not load: " + error.message + ".");
      }
      pending = { at, begun };
      if (popup) popup.location = url;
      else {
        sessionStorage.setItem("signing-in", JSON.stringify({ at, begun, hash: location.hash }));
        location.assign(url);
      }
    },
    signedIn: () => kept("tokens") !== null,
    // renew reports whether a rejected token can be renewed; "signed" reports the result.
    renew() {
      if (!kept("tokens")?.refresh || Date.now() - renewed < 30_000) return false;
      renew();
      return true;
    },
    async signOut() {
      if (!kept("tokens")) return;
      const { at, id } = kept("tokens");
      const popup = at.end ? window.open("", "_blank", "popup,width=520,height=720") : null;
      clearTimeout(timer);
      sessionStorage.removeItem("tokens");
      sendKey("");
      if (popup) popup.location = (await signer()).end(at, id);
    },
    // leave returns the key with which "job" reports on a file.
    leave(json, file) {
      const key = [...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(16).padStart(2, "0")).join("");
      const job = { ...JSON.parse(json), key };
      jobs().then(({ submit }) => submit(job, file, asks, tellJob), (error) => tellJob({ key: job.key, name: job.name, problem: error.message }));
      return job.key;
    },
    async watchJobs() {
      if (hasJobs || (localStorage.getItem("jobs") ?? "[]") !== "[]") (await jobs()).watchAll(asks, tellJob);
    },
    removeJob: (key) => jobs().then(({ remove }) => remove(key, asks, tellJob), (error) => tellJob({ key, trouble: error.message })),
    async saveJob(key, name) {
      try {
        this.save(name, await (await jobs()).result(key, asks));
      } catch (error) {
        tellJob({ key, name, trouble: error.message, status: error.status });
      }
      tell("saved");
    },
    // copy reports "copied", and what, on success. A page over plain HTTP has no clipboard, but an
    // older method.
    async copy(text, what) {
      try {
        await navigator.clipboard.writeText(text);
      } catch {
        const focused = document.activeElement;
        const box = document.body.appendChild(document.createElement("textarea"));
        box.value = text;
        box.select();
        const copied = document.execCommand("copy");
        box.remove();
        focused?.focus();
        if (!copied) return;
      }
      tell("copied", what);
    },
    forgetModel: () => caches.delete("reviewlens-device"), // where web/device.js keeps it
    reveal: (id) => document.getElementById(id)?.scrollIntoView({ block: "start" }),
    focus(id) {
      const element = document.getElementById(id);
      const fold = element?.closest("details");
      if (fold) fold.open = true;
      element?.focus();
    },
    modal(element) {
      if (element.open) return;
      before = document.activeElement;
      element.showModal();
    },
    back: () => before?.isConnected && before.focus(),
    chart(element, kind, data) {
      charts.set(element, [kind, JSON.parse(data)]);
      draw(element);
    },
    unchart(element) {
      charts.delete(element);
      loaded?.dispose(element);
    },
  };
})();
