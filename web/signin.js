// Signing in at an OpenID provider: authorization code with PKCE (S256), state and nonce, by
// oauth4webapi, which also checks the ID token's claims. Loaded when the user signs in; web/page.js
// keeps the tokens in this tab. build/site bundles this.
import * as oauth from "oauth4webapi";

const redirect = location.origin + "/signed-in.html";
const provider = (at) => ({ issuer: at.issuer, authorization_endpoint: at.authorize, token_endpoint: at.token });
const client = (at) => ({ client_id: at.client });
const options = (at) => ({ [oauth.allowInsecureRequests]: new URL(at.token).protocol === "http:" }); // a provider on this machine

// begin returns the address for signing in, and the state needed for the response.
export async function begin(at) {
  const pending = { state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce(), verifier: oauth.generateRandomCodeVerifier() };
  const url = new URL(at.authorize);
  for (const [name, value] of Object.entries({
    response_type: "code", client_id: at.client, redirect_uri: redirect, scope: at.scope, state: pending.state, nonce: pending.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(pending.verifier), code_challenge_method: "S256",
  })) url.searchParams.set(name, value);
  return { url: url.href, pending };
}

// finish exchanges the response, an address's query, for tokens.
export async function finish(at, pending, answer) {
  const params = oauth.validateAuthResponse(provider(at), client(at), new URLSearchParams(answer), pending.state);
  const response = await oauth.authorizationCodeGrantRequest(provider(at), client(at), oauth.None(), params, redirect, pending.verifier, options(at));
  return tokens(await oauth.processAuthorizationCodeResponse(provider(at), client(at), response, { expectedNonce: pending.nonce, requireIdToken: true }), "");
}

// renew gets another ID token without user interaction.
export async function renew(at, refresh) {
  const response = await oauth.refreshTokenGrantRequest(provider(at), client(at), oauth.None(), refresh, options(at));
  const answer = await oauth.processRefreshTokenResponse(provider(at), client(at), response);
  if (!answer.id_token) throw new Error("the provider gave no new ID token");
  return tokens(answer, refresh);
}

const tokens = (answer, refresh) => ({ id: answer.id_token, refresh: answer.refresh_token ?? refresh, until: oauth.getValidatedIdTokenClaims(answer).exp * 1000 });

// end returns the address for signing out at the provider, "" if it has none.
export function end(at, id) {
  if (!at.end) return "";
  const url = new URL(at.end);
  for (const [name, value] of Object.entries({ id_token_hint: id, client_id: at.client, post_logout_redirect_uri: redirect })) url.searchParams.set(name, value);
  return url.href;
}

// reason returns a sentence that describes an error.
export const reason = (error) =>
  error instanceof oauth.AuthorizationResponseError ? `The provider refused: ${error.error_description || error.error}.` :
  error instanceof oauth.ResponseBodyError ? `The provider gave no token: ${error.error_description || error.error}.` :
  `The answer of the provider cannot be used: ${error.message}.`;
