// STOMP as the clients that people use judge it, beside Socket.IO clients in the same rooms.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { built, Program } from "./lib/programs.mjs";
import { scenarios, sendOld } from "./lib/stomp_scenarios.mjs";
import { connect as connectOver, connectOld, heard, oldStomp, overSockJS, overWebSocket, receipted, refused, soon, webstomp } from "./lib/stomp.mjs";

const require = createRequire(import.meta.url);
const { io } = require("socket.io-client");

let kedge;
let url;
before(async () => {
  kedge = await Program.start(built("examples/example_stomp_broker"), ["--port", "0"]);
  url = `${kedge.url.replace("http", "ws")}/stomp`;
});
after(async () => assert.equal(await kedge.stop(), 0, "exit status"));

const connect = (options) => connectOver(overWebSocket(url), options);

async function socket() {
  const made = io(kedge.url, { forceNew: true, transports: ["websocket"] });
  await soon("a socket", (resolve) => made.once("connect", resolve));
  return made;
}

describe("stomp: @stomp/stompjs", () => {
  test("stomp: a topic is a room, for both kinds of clients", async () => {
    const [a, b, s] = [await connect({ connectHeaders: { login: "ada" } }), await connect(), await socket()];
    const [first, second] = [heard(a, "/topic/lobby"), heard(b, "/topic/lobby", { ack: "client" })];
    await Promise.all([first.ready, second.ready]);
    const said = soon("said", (resolve) => s.once("message", (...args) => resolve(args)));
    a.publish({ destination: "/topic/lobby", body: "caf\u00e9 \u{1f600}", headers: { "content-type": "text/plain", k: "a:b\nc" } });
    assert.deepEqual(await said, ["caf\u00e9 \u{1f600}", { "content-type": "text/plain", k: "a:b\nc" }]);
    for (const one of [first, second]) {
      const [message] = await one.next(1);
      assert.equal(message.body, "caf\u00e9 \u{1f600}");
      assert.equal(message.headers.k, "a:b\nc");
      assert.equal(message.headers.destination, "/topic/lobby");
      assert.equal(message.headers.event, undefined);
    }
    s.emit("say", "hello");
    const [, message] = await second.next(2);
    assert.deepEqual([message.headers.event, message.headers["content-type"], message.body], ["said", "application/json", '["hello"]']);
    message.ack();
    await Promise.all([a.deactivate(), b.deactivate()]);
    s.disconnect();
  });

  test("stomp: bytes that are no text arrive as they were", async () => {
    const client = await connect();
    const all = heard(client, "/topic/bytes");
    await all.ready;
    const bytes = new Uint8Array([0, 255, 254, 128, 10, 0]);
    client.publish({ destination: "/topic/bytes", binaryBody: bytes, headers: { "content-type": "application/octet-stream" } });
    assert.deepEqual([...(await all.next(1))[0].binaryBody], [...bytes]);
    await client.deactivate();
  });

  test("stomp: an application's destination answers its sender", async () => {
    const [client, other] = [await connect({ connectHeaders: { login: "ada" } }), await connect({ connectHeaders: { login: "ada" } })];
    const [answers, others] = [heard(client, "/user/queue/add"), heard(other, "/user/queue/add")];
    await Promise.all([answers.ready, others.ready]);
    client.publish({ destination: "/app/add", body: "[19,23]" });
    assert.equal((await answers.next(1))[0].body, "42");
    other.publish({ destination: "/app/add", body: "[1,1]" });
    assert.equal((await others.next(1))[0].body, "2");
    await Promise.all([client.deactivate(), other.deactivate()]);
  });

  test("stomp: a user hears on every device", async () => {
    const devices = [await connect({ connectHeaders: { login: "bob" } }), await connect({ connectHeaders: { login: "bob" } })];
    const stranger = await connect({ connectHeaders: { login: "eve" } });
    const heards = devices.map((device) => heard(device, "/user/queue/news"));
    const none = heard(stranger, "/user/queue/news");
    await Promise.all([...heards, none].map((one) => one.ready));
    stranger.publish({ destination: "/app/tell", body: '["bob","hi"]' });
    for (const one of heards) assert.equal(JSON.parse((await one.next(1))[0].body).at(-1), "hi");
    await Promise.all([...devices, stranger].map((one) => one.deactivate()));
  });

  const refusals = {
    "a login": [{ connectHeaders: { login: "nobody" } }, () => {}, "nobody is not welcome"],
    "a subscription": [{}, (client) => client.subscribe("/topic/staff", () => {}), "staff only"],
    "an unknown destination": [{}, (client) => client.publish({ destination: "/nosuch/x", body: "" }), "unknown destination"],
    "an argument of a wrong type": [{}, (client) => client.publish({ destination: "/app/add", body: '["a",1]' }), /argument 0/],
    "a body that is no JSON": [{}, (client) => client.publish({ destination: "/app/add", body: "[1," }), "the body is no JSON"],
  };
  for (const [name, [options, act, expected]] of Object.entries(refusals)) {
    test(`stomp: ${name} is refused with a reason, then the connection ends`, async () => {
      const reason = await refused(overWebSocket(url), act, options);
      if (expected instanceof RegExp) assert.match(reason, expected);
      else assert.equal(reason, expected);
    });
  }
});

