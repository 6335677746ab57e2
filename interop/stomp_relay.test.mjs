// A relay before RabbitMQ, as STOMP clients see it: what they would see of RabbitMQ itself, what is the broker's, what stays with
// Kedge, and what becomes of a broker that goes. Where RabbitMQ is not installed only what needs none is run.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:tls";
import WebSocket from "ws";
import { until } from "./lib/check.mjs";
import { built, Program } from "./lib/programs.mjs";
import { certificate, freePort } from "./lib/proxies.mjs";
import { missing, Rabbit } from "./lib/rabbitmq.mjs";
import { scenarios } from "./lib/stomp_scenarios.mjs";
import { bodies, connect, connectOld, heard, overSockJS, overWebSocket, receipted, refused, soon, webstomp } from "./lib/stomp.mjs";

const program = built("examples/example_stomp_relay");
const relayTo = (port) => Program.start(program, ["--port", "0", "--broker-port", String(port)]);
const wireOf = (kedge) => overWebSocket(`${kedge.url.replace("http", "ws")}/stomp`);
const put = (client, destination, ...texts) => Promise.all(texts.map((body) => receipted(client, (headers) => client.publish({ destination, body, headers }))));

test("stomp relay: without a broker clients are told so, and the relay ends as it should", async () => {
  const kedge = await relayTo(await freePort());
  assert.match(await refused(wireOf(kedge), () => {}), /^the broker is not /);
  assert.equal(await kedge.stop(), 0, "exit status");
});

/** A broker that lets everybody in, and gives back what it is sent. */
function echoOverTls({ cert, key }) {
  const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (socket) => {
    let text = "";
    const header = (frame, name) => new RegExp(`^${name}:(.*)$`, "m").exec(frame)?.[1];
    const answers = {
      CONNECT: () => "CONNECTED\nversion:1.2\n\n\0",
      SEND: (frame) => `MESSAGE\nsubscription:sub-0\nmessage-id:1\ndestination:${header(frame, "destination")}\n\n${frame.split("\n\n")[1]}\0`,
    };
    socket.on("error", () => {}).on("data", (bytes) => {
      const frames = (text += bytes).split("\0");
      text = frames.pop();
      for (const frame of frames) {
        const receipt = header(frame, "receipt");
        socket.write((answers[/\w+/.exec(frame)[0]]?.(frame) ?? "") + (receipt ? `RECEIPT\nreceipt-id:${receipt}\n\n\0` : ""));
      }
    });
  }).on("tlsClientError", () => {});
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

test("stomp relay: over TLS, and only to a broker that shows who it is", async () => {
  const [shown, hidden] = [certificate(), certificate()];
  const broker = await echoOverTls(shown);
  const start = (ca) => Program.start(program, ["--port", "0", "--broker-port", String(broker.address().port), "--broker-ca", ca]);
  const [kedge, wary] = await Promise.all([start(shown.cert), start(hidden.cert)]);
  const client = await connect(wireOf(kedge));
  const all = heard(client, "/queue/a");
  await all.ready;
  client.publish({ destination: "/queue/a", body: "caf\u00e9" });
  assert.deepEqual(bodies(await all.next(1)), ["caf\u00e9"]);
  await client.deactivate();
  assert.match(await refused(wireOf(wary), () => {}), /^the broker /);
  assert.deepEqual(await Promise.all([kedge.stop(), wary.stop()]), [0, 0], "exit statuses");
  await new Promise((resolve) => broker.close(resolve));
});

