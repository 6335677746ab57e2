// What STOMP's clients do with any server: the same against Kedge and against RabbitMQ's web-stomp, which is the reference. Each
// scenario is given the URL of a websocket, and a name of its own.
import assert from "node:assert/strict";
import WebSocket from "ws";
import { bodies, connect, connectOld, heard, oldStomp, overWebSocket, receipted, soon, webstomp } from "./stomp.mjs";

const text = { "content-type": "text/plain" };
const wire = overWebSocket;
/** A connected client that nobody has to end. */
async function leaving(clients, act) {
  const all = await Promise.all(clients);
  await act(...all);
  await Promise.all(all.map((each) => each.deactivate()));
}

const modern = {
  "a topic reaches all its subscriptions, headers and characters as they were": (url, name) => leaving([connect(wire(url)), connect(wire(url))], async (a, b) => {
    const all = [heard(a, `/topic/${name}`), heard(a, `/topic/${name}`), heard(b, `/topic/${name}`, { ack: "client" })];
    await Promise.all(all.map(({ ready }) => ready));
    a.publish({ destination: `/topic/${name}`, body: "caf\u00e9 \u{1f600}", headers: { ...text, k: "a:b\nc\\d" } });
    for (const one of all) {
      const [{ body, headers }] = await one.next(1);
      assert.deepEqual([body, headers.k, headers.destination, headers["content-type"]], ["caf\u00e9 \u{1f600}", "a:b\nc\\d", `/topic/${name}`, "text/plain"]);
    }
    assert.equal(new Set(all.map(({ messages }) => messages[0].headers.subscription)).size, 2, "subscriptions are told apart");
  }),

  "order, and large bodies split or whole": (url, name) => leaving([connect(wire(url), { splitLargeFrames: true, maxWebSocketChunkSize: 1024 })], async (client) => {
    const all = heard(client, `/topic/${name}`);
    await all.ready;
    const texts = Array.from({ length: 50 }, (_, index) => `${index}:${"x".repeat(index * 400)}`);
    texts.forEach((body) => client.publish({ destination: `/topic/${name}`, body }));
    assert.deepEqual(bodies(await all.next(texts.length)), texts);
  }),

  "a body with NUL and one without length": (url, name) => leaving([connect(wire(url))], async (client) => {
    const all = heard(client, `/topic/${name}`);
    await all.ready;
    client.publish({ destination: `/topic/${name}`, body: "a\u0000b" });
    client.publish({ destination: `/topic/${name}`, body: "plain", skipContentLengthHeader: true });
    client.publish({ destination: `/topic/${name}` });
    assert.deepEqual(bodies(await all.next(3)), ["a\u0000b", "plain", ""]);
  }),

  "transactions, and heart-beats both ways": (url, name) => leaving([connect(wire(url), { heartbeatIncoming: 1000, heartbeatOutgoing: 1000 })], async (client) => {
    const all = heard(client, `/topic/${name}`);
    await all.ready;
    const aborted = client.begin();
    client.publish({ destination: `/topic/${name}`, body: "never", headers: { transaction: aborted.id } });
    aborted.abort();
    const kept = client.begin();
    client.publish({ destination: `/topic/${name}`, body: "later", headers: { transaction: kept.id } });
    await receipted(client, (headers) => client.publish({ destination: `/topic/${name}`, body: "now", headers }));
    kept.commit();
    assert.deepEqual(bodies(await all.next(2)), ["now", "later"]);
  }),

  "receipts in the order of their frames, and nothing behind that of UNSUBSCRIBE": (url, name) => leaving([connect(wire(url))], async (client) => {
    const all = heard(client, `/topic/${name}`);
    await all.ready;
    const order = [];
    const sends = ["1", "2", "3"].map((body) => receipted(client, (headers) => client.publish({ destination: `/topic/${name}`, body, headers })).then(() => order.push(body)));
    await Promise.all(sends);
    assert.deepEqual(order, ["1", "2", "3"]);
    await all.next(3);
    await receipted(client, (headers) => all.unsubscribe(headers));
    await receipted(client, (headers) => client.publish({ destination: `/topic/${name}`, body: "4", headers }));
    assert.equal(all.messages.length, 3);
  }),

  "what a consumer has not acknowledged goes to another, marked": async (url, name) => {
    const [sender, gone] = await Promise.all([connect(wire(url)), connect(wire(url))]);
    for (const body of ["1", "2", "3"]) await receipted(sender, (headers) => sender.publish({ destination: `/queue/${name}`, body, headers }));
    const first = heard(gone, `/queue/${name}`, { ack: "client-individual" });
    const messages = await first.next(3);
    await receipted(gone, (headers) => messages[1].ack(headers));
    gone.webSocket.terminate();
    const second = heard(sender, `/queue/${name}`, { ack: "client" });
    const left = await second.next(2);
    assert.deepEqual(left.map(({ body, headers }) => [body, headers.redelivered]), [["1", "true"], ["3", "true"]]);
    await receipted(sender, (headers) => left[1].ack(headers)); // and with it the first
    await sender.deactivate();
  },
};

const old = {
  "webstomp-client": { make: (url, offered) => webstomp.over(new WebSocket(url, offered), { debug: false }), offered: ["v10.stomp", "v11.stomp", "v12.stomp"] },
  stompjs: { make: (url, offered) => oldStomp.over(new WebSocket(url, offered)), offered: ["v10.stomp", "v11.stomp"] },
};
/** Sends a body; the two libraries have the two parameters in different orders. */
export const sendOld = (client, destination, body) => (client.counter === undefined ? client.send(destination, body, {}) : client.send(destination, {}, body));

const sendsAndHears = ({ make, offered }) => async (url, name) => {
  const client = await connectOld(make(url, offered), {});
  const got = [];
  const both = soon("two messages", (resolve) => client.subscribe(`/queue/${name}`, (message) => {
    got.push(message.body);
    message.ack();
    if (got.length === 2) resolve(got);
  }, { ack: "client" }));
  const long = "0123456789".repeat(4_000); // split
  for (const body of ["hello", long]) sendOld(client, `/queue/${name}`, body);
  assert.deepEqual(await both, ["hello", long]);
  await soon("disconnected", (resolve) => client.disconnect(resolve));
};

export const scenarios = { ...modern };
for (const [name, library] of Object.entries(old)) scenarios[`${name} sends, hears and acknowledges`] = sendsAndHears(library);