const old = {
  "webstomp-client": (wire) => webstomp.over(wire, { debug: false }),
  stompjs: (wire) => oldStomp.over(wire),
};
describe("stomp: as any server does it", () => {
  for (const [name, act] of Object.entries(scenarios)) {
    test(`stomp: ${name}`, () => act(url, name.replace(/\W+/g, "-")));
  }
});

describe("stomp: over SockJS", () => {
  const transports = ["websocket", "xhr-streaming", "eventsource", "xhr-polling"];
  const at = () => `${kedge.url}/stomp-sockjs`;

  for (const transport of transports) {
    test(`stomp: @stomp/stompjs over ${transport}, with large bodies and heart-beats`, async () => {
      const client = await connectOver(overSockJS(at(), transport), { connectHeaders: { login: "ada" }, heartbeatIncoming: 3_000, heartbeatOutgoing: 3_000 });
      const all = heard(client, `/topic/${transport}`);
      await all.ready;
      const bodies = ["caf\u00e9 \u{1f600}", "x".repeat(300_000), "a\u0000b"];
      bodies.forEach((body) => client.publish({ destination: `/topic/${transport}`, body }));
      assert.deepEqual((await all.next(bodies.length)).map((message) => message.body), bodies);
      await client.deactivate();
    });
    for (const [name, make] of Object.entries(old)) {
      test(`stomp: ${name} over ${transport}, frames split`, async () => {
        const client = await connectOld(make(overSockJS(at(), transport)()));
        const text = "0123456789".repeat(4_000);
        const message = soon("a message", (resolve) => client.subscribe(`/topic/${name}-${transport}`, resolve));
        sendOld(client, `/topic/${name}-${transport}`, text);
        assert.equal((await message).body, text);
        await soon("disconnected", (resolve) => client.disconnect(resolve));
      });
    }
    test(`stomp: a refusal over ${transport} has its reason, then the session ends`, async () => {
      assert.equal(await refused(overSockJS(at(), transport), (client) => client.subscribe("/topic/staff", () => {})), "staff only");
    });
  }
  test("stomp: the raw websocket of a SockJS prefix, its subprotocol and bytes that are no text", async () => {
    const wire = overWebSocket(`${at().replace("http", "ws")}/websocket`);
    const client = await connectOver(wire);
    assert.equal(client.webSocket.protocol, "v12.stomp");
    const all = heard(client, "/topic/raw");
    await all.ready;
    const bytes = new Uint8Array([0, 255, 128]);
    client.publish({ destination: "/topic/raw", binaryBody: bytes, headers: { "content-type": "application/octet-stream" } });
    assert.deepEqual([...(await all.next(1))[0].binaryBody], [...bytes]);
    await client.deactivate();
  });
  test("stomp: clients over SockJS and websockets are in one room with sockets", async () => {
    const [a, b, s] = [await connectOver(overSockJS(at(), "xhr-streaming")), await connect(), await socket()];
    const [first, second] = [heard(a, "/topic/lobby"), heard(b, "/topic/lobby")];
    await Promise.all([first.ready, second.ready]);
    s.emit("say", "hello");
    for (const one of [first, second]) assert.equal((await one.next(1))[0].body, '["hello"]');
    await Promise.all([a.deactivate(), b.deactivate()]);
    s.disconnect();
  });
});

test("stomp: a client that comes back names its last event, and gets what it missed", async () => {
  const server = await Program.start(built("interop/interop_server"), ["--app", "--recovery", "--port", "0", "--threads", "4"]);
  const wire = overWebSocket(`${server.url.replace("http", "ws")}/stomp`);
  const topic = "/topic/news";
  const [away, sender] = [await connectOver(wire, { reconnectDelay: 50 }), await connectOver(wire)];
  const got = [];
  let last;
  let told = () => {};
  const listen = (headers) => away.subscribe(topic, (message) => (got.push(message.body), (last = message.headers["event-id"]), told()), headers);
  const until = (count) => soon(`${count} messages`, (resolve) => (told = () => got.length >= count && resolve()) && told());
  const send = (body) => receipted(sender, (headers) => sender.publish({ destination: topic, body, headers }));
  await receipted(away, listen);
  await send("1");
  await until(1);
  const back = soon("the return", (resolve) => (away.onConnect = resolve));
  away.webSocket.terminate();
  await send("2");
  await send("3");
  await back;
  await receipted(away, (headers) => listen({ ...headers, "last-event-id": last }));
  assert.deepEqual(got, ["1", "2", "3"], "before the receipt");
  await send("4");
  await until(4);
  assert.deepEqual(got, ["1", "2", "3", "4"]);
  await Promise.all([away, sender].map((client) => client.deactivate()));
  assert.equal(await server.stop(), 0, "exit status");
});
