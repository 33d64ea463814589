// A small OpenID provider for tests: authorization code with PKCE (only S256), single-use refresh
// tokens, sign-out. Its page has a button that signs ann in, and one that refuses.
import { createHash, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { createServer } from "node:http";

const base64url = (data) => Buffer.from(data).toString("base64url");

// provider starts one for a client; seconds is the lifetime of its tokens. `wrong` makes it
// misbehave.
export async function provider(client) {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const codes = new Map(), refreshes = new Map();
  const self = { seconds: 3600, refresh: true, wrong: {}, asked: [], ended: 0 };
  const token = (nonce) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: self.url, aud: client, sub: "ann", iat: now, exp: now + self.seconds, ...(nonce && { nonce }), ...self.wrong.claims };
    const body = base64url(JSON.stringify({ alg: "RS256", kid: "one", typ: "JWT" })) + "." + base64url(JSON.stringify(claims));
    return body + "." + base64url(sign("sha256", Buffer.from(body), privateKey));
  };
  const grant = (nonce) => {
    const answer = { token_type: "Bearer", expires_in: self.seconds, access_token: randomUUID(), id_token: token(nonce) };
    if (self.refresh) refreshes.set(answer.refresh_token = randomUUID(), true);
    return answer;
  };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, self.url), q = url.searchParams;
    const json = (status, value) => response.writeHead(status, { "Content-Type": "application/json", "Access-Control-Allow-Origin": "*" }).end(JSON.stringify(value));
    let body = "";
    for await (const part of request) body += part;
    const form = new URLSearchParams(body);
    switch (url.pathname) {
      case "/.well-known/openid-configuration":
        return json(200, { issuer: self.url, authorization_endpoint: self.url + "/authorize", token_endpoint: self.url + "/token", jwks_uri: self.url + "/keys",
          end_session_endpoint: self.url + "/end", id_token_signing_alg_values_supported: ["RS256"] });
      case "/keys":
        return json(200, { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "one", alg: "RS256", use: "sig" }] });
      case "/authorize": {
        self.asked.push(Object.fromEntries(q));
        if (q.get("client_id") !== client || q.get("response_type") !== "code" || q.get("code_challenge_method") !== "S256" || !q.get("code_challenge")) return json(400, { error: "invalid_request" });
        const back = new URL(q.get("redirect_uri")), refused = new URL(back), code = randomUUID();
        codes.set(code, { challenge: q.get("code_challenge"), nonce: self.wrong.nonce ?? q.get("nonce"), redirect: q.get("redirect_uri") });
        back.search = new URLSearchParams({ code, state: q.get("state") });
        refused.search = new URLSearchParams({ error: "access_denied", error_description: "ann said no", state: q.get("state") });
        return response.writeHead(200, { "Content-Type": "text/html" }).end(`<!DOCTYPE html><title>Provider</title><a id="yes" href="${back}">Sign in as ann</a> <a id="no" href="${refused}">No</a>`);
      }
      case "/token": {
        if (form.get("client_id") !== client) return json(401, { error: "invalid_client" });
        if (form.get("grant_type") === "refresh_token") {
          if (!refreshes.delete(form.get("refresh_token"))) return json(400, { error: "invalid_grant", error_description: "used up" });
          return json(200, grant());
        }
        const known = codes.get(form.get("code"));
        codes.delete(form.get("code"));
        if (!known || known.redirect !== form.get("redirect_uri") || createHash("sha256").update(form.get("code_verifier") ?? "").digest("base64url") !== known.challenge) return json(400, { error: "invalid_grant" });
        return json(200, grant(known.nonce));
      }
      case "/end":
        self.ended++;
        return response.writeHead(302, { Location: q.get("post_logout_redirect_uri") }).end();
    }
    json(404, {});
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  self.url = `http://127.0.0.1:${server.address().port}`;
  self.forget = () => refreshes.clear();
  self.stop = () => new Promise((done) => { server.closeAllConnections(); server.close(done); });
  return self;
}
