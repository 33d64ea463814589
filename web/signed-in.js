// The page that a provider redirects to: passes the response on to the page that waits for it.
"use strict";
{
  const answer = location.search;
  history.replaceState(null, "", location.pathname); // a code must not stay in an address
  const away = JSON.parse(sessionStorage.getItem("signing-in"));
  if (away) { // this tab itself was redirected, since no window opened
    sessionStorage.setItem("signed-in", answer);
    location.replace("/" + away.hash);
  } else {
    if (answer) new BroadcastChannel("signed-in").postMessage(answer);
    window.close();
  }
}
