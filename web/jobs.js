// Files uploaded to the server by /v1/jobs: sent, watched, downloaded, deleted. The list is stored
// on this device until the server has deleted them: {key, id, name, expires}. Loaded when the user
// uploads one, or has. token() is the credential, "" for none; notify receives a Job of
// app/state/job.go.
const list = () => (JSON.parse(localStorage.getItem("jobs")) ?? []).filter(({ expires }) => !expires || Date.parse(expires) > Date.now());
const store = (all) => localStorage.setItem("jobs", JSON.stringify(all));
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const watched = new Set();
const deletedKeys = new Set(); // of jobs
const sending = new Set(); // keys of jobs that this page sends
const uploads = new Map(); // key -> request that uploads its file
const unsent = new Map(); // key -> function that sends it once authenticated

const bearer = (token) => (token ? { Authorization: "Bearer " + token } : {});

function refusal(status, text) {
  let said;
  try {
    said = JSON.parse(text).detail;
  } catch {} // of a proxy on the way
  return Object.assign(new Error(said ?? `The server answered ${status}.`), { status });
}

// wrapError returns an error with what failed, and the reason.
const wrapError = (what, { message, status }) => Object.assign(new Error(`${what}: ${message.replace(/\.$/, "")}.`), { status });

async function ask(method, path, token, headers = {}) {
  const response = await fetch("/v1/jobs" + path, { method, headers: { ...headers, ...bearer(token()) } }).catch(() => {
    throw new Error("The server gave no answer."); // browsers differ in their wording
  });
  if (!response.ok) throw refusal(response.status, await response.text());
  return response;
}

// send makes a request with a file; fetch would report no progress.
function send(method, url, headers, file, key, sent) {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    uploads.set(key, request);
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => sent(loaded);
    request.upload.onload = () => uploads.delete(key);
    request.onload = () => (request.status < 300 ? done(request.responseText) : fail(refusal(request.status, request.responseText)));
    request.onerror = request.onabort = () => fail(Object.assign(new Error("The connection broke while the file was sent."), { partly: uploads.has(key) }));
    request.onloadend = () => uploads.delete(key);
    request.send(file);
  });
}

// post creates a job. If the response is lost it is requested again, three times at most: the
// server recognises the job by its key. So is a job that was deleted meanwhile, to learn what to
// delete, unless the server cannot have its file. If the job is apart, its file is uploaded
// elsewhere, later.
async function post(key, apart, create) {
  for (let tries = 1; ; tries++) {
    try {
      return await create();
    } catch (error) {
      const lost = [undefined, 502, 504].includes(error.status);
      if (lost && tries === 3 && !apart) error.message += " If the file has arrived all the same, the server deletes it by itself, in some days.";
      const pointless = () => deletedKeys.has(key) && error.partly;
      if (!lost || tries === 3 || pointless()) throw error;
      await sleep(1500);
      if (pointless()) throw error;
    }
  }
}

// put sends a file to the address that its job gives, three times at most: the address expires
// soon.
async function put(id, file, key, token, sent) {
  for (let tries = 1; ; tries++) {
    const { upload } = await (await ask("GET", "/" + id, token)).json();
    if (!upload || deletedKeys.has(key)) return; // it has arrived, or is not wanted
    try {
      return await send("PUT", upload.url, upload.headers, file, key, sent);
    } catch (error) {
      if (tries === 3 || deletedKeys.has(key) || error.status === 412) throw error;
    }
  }
}

