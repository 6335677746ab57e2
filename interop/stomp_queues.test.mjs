// Queues: kept, in turn, acknowledged, and given up, as their clients see it.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { built, Program } from "./lib/programs.mjs";
import { bodies, connect, heard, overSockJS, overWebSocket, receipted, refused } from "./lib/stomp.mjs";

let kedge;
let wire;
before(async () => {
  kedge = await Program.start(built("examples/example_stomp_broker"), ["--port", "0"]);
  wire = overWebSocket(`${kedge.url.replace("http", "ws")}/stomp`);
});
after(async () => assert.equal(await kedge.stop(), 0, "exit status"));

const put = (client, destination, ...texts) => Promise.all(texts.map((body) => receipted(client, (headers) => client.publish({ destination, body, headers }))));
const numbers = (count) => Array.from({ length: count }, (_, index) => String(index));
const modes = ["auto", "client", "client-individual"];

/** A client and its subscription of a queue. */
async function consumer(destination, ack, take, headers = {}) {
  const client = await connect(wire);
  const from = heard(client, destination, { ack, ...headers }, take);
  await from.ready;
  return { client, ...from };
}

describe("stomp: queues", () => {
  for (const ack of modes) {
    test(`stomp: what is sent before anybody listens is kept, in order (${ack})`, async () => {
      const client = await connect(wire);
      await put(client, `/queue/kept-${ack}`, ...numbers(20));
      const late = await consumer(`/queue/kept-${ack}`, ack);
      assert.deepEqual(bodies(await late.next(20)), numbers(20));
      await Promise.all([client.deactivate(), late.client.deactivate()]);
    });
  }

  test("stomp: each message goes to one consumer, in turn, with its headers", async () => {
    const [client, a, b] = [await connect(wire), await consumer("/queue/turns", "auto"), await consumer("/queue/turns", "client-individual")];
    await receipted(client, ({ receipt }) => client.publish({ destination: "/queue/turns", body: "0", headers: { receipt, k: "a:b", "content-type": "text/x", subscription: "forged", redelivered: "true" } }));
    await put(client, "/queue/turns", "1", "2", "3");
    assert.deepEqual([bodies(await a.next(2)), bodies(await b.next(2))], [["0", "2"], ["1", "3"]]);
    const { headers } = a.messages[0];
    assert.deepEqual([headers.destination, headers.k, headers["content-type"], headers.redelivered, headers.receipt], ["/queue/turns", "a:b", "text/x", undefined, undefined]);
    assert.notEqual(headers.subscription, "forged");
    await Promise.all([client, a.client, b.client].map((one) => one.deactivate()));
  });

  test("stomp: what a client did not acknowledge is redelivered when it goes, cumulative acknowledgements count", async () => {
    const first = await consumer("/queue/left", "client");
    await put(first.client, "/queue/left", ...numbers(5));
    const messages = await first.next(5);
    await receipted(first.client, (headers) => messages[2].ack(headers));
    first.client.webSocket.terminate();
    const second = await consumer("/queue/left", "client-individual");
    const again = await second.next(2);
    assert.deepEqual(again.map(({ body, headers }) => [body, headers.redelivered]), [["3", "true"], ["4", "true"]]);
    again.forEach((message) => message.ack());
    await receipted(second.client, (headers) => second.unsubscribe(headers));
    const third = await consumer("/queue/left", "auto");
    await put(third.client, "/queue/left", "new");
    assert.deepEqual(bodies(await third.next(1)), ["new"]);
    await Promise.all([first.client, second.client, third.client].map((one) => one.deactivate()));
  });

  test("stomp: what is refused goes to another, and is given up when all have refused it", async () => {
    const dead = await consumer("/queue/dead-letters", "auto");
    const tried = [];
    const refuse = (name) => (message) => (tried.push([name, message.headers.redelivered]), message.nack());
    const [a, b] = [await consumer("/queue/poison", "client-individual", refuse("a")), await consumer("/queue/poison", "client-individual", refuse("b"))];
    await put(a.client, "/queue/poison", "bad");
    const [letter] = await dead.next(1);
    assert.deepEqual([letter.body, letter.headers["original-destination"]], ["bad", "/queue/poison"]);
    assert.deepEqual(tried, [["a", undefined], ["b", "true"], ["a", "true"]]);
    await Promise.all([dead, a, b].map(({ client }) => client.deactivate()));
  });

  test("stomp: a consumer has no more than it asked for until it acknowledges", async () => {
    const few = await consumer("/queue/few", "client-individual", undefined, { "prefetch-count": "2" });
    await put(few.client, "/queue/few", ...numbers(4));
    assert.equal((await few.next(2)).length, 2);
    few.messages[1].ack();
    few.messages[0].ack();
    assert.deepEqual(bodies(await few.next(4)), numbers(4));
    await few.client.deactivate();
  });

  test("stomp: a transaction holds messages and acknowledgements until it is committed", async () => {
    const one = await consumer("/queue/tx", "client-individual");
    await put(one.client, "/queue/tx", "old");
    const [old] = await one.next(1);
    const aborted = one.client.begin();
    old.ack({ transaction: aborted.id });
    one.client.publish({ destination: "/queue/tx", body: "never", headers: { transaction: aborted.id } });
    aborted.abort();
    const kept = one.client.begin();
    one.client.publish({ destination: "/queue/tx", body: "later", headers: { transaction: kept.id } });
    old.nack({ transaction: kept.id });
    await put(one.client, "/queue/tx", "now");
    assert.deepEqual(bodies(await one.next(2)), ["old", "now"]);
    kept.commit();
    assert.deepEqual(bodies(await one.next(4)).slice(2).sort(), ["later", "old"]);
    await one.client.deactivate();
  });

  test("stomp: an acknowledgement of what one does not have is an error, a full queue is too", async () => {
    assert.equal(await refused(wire, (client) => client.ack("q999", "0")), "no such message to acknowledge");
    assert.equal(await refused(wire, (client) => numbers(101).forEach((body) => client.publish({ destination: "/queue/full", body }))), "the queue is full");
  });

  test("stomp: the application puts messages on a queue, clients over SockJS take them", async () => {
    const client = await connect(overSockJS(`${kedge.url}/stomp-sockjs`, "xhr-polling"));
    const jobs = heard(client, "/queue/jobs", { ack: "client-individual" }, (message) => message.ack());
    await jobs.ready;
    client.publish({ destination: "/app/work", body: "5" });
    assert.deepEqual(bodies(await jobs.next(5)), ["1", "2", "3", "4", "5"]);
    await client.deactivate();
  });
});
