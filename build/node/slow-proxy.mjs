// A line of a given speed between browser and server, shared by all transfers.
import { once } from "node:events";
import { createServer, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

// slowProxy starts a proxy in front of a server; an answer begins a round trip after its request.
// sent lists the finished answers in order: path, and bytes of the body as transferred.
export async function slowProxy(server, { bytesPerSecond, roundTripMillis }) {
  const sent = [];
  let free = 0; // when the line will be free
  const cross = (bytes) => {
    const now = performance.now();
    free = Math.max(free, now) + (1000 * bytes) / bytesPerSecond;
    return sleep(free - now);
  };
  const proxy = createServer((from, to) => {
    const on = request(server.url + from.url, { method: from.method, headers: from.headers }, async (answer) => {
      await sleep(roundTripMillis);
      to.writeHead(answer.statusCode, answer.headers);
      let bytes = 0;
      for await (const part of answer) {
        for (let at = 0; at < part.length; at += 16_384) {
          const piece = part.subarray(at, at + 16_384);
          await cross(piece.length);
          bytes += piece.length;
          to.write(piece);
        }
      }
      to.end();
      sent.push({ path: from.url, bytes });
    });
    on.on("error", () => to.destroy());
    from.pipe(on);
  });
  proxy.listen(0, "localhost");
  await once(proxy, "listening");
  return {
    url: `http://localhost:${proxy.address().port}`,
    sent,
    stop: () => { proxy.closeAllConnections(); proxy.close(); },
  };
}
