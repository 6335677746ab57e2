// Server-Sent Events as EventSource and raw connections see them.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import http from "node:http";
import net from "node:net";
import { createRequire } from "node:module";
import { within } from "./lib/check.mjs";
import { built, Program } from "./lib/programs.mjs";

const require = createRequire(import.meta.url);
const EventSource = require("eventsource");
const { io } = require("socket.io-client");
const patience = 20_000;
const soon = (what, begin) => within(patience, what, new Promise(begin));

let kedge;
let socket;
before(async () => {
  kedge = await Program.start(built("examples/example_all_clients"), ["--port", "0"]);
  socket = io(kedge.url, { forceNew: true, transports: ["websocket"] });
  await soon("a socket", (resolve) => socket.once("connect", resolve));
});
after(async () => {
  socket.disconnect();
  assert.equal(await kedge.stop(), 0, "exit status");
});

/** An EventSource that keeps what it hears. */
async function listener(headers = {}) {
  const source = new EventSource(`${kedge.url}/events`, { headers });
  const heard = [];
  let wake = () => {};
  source.addEventListener("said", (event) => (heard.push([event.lastEventId, ...JSON.parse(event.data)]), wake()));
  const next = (count) => soon(`${count} events`, (resolve) => {
    wake = () => heard.length >= count && resolve(heard);
    wake();
  });
  await soon("the stream", (resolve) => (source.onopen = resolve));
  return { source, next };
}

/** A request on a connection of its own: its head, and what of the body came until `until` was in it. */
function ask(path, { method = "GET", headers = {}, until } = {}) {
  return soon(`${method} ${path}`, (resolve, reject) => {
    const request = http.request(kedge.url + path, { method, headers, agent: false }, (response) => {
      let body = "";
      const done = () => resolve({ status: response.statusCode, headers: response.headers, body });
      response.setEncoding("utf8").on("data", (more) => {
        body += more;
        if (until && body.includes(until)) done(), request.destroy();
      });
      response.on("end", done).on("error", () => {});
    });
    request.on("error", reject).end();
  });
}

describe("sse: EventSource", () => {
  test("sse: hears the room, in order, with lines and characters as they were", async () => {
    const one = await listener();
    const texts = ["plain", "two\nlines\r\nand \u2028 \u{1f600}", "", "data: x"];
    texts.forEach((text) => socket.emit("say", "s", text));
    assert.deepEqual((await one.next(4)).map(([, , text]) => text), texts);
    one.source.close();
  });

  test("sse: a client that returns gets what it missed, once and in order", async () => {
    const one = await listener();
    socket.emit("say", "s", "seen");
    const [[id]] = await one.next(1);
    assert.ok(id);
    one.source.close();
    const other = await listener();
    ["a", "b", "c"].forEach((text) => socket.emit("say", "s", text));
    await other.next(3);
    const again = await listener({ "Last-Event-ID": id });
    socket.emit("say", "s", "d");
    assert.deepEqual((await again.next(4)).map(([, , text]) => text), ["a", "b", "c", "d"]);
    other.source.close();
    again.source.close();
  });

  test("sse: an id that is not known begins with what happens now", async () => {
    const one = await listener({ "Last-Event-ID": "no such id" });
    socket.emit("say", "s", "now");
    assert.deepEqual((await one.next(1)).map(([, , text]) => text), ["now"]);
    one.source.close();
  });
});

describe("sse: on the wire", () => {
  test("sse: headers, the time to wait, and padding for old browsers", async () => {
    const { status, headers, body } = await ask("/events?padding", { until: "    \n\n", headers: { "Accept-Encoding": "gzip" } });
    assert.equal(status, 200);
    assert.equal(headers["content-type"], "text/event-stream");
    assert.equal(headers["cache-control"], "no-store, no-transform");
    assert.equal(headers["x-accel-buffering"], "no");
    assert.equal(headers["content-encoding"], undefined);
    assert.match(body, /^retry: 3000\n\n: {2048}\n\n$/);
  });
  test("sse: other methods are refused", async () => {
    const { status, headers } = await ask("/events", { method: "POST" });
    assert.deepEqual([status, headers.allow], [405, "GET"]);
    assert.equal((await ask("/events", { method: "HEAD" })).status, 405);
  });
  test("sse: who does not read is cut, the others hear on", async () => {
    const one = await listener();
    const slow = net.connect(kedge.port, "127.0.0.1", () => slow.write("GET /events HTTP/1.1\r\nHost: x\r\n\r\n"));
    await soon("its head", (resolve) => slow.once("data", () => (slow.pause(), resolve())));
    const big = "x".repeat(900_000);
    const rounds = 40;
    for (let round = 1; round <= rounds; ++round) {
      socket.emit("say", "s", big);
      await one.next(round);
    }
    const figure = async () => Number(/^kedge_sse_streams\{path="\/events"\} (\d+)$/m.exec((await ask("/metrics")).body)[1]);
    await soon("the cut", async (resolve) => {
      while ((await figure()) > 1) await new Promise((again) => setTimeout(again, 20));
      resolve();
    });
    slow.destroy();
    one.source.close();
  });
});
