// SockJS and STOMP as they come in the field: over TLS, behind nginx as it is by default, which collects what it is not told
// to hand on, and both; on one worker and on four.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { globalAgent } from "node:https";
import { createRequire } from "node:module";
import { built, Program } from "./lib/programs.mjs";
import { certificate, nginx } from "./lib/proxies.mjs";
import { bodies, connect, heard, overSockJS, overWebSocket, receipted, soon } from "./lib/stomp.mjs";

const SockJS = createRequire(import.meta.url)("sockjs-client");
// None of these clients can be given a certificate; this process connects to nobody else. The EventSource that SockJS has in
// Node insists on one that it trusts.
const transports = ["websocket", "xhr-streaming", "eventsource", "xhr-polling"];
process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";

const { cert, key } = certificate();
globalAgent.options.ca = readFileSync(cert);
const ways = {
  "TLS, 4 workers": { switches: ["--tls-cert", cert, "--tls-key", key, "--threads", "4"] },
  nginx: { switches: [], through: nginx },
  "nginx, 4 workers": { switches: ["--threads", "4"], through: nginx },
};

for (const [name, { switches, through }] of Object.entries(ways)) {
  describe(`SockJS and STOMP, ${name}`, () => {
    let kedge, proxy, url;
    before(async () => {
      kedge = await Program.start(built("interop/interop_server"), ["--app", "--port", "0", ...switches]);
      proxy = await through?.(kedge.port);
      url = proxy?.url ?? kedge.url;
    });
    after(async () => {
      await proxy?.stop();
      assert.equal(await kedge.stop(), 0, "exit status");
    });

    for (const transport of transports) {
      test(`SockJS echoes over ${transport}, ${name}`, async () => {
        const socket = new SockJS(`${url}/sockjs-echo`, null, { transports: transport });
        await soon("open", (resolve) => (socket.onopen = resolve));
        assert.equal(socket.transport, transport);
        // One after the other: what a proxy keeps back ends it here. In all more than one streamed answer holds.
        for (let round = 0; round < 12; ++round) {
          const text = `${round}:${"\u20ac\u{1f600}x".repeat(3_000)}`;
          const answer = soon("an answer", (resolve) => (socket.onmessage = ({ data }) => resolve(data)));
          socket.send(text);
          assert.equal(await answer, text);
        }
        const closed = soon("the close", (resolve) => (socket.onclose = resolve));
        socket.close();
        await closed;
      });
    }

    const wires = { websocket: () => overWebSocket(`${url.replace("http", "ws")}/stomp`) };
    for (const transport of transports) wires[`SockJS' ${transport}`] = () => overSockJS(`${url}/stomp-sockjs`, transport);
    for (const [way, wire] of Object.entries(wires)) {
      test(`STOMP over ${way}, ${name}`, async () => {
        const [a, b] = [await connect(wire(), { heartbeatIncoming: 5_000, heartbeatOutgoing: 5_000 }), await connect(wire())];
        const [topic, queue] = [heard(b, `/topic/${way}`), heard(a, `/queue/${way}`, { ack: "client-individual" }, (message) => message.ack())];
        await Promise.all([topic.ready, queue.ready]);
        const texts = ["caf\u00e9 \u{1f600}", "x".repeat(200_000), "a\u0000b", "last"];
        for (const body of texts) await receipted(a, (headers) => a.publish({ destination: `/topic/${way}`, body, headers }));
        for (const body of texts) b.publish({ destination: `/queue/${way}`, body });
        assert.deepEqual(bodies(await topic.next(texts.length)), texts);
        assert.deepEqual(bodies(await queue.next(texts.length)), texts);
        await Promise.all([a.deactivate(), b.deactivate()]);
      });
    }
  });
}