// submit creates a job for a file and watches it. apart: the file goes to the address in the job.
export async function submit(job, file, token, notify) {
  const { key, name, query, type, apart } = job;
  const sent = (bytes) => deletedKeys.has(key) || notify({ key, name, bytes: file.size, sent: bytes });
  sending.add(key);
  sent(0);
  try {
    const headers = { "Content-Type": type, "Idempotency-Key": key };
    const { id, expires } = await post(key, apart, async () => apart
      ? (await ask("POST", `?${query}&bytes=${file.size}`, token, headers)).json()
      : JSON.parse(await send("POST", "/v1/jobs?" + query, { ...headers, ...bearer(token()) }, file, key, sent)));
    store([{ key, id, name, expires }, ...list().filter((job) => job.key !== key)]);
    if (deletedKeys.delete(key)) await remove(key, token, notify); // it was deleted before it had an ID
    else if (apart) await put(id, file, key, token, sent);
    watch({ key, id, name }, token, notify);
  } catch (error) {
    if (deletedKeys.has(key)) return;
    if (error.status === 401) unsent.set(key, () => submit(job, file, token, notify)); // with the key of the first try
    notify({ key, name, problem: error.message, status: error.status });
  } finally {
    sending.delete(key);
  }
}

// watch reports that there is a job, which is all that is known without a connection, and then its
// progress until it ends. It retries after temporary errors. A file that this page does not send
// may still be sent by another one: watch reports that it has not arrived, and keeps polling.
async function watch({ key, id, name }, token, notify) {
  if (watched.has(key) || deletedKeys.has(key)) return;
  watched.add(key);
  notify({ key, name });
  await follow({ key, id, name }, token, notify);
  watched.delete(key);
}

async function follow({ key, id, name }, token, notify) {
  while (!deletedKeys.has(key)) {
    const asks = token();
    try {
      const job = await (await ask("GET", "/" + id, token)).json();
      const report = job.state === "finished" ? await (await ask("GET", `/${id}/report`, token)).json() : undefined;
      setExpiry(key, job.expires);
      if (!deletedKeys.has(key) && !(job.upload && sending.has(key))) notify({ key, name, job, report });
      if (job.state === "finished" || job.state === "failed") return;
    } catch (error) {
      if (error.status === 401 && asks !== token()) continue; // the user has signed in meanwhile
      if (error.status === 404) { // deleted, or of another user, who may return
        if (!list().find((job) => job.key === key)?.expires) setExpiry(key, new Date(Date.now() + WEEK).toISOString());
        return notify({ key, gone: true });
      }
      if (error.status >= 400 && error.status < 500 && error.status !== 429) return notify({ key, name, problem: error.message, status: error.status });
    }
    await sleep(1500);
  }
}

// setExpiry stores until when the server keeps a job; entries of earlier versions of the page lack
// it.
function setExpiry(key, expires) {
  const all = list(), known = all.find((job) => job.key === key);
  if (!known || known.expires === expires) return;
  known.expires = expires;
  store(all);
}

const WEEK = 7 * 24 * 3600e3; // how long servers keep a job

// watchAll watches the jobs of earlier visits again, and those for which the server required
// authentication.
export function watchAll(token, notify) {
  const again = [...unsent.values()];
  unsent.clear();
  again.forEach((send) => send());
  store(list()); // without the expired ones
  list().forEach((job) => watch(job, token, notify));
}

function forget(key, notify) {
  deletedKeys.add(key);
  unsent.delete(key);
  store(list().filter((job) => job.key !== key));
  notify({ key, gone: true });
}

// remove stops a job and deletes its file from the server.
export async function remove(key, token, notify) {
  const known = list().find((job) => job.key === key);
  try {
    if (known) await ask("DELETE", "/" + known.id, token);
  } catch (error) {
    if (error.status !== 404) return notify({ key, name: known.name, trouble: wrapError("It could not be deleted", error).message, status: error.status });
  }
  forget(key, notify);
  uploads.get(key)?.abort();
}

// result returns the file with its scores.
export async function result(key, token) {
  const known = list().find((job) => job.key === key);
  try {
    if (!known) throw new Error("the server has deleted it");
    return await (await ask("GET", `/${known.id}/result`, token)).blob();
  } catch (error) {
    throw wrapError("The file with its scores could not be fetched", error);
  }
}
