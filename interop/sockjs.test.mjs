// SockJS as its official client and its reference server judge it.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import http from "node:http";
import { createRequire } from "node:module";
import { within } from "./lib/check.mjs";
import { built, Program } from "./lib/programs.mjs";

const require = createRequire(import.meta.url);
const SockJS = require("sockjs-client");
const sockjs = require("sockjs");
const { io } = require("socket.io-client");
const patience = 20_000;
const transports = ["websocket", "xhr-streaming", "eventsource", "xhr-polling"];

/** One SockJS client: what it hears, in order. */
class Visitor {
  heard = [];
  #waiting = [];

  constructor(url, transport) {
    this.socket = new SockJS(url, null, { transports: transport });
    this.opened = within(patience, `${transport} opens`, new Promise((resolve) => (this.socket.onopen = resolve)));
    this.closed = new Promise((resolve) => (this.socket.onclose = (event) => resolve([event.code, event.reason])));
    this.socket.onmessage = (event) => {
      this.heard.push(event.data);
      this.#waiting = this.#waiting.filter(([count, resolve]) => this.heard.length < count || resolve());
    };
  }
  hears(count) {
    if (this.heard.length >= count) return Promise.resolve();
    return within(patience, `${count} messages`, new Promise((resolve) => this.#waiting.push([count, resolve])));
  }
}

const difficult = ["plain", "", "\u0000\u001f\"\\/", "caf\u00e9 \u20ac \u{1f600}", "\u200c\u2028\u2029\ufff0\uffff", "</script>", "%25%\r\n"];

/** The reference with the same services. */
async function startReference() {
  const server = http.createServer((request, response) => response.writeHead(404).end());
  const service = (prefix, opened) => {
    const made = sockjs.createServer({ log: () => {}, sockjs_url: `${prefix}/sockjs.min.js` });
    made.on("connection", opened);
    made.installHandlers(server, { prefix });
  };
  service("/echo", (client) => client.on("data", (text) => client.write(text)));
  service("/close", (client) => client.close(3000, "Go away!"));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => (server.closeAllConnections(), server.close()) };
}

/** One request on a connection of its own; `until` ends a stream once it has been seen in the body. */
function ask(base, { method = "GET", path, headers = {}, body = "", until }) {
  return within(patience, `${method} ${path}`, new Promise((resolve, reject) => {
    const request = http.request(base + path, { method, headers, agent: false }, (response) => {
      let text = "";
      const done = () => resolve({ status: response.statusCode, headers: response.headers, body: text });
      response.setEncoding("utf8").on("data", (more) => {
        text += more;
        if (until && text.includes(until)) done(), request.destroy();
      });
      response.on("end", done).on("error", () => {});
    });
    request.on("error", reject).end(body);
  }));
}

const compared = ["content-type", "cache-control", "access-control-allow-origin", "access-control-allow-credentials",
  "access-control-allow-methods", "access-control-max-age", "access-control-allow-headers", "vary", "set-cookie", "allow", "x-content-type-options"];
// Errors of the reference have no content type, ours do; how far an htmlfile is padded is free.
const facts = ({ status, headers, body }) => [
  status,
  Object.fromEntries(compared.filter((name) => status < 400 || name !== "content-type").map((name) => [name, headers[name]])),
  body.replace(/ {100,}/, " "),
];

let last = 0;
const fresh = () => `/000/s${process.pid}x${++last}`;
const origin = { Origin: "http://page.example" };

/** Conversations of one or more requests in the same session; `$` is the session's path. */
const conversations = {
  greeting: [{ path: "/echo" }, { path: "/echo/" }],
  "unknown paths": [{ path: "/echo/nothing" }, { path: "/echo/a/b/nothing" }, { path: "/echo/000/a.b/xhr", method: "POST" }],
  "wrong methods": [
    ...["xhr", "xhr_send", "xhr_streaming"].map((name) => ({ path: `/echo$/${name}`, method: "GET", headers: origin })),
    ...["eventsource", "htmlfile?c=x", "jsonp?c=x"].map((name) => ({ path: `/echo$/${name}`, method: "POST", headers: origin })),
    { path: "/echo$/jsonp_send", method: "OPTIONS" },
    { path: "/echo/info", method: "POST" },
    { path: "/echo", method: "POST" },
    { path: "/echo$/websocket", method: "POST" },
  ],
  preflights: [
    { path: "/echo$/xhr", method: "OPTIONS", headers: origin },
    { path: "/echo$/xhr_send", method: "OPTIONS", headers: { ...origin, "Access-Control-Request-Headers": "x-a, x-b" } },
    { path: "/echo$/xhr_streaming", method: "OPTIONS" },
    { path: "/echo/info", method: "OPTIONS", headers: origin },
  ],
  polling: [
    { path: "/echo$/xhr", method: "POST", headers: origin },
    { path: "/echo$/xhr_send", method: "POST", body: '["a","\u2028"]', headers: origin },
    { path: "/echo$/xhr", method: "POST" },
  ],
  "sends that are none": [
    { path: "/echo$/xhr", method: "POST" },
    { path: "/echo$/xhr_send", method: "POST", body: "" },
    { path: "/echo$/xhr_send", method: "POST", body: '"a' },
    { path: "/echo$/xhr_send", method: "POST", body: "{}" },
    { path: "/echo$/xhr_send", method: "POST", body: "[]" },
    { path: "/echo$/xhr_send", method: "POST", body: '["x"]' },
    { path: "/echo$/xhr", method: "POST" },
  ],
  "a send without a session": [{ path: "/echo$/xhr_send", method: "POST", body: '["x"]' }],
  jsonp: [
    { path: "/echo$/jsonp?c=_jp.aaa" },
    { path: "/echo$/jsonp_send", method: "POST", body: "d=%5B%22x%20%2B%22%5D", headers: { "Content-Type": "application/x-www-form-urlencoded" } },
    { path: "/echo$/jsonp?c=%63allback" },
    { path: "/echo$/jsonp_send", method: "POST", body: "d=", headers: { "Content-Type": "application/x-www-form-urlencoded" } },
    { path: "/echo$/jsonp_send", method: "POST", body: '["y"]', headers: { "Content-Type": "text/plain" } },
    { path: "/echo$/jsonp?c=x" },
  ],
  "callbacks that are none": [{ path: "/echo$/jsonp" }, { path: "/echo$/jsonp?c=a%3Cb" }, { path: "/echo$/htmlfile" }, { path: "/echo$/htmlfile?c=a%20b" }],
  closing: [
    { path: "/close$/xhr", method: "POST" },
    { path: "/close$/xhr", method: "POST" },
    { path: "/close$/xhr", method: "POST" },
  ],
  streaming: [{ path: "/close$/xhr_streaming", method: "POST", headers: origin }],
  eventsource: [{ path: "/close$/eventsource" }, { path: "/close$/eventsource", headers: { Origin: "null" } }],
  htmlfile: [{ path: "/close$/htmlfile?c=callback" }],
  "no websocket": [{ path: "/echo$/websocket" }, { path: "/echo/websocket" }],
};

async function converse(base, steps) {
  const session = fresh();
  const told = [];
  for (const step of steps) told.push(facts(await ask(base, { ...step, path: step.path.replace("$", session) })));
  return told;
}

let kedge;
let reference;
before(async () => {
  kedge = await Program.start(built("examples/example_sockjs_echo"), ["--port", "0"]);
  reference = await startReference();
});
after(async () => {
  reference.stop();
  assert.equal(await kedge.stop(), 0, "exit status");
});

describe("sockjs: answers beside the reference's", () => {
  for (const [name, steps] of Object.entries(conversations)) {
    test(`sockjs: ${name}`, async () => {
      const ours = await converse(kedge.url, steps);
      const theirs = await converse(reference.url, steps);
      ours.forEach((answer, index) => assert.deepEqual(answer, theirs[index], `${steps[index].method ?? "GET"} ${steps[index].path}`));
    });
  }
  test("sockjs: the iframe page, and its cache", async () => {
    const ours = await ask(kedge.url, { path: "/echo/iframe-1.6.1.html" });
    const theirs = await ask(reference.url, { path: "/echo/iframe-1.6.1.html" });
    assert.equal(ours.body.trim(), theirs.body.trim());
    assert.equal(ours.headers["cache-control"], theirs.headers["cache-control"]);
    const again = await ask(kedge.url, { path: "/echo/iframe.html", headers: { "If-None-Match": ours.headers.etag } });
    assert.deepEqual([again.status, again.body, again.headers["content-type"]], [304, "", undefined]);
    const script = await ask(kedge.url, { path: "/echo/sockjs.min.js" });
    assert.match(script.body, /SockJS/);
  });
  test("sockjs: info", async () => {
    const [ours, theirs] = [await ask(kedge.url, { path: "/echo/info", headers: origin }), await ask(reference.url, { path: "/echo/info", headers: origin })];
    const [a, b] = [JSON.parse(ours.body), JSON.parse(theirs.body)];
    assert.equal(typeof a.entropy, "number");
    delete a.entropy, delete b.entropy;
    assert.deepEqual([a, facts({ ...ours, body: "" })], [b, facts({ ...theirs, body: "" })]);
  });
  test("sockjs: a second receiver is sent away", async () => {
    const session = fresh();
    const first = ask(kedge.url, { path: `/echo${session}/xhr_streaming`, method: "POST", until: "a[" });
    await ask(kedge.url, { path: `/echo${session}/xhr_send`, method: "POST", body: "[]" }).then(async (answer) => {
      while (answer.status === 404) answer = await ask(kedge.url, { path: `/echo${session}/xhr_send`, method: "POST", body: "[]" });
    });
    const second = await ask(kedge.url, { path: `/echo${session}/xhr`, method: "POST" });
    assert.equal(second.body, 'c[2010,"Another connection still open"]\n');
    await ask(kedge.url, { path: `/echo${session}/xhr_send`, method: "POST", body: '["still here"]' });
    assert.match((await first).body, /o\na\["still here"\]\n$/);
  });
});

describe("sockjs: the official client", () => {
  for (const transport of transports) {
    test(`sockjs: ${transport} brings every message back, in order`, async () => {
      const visitor = new Visitor(`${kedge.url}/echo`, transport);
      await visitor.opened;
      difficult.forEach((text) => visitor.socket.send(text));
      await visitor.hears(difficult.length);
      assert.deepEqual(visitor.heard, difficult);
      visitor.socket.close();
    });
    test(`sockjs: ${transport} loses nothing where a stream ends and the next begins`, async () => {
      const visitor = new Visitor(`${kedge.url}/echo`, transport);
      await visitor.opened;
      const texts = Array.from({ length: 60 }, (_, index) => `${index}:${"x".repeat(8000)}`);
      texts.forEach((text) => visitor.socket.send(text));
      await visitor.hears(texts.length);
      assert.deepEqual(visitor.heard, texts);
      visitor.socket.close();
    });
    test(`sockjs: ${transport} is told why it is sent away`, async () => {
      const visitor = new Visitor(`${kedge.url}/close`, transport);
      assert.deepEqual(await within(patience, "close", visitor.closed), [3000, "Go away!"]);
    });
    test(`sockjs: ${transport} is in one room with a Socket.IO client`, async () => {
      const socket = io(kedge.url, { forceNew: true, transports: ["websocket"] });
      await within(patience, "connect", new Promise((resolve) => socket.once("connect", resolve)));
      const visitor = new Visitor(`${kedge.url}/chat`, transport);
      await visitor.opened;
      const said = new Promise((resolve) => socket.once("said", resolve));
      visitor.socket.send("hello");
      assert.equal(await within(patience, "said", said), "hello");
      socket.emit("say", "welcome");
      await visitor.hears(1);
      assert.deepEqual(visitor.heard, ['["said","welcome"]']);
      visitor.socket.close();
      socket.disconnect();
    });
  }
});