describe("stomp relay: before RabbitMQ", { skip: missing }, () => {
  let rabbit, kedge, other, wire;
  before(async () => {
    rabbit = await Rabbit.start();
    [kedge, other] = await Promise.all([relayTo(rabbit.port), relayTo(rabbit.port)]);
    wire = wireOf(kedge);
  });
  after(async () => {
    const ends = await Promise.all([kedge, other].map((each) => each?.stop()));
    await rabbit?.end();
    assert.deepEqual(ends, [0, 0], "exit statuses");
  });

  for (const [name, act] of Object.entries(scenarios)) {
    const place = name.replace(/\W+/g, "-");
    test(`stomp: RabbitMQ itself, ${name}`, () => act(`ws://127.0.0.1:${rabbit.web}/ws`, place));
    test(`stomp relay: ${name}`, () => act(`${kedge.url.replace("http", "ws")}/stomp`, `relayed-${place}`));
  }

  test("stomp relay: a topic of the broker is heard on all nodes, with its patterns", async () => {
    const [a, b] = [await connect(wire), await connect(wireOf(other))];
    const [exact, pattern] = [heard(a, "/topic/price.gold"), heard(b, "/topic/price.*")];
    await Promise.all([exact.ready, pattern.ready]);
    a.publish({ destination: "/topic/price.gold", body: "caf\u00e9 \u{1f600}", headers: { k: "a:b\nc", "content-type": "text/plain" } });
    for (const one of [exact, pattern]) {
      const [message] = await one.next(1);
      assert.deepEqual([message.body, message.headers.k, message.headers.destination], ["caf\u00e9 \u{1f600}", "a:b\nc", "/topic/price.gold"]);
    }
    await Promise.all([a.deactivate(), b.deactivate()]);
  });

  test("stomp relay: a queue keeps what nobody has, and gives again what was not acknowledged", async () => {
    const sender = await connect(wire);
    await put(sender, "/queue/kept", "1", "2", "3");
    const first = await connect(wireOf(other));
    const got = heard(first, "/queue/kept", { ack: "client-individual", "prefetch-count": "2" });
    await got.ready;
    const messages = await got.next(2);
    await receipted(first, (headers) => messages[0].ack(headers));
    await got.next(3); // there is room for another
    first.webSocket.terminate();
    const second = await connect(wire);
    const again = heard(second, "/queue/kept", { ack: "client" });
    const left = await again.next(2);
    assert.deepEqual(left.map(({ body, headers }) => [body, headers.redelivered]), [["2", "true"], ["3", "true"]]);
    left[1].ack();
    await Promise.all([sender, second].map((one) => one.deactivate()));
  });

  test("stomp relay: exchanges, queues of AMQP, and answers to a temporary queue", async () => {
    const [asks, answers] = [await connect(wire), await connect(wireOf(other))];
    const bound = heard(asks, "/exchange/amq.topic/a.#");
    await bound.ready;
    answers.publish({ destination: "/exchange/amq.topic/a.b", body: "bound" });
    assert.deepEqual(bodies(await bound.next(1)), ["bound"]);
    await put(asks, "/queue/calls", "warm"); // makes the queue
    const calls = heard(answers, "/amq/queue/calls", {}, (message) => {
      if (message.headers["reply-to"]) answers.publish({ destination: message.headers["reply-to"], body: `${message.body}!` });
    });
    await calls.ready;
    const answer = soon("an answer", (resolve) => (asks.onUnhandledMessage = resolve));
    asks.publish({ destination: "/queue/calls", body: "hello", headers: { "reply-to": "/temp-queue/mine" } });
    const { body, headers } = await answer;
    assert.deepEqual([body, headers.subscription], ["hello!", "/temp-queue/mine"]);
    await Promise.all([asks, answers].map((one) => one.deactivate()));
  });

  test("stomp relay: transactions are the broker's", async () => {
    const one = await connect(wire);
    const all = heard(one, "/queue/tx");
    await all.ready;
    const aborted = one.begin();
    one.publish({ destination: "/queue/tx", body: "never", headers: { transaction: aborted.id } });
    aborted.abort();
    const kept = one.begin();
    one.publish({ destination: "/queue/tx", body: "later", headers: { transaction: kept.id } });
    await put(one, "/queue/tx", "now");
    kept.commit();
    assert.deepEqual(bodies(await all.next(2)), ["now", "later"]);
    await one.deactivate();
  });

  test("stomp relay: destinations of the application and of users stay with Kedge, its own messages reach the broker", async () => {
    const [a, b] = [await connect(wire, { connectHeaders: { login: "ada", passcode: "secret" } }), await connect(wire)];
    const [sums, news, jobs] = [heard(a, "/user/queue/add", { ack: "client" }, (message) => message.ack()), heard(a, "/user/queue/news"), heard(b, "/queue/jobs")];
    await Promise.all([sums, news, jobs].map(({ ready }) => ready));
    a.publish({ destination: "/app/add", body: "[19,23]" });
    b.publish({ destination: "/app/tell", body: '["ada","hi"]' });
    b.publish({ destination: "/app/work", body: "3" });
    assert.deepEqual(bodies(await sums.next(1)), ["42"]);
    assert.deepEqual(bodies(await news.next(1)), ['["","hi"]']); // from somebody without a name
    assert.deepEqual(bodies(await jobs.next(3)), ["1", "2", "3"]);
    await Promise.all([a.deactivate(), b.deactivate()]);
  });

  const ada = { connectHeaders: { login: "ada", passcode: "secret" } };
  test("stomp relay: who a client is, the broker says, and what it may do", async () => {
    assert.match(await refused(wire, () => {}, { connectHeaders: { login: "ada", passcode: "wrong" } }), /Bad CONNECT/);
    const client = await connect(wire, ada);
    await put(client, "/queue/ada.own", "mine");
    await client.deactivate();
    assert.match(await refused(wire, (one) => one.subscribe("/queue/hers", () => {}), ada), /access_refused|Processing error/i);
    assert.match(await refused(wire, (one) => one.publish({ destination: "/nosuch/x", body: "" }), ada), /unknown destination/);
  });

  test("stomp relay: older libraries, and SockJS", async () => {
    const old = await connectOld(webstomp.over(new WebSocket(`${kedge.url.replace("http", "ws")}/stomp`, ["v11.stomp"]), { debug: false }), {});
    const message = soon("a message", (resolve) => old.subscribe("/topic/old", resolve));
    const polls = await connect(overSockJS(`${kedge.url}/stomp-sockjs`, "xhr-polling"));
    const again = heard(polls, "/topic/old");
    await again.ready;
    // The old library's subscription has no receipt: it is sent until it is heard.
    let over = false;
    message.then(() => (over = true));
    await until("the old library hears it", () => (over || polls.publish({ destination: "/topic/old", body: "hello" }), over));
    assert.equal((await message).body, "hello");
    assert.equal((await again.next(1))[0].body, "hello");
    await polls.deactivate();
    await soon("disconnected", (resolve) => old.disconnect(resolve));
  });

  test("stomp relay: what is large, and slow, arrives whole", async () => {
    const [sender, reader] = [await connect(wire, { splitLargeFrames: true }), await connect(wireOf(other))];
    const all = heard(reader, "/queue/large", { ack: "client-individual" }, (message) => message.ack());
    await all.ready;
    reader.webSocket.pause?.();
    const texts = Array.from({ length: 20 }, (_, index) => `${index}:${"x".repeat(500_000)}`);
    for (const body of texts) sender.publish({ destination: "/queue/large", body });
    reader.webSocket.resume?.();
    assert.deepEqual(bodies(await all.next(20)), texts);
    await Promise.all([sender, reader].map((one) => one.deactivate()));
  });

  test("stomp relay: a broker that dies is told of, and clients come back to what it kept", async () => {
    const client = await connect(wire, { reconnectDelay: 200 });
    await receipted(client, (headers) => client.publish({ destination: "/queue/lasting", body: "kept", headers: { persistent: "true", ...headers } }));
    const told = soon("an error", (resolve) => (client.onStompError = (frame) => resolve(frame.headers.message)));
    await rabbit.die();
    assert.match(await told, /the broker has closed the connection/);
    assert.match(await refused(wire, () => {}), /^the broker is not /);
    await rabbit.begin();
    await until("the client is back", () => client.connected, 60_000);
    const again = heard(client, "/queue/lasting");
    assert.deepEqual(bodies(await again.next(1)), ["kept"]);
    await client.deactivate();
  });
});
