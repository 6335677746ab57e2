"use strict";

// listen(): an engine that accepts its clients itself, as a server and beside an http server.
const assert = require("node:assert/strict");
const http = require("node:http");
const http2 = require("node:http2");
const https = require("node:https");
const net = require("node:net");
const path = require("node:path");
const { execFile } = require("node:child_process");
const { test } = require("node:test");
const { WebSocketServer } = require("ws");
const { certificate, folder } = require("./certificate");
const { count, get, listen, pages, plain, polling, post, sidOf } = require("./listen");
const { addon, bare, connect, kedge, once, opened, root, until } = require("./targets");

kedge("it listens, says where, and tells its sessions; none of them is Node's", async (engine) => {
  const server = pages();
  const place = await listen(engine, { hand_back: server });
  assert.deepEqual(place.io.address(), { address: "127.0.0.1", family: "IPv4", port: place.port });
  const sessions = [];
  place.io.on("connection", (session) => {
    sessions.push(session);
    assert.ok(session instanceof engine.Socket);
    assert.ok(session.transport instanceof engine.Transport);
    session.on("message", (data) => session.send(data));
  });
  for (const transports of [["websocket"], ["polling"], ["polling", "websocket"]]) {
    const client = connect(place, { transports });
    await once(client, "open");
    if (transports.length === 2) await once(client, "upgrade");
    for (const data of ["text \u00e9\u20ac", Buffer.from([0, 1, 255])]) {
      client.send(data);
      const [back] = await once(client, "message");
      assert.deepEqual(back, data);
    }
  }
  assert.deepEqual(sessions.map(({ transport }) => transport.name), ["websocket", "polling", "websocket"]);
  assert.deepEqual(sessions.map(({ upgraded }) => upgraded), [false, false, true]);
  assert.equal(place.io.clientsCount, 3);
  assert.equal(place.io.clients[sessions[0].id], sessions[0]);
  assert.deepEqual([place.io.native.listened, place.io.native.handedBack, place.io.native.byNode], [3, 0, null]);
  assert.equal(server.seen, 0);
});

kedge("the options of the engine may be given apart, as where a port is given", async (engine) => {
  for (const where of [{ port: 0, host: "127.0.0.1" }, 0]) {
    let io;
    await new Promise((resolve) => { io = engine.listen(where, { path: "/own", transports: ["polling"] }, resolve); });
    opened.push(() => (io.close(), io.httpServer?.close()));
    const { port } = (io.httpServer ?? io).address();
    const answer = await fetch(`http://127.0.0.1:${port}/own/?EIO=4&transport=polling`, { headers: { connection: "close" } });
    assert.match(await answer.text(), /"upgrades":\[\]/);
  }
});

kedge("a port that is in use, one that is none, a second listen(), and TLS that is none", async (engine) => {
  const place = await listen(engine);
  const other = engine.listen({ port: place.port, host: "127.0.0.1" });
  const [error] = await once(other, "error");
  assert.deepEqual([error.code, error.syscall, error.port, error.address], ["EADDRINUSE", "listen", place.port, "127.0.0.1"]);
  assert.equal(other.address(), null);
  other.listen({ port: 0, host: "127.0.0.1" });
  opened.push(() => other.close());
  await once(other, "listening");
  assert.throws(() => other.listen({ port: 0 }), { code: "ERR_SERVER_ALREADY_LISTEN" });
  assert.throws(() => engine.listen({ port: 70_000 }), { code: "ERR_SOCKET_BAD_PORT" });
  assert.throws(() => engine.listen({ port: 0, tls: { key: "none", cert: "none" } }), /certificate|key/);
});

kedge("connections for other paths are Node's with their bytes: pieces, pipelines, uploads, keep-alive", async (engine) => {
  const server = pages();
  const place = await listen(engine, { hand_back: server });
  const whole = plain(place);
  whole.write(get("/one") + get("/two") + post("/three", "abc"));
  await until(() => count(whole.got, "of 127.0.0.1 false") === 3);
  assert.deepEqual(whole.got.match(/(GET|POST) .* of/g), ["GET /one 0 of", "GET /two 0 of", "POST /three 3 of"]);
  const pieces = plain(place);
  for (const each of ["PO", "ST /up HTTP/1.1\r\nHo", "st: a\r\nContent-Length: 6\r\n\r\nab", "cd"]) {
    pieces.write(each);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  pieces.write("ef");
  await until(() => pieces.got.includes("POST /up 6"));
  pieces.write(get("/again"));
  await until(() => pieces.got.includes("GET /again"));
  const large = plain(place);
  large.write(post("/large", "x".repeat(3_000_000)));
  await until(() => large.got.includes("POST /large 3000000"));
  assert.equal(server.seen, 3);
  assert.equal(place.io.native.handedBack, 3);
});

kedge("polls and pages on one connection, in one packet of bytes and behind one another", async (engine) => {
  const place = await listen(engine, { hand_back: pages() });
  place.io.on("connection", (session) => session.on("message", (data) => session.send(`${data}!`)));
  const mixed = plain(place);
  mixed.write(get(polling) + get("/page"));
  await until(() => mixed.got.includes("GET /page 0"));
  const sid = sidOf(mixed.got);
  mixed.write(post(`${polling}&sid=${sid}`, "4hi"));
  await until(() => mixed.got.endsWith("ok"));
  mixed.write(get(`${polling}&sid=${sid}`));
  await until(() => mixed.got.includes("4hi!"));
  mixed.write(get(`${polling}&sid=${sid}`) + get("/behind"));
  place.io.clients[sid].send("late");
  await until(() => mixed.got.includes("GET /behind"));
  assert.ok(mixed.got.indexOf("4late") > 0 && mixed.got.indexOf("4late") < mixed.got.indexOf("GET /behind"));
  assert.equal(place.io.native.listened, 1);
  // Its websocket may come by a connection that is Node's as well.
  const upgrading = plain(place);
  upgrading.write(get("/first"));
  await until(() => upgrading.got.includes("GET /first"));
  upgrading.write(get(`/engine.io/?EIO=4&transport=websocket&sid=${sid}`,
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"));
  await until(() => upgrading.got.includes("101 Switching"));
  upgrading.write(Buffer.from([0x81, 0x86, 0, 0, 0, 0, ...Buffer.from("2probe")]));
  await until(() => upgrading.got.includes("3probe"));
});

kedge("foreign upgrades, the client's files and unknown sessions are Node's", async (engine) => {
  const server = pages();
  const place = await listen(engine, { hand_back: server });
  const foreign = new WebSocketServer({ noServer: true });
  server.on("upgrade", (req, socket, head) => {
    if (req.url === "/foreign") foreign.handleUpgrade(req, socket, head, (one) => one.on("message", (data) => one.send(`${data}!`)));
  });
  const refused = [];
  place.io.on("connection_error", ({ code, message }) => refused.push([code, message]));
  const one = await bare({ ws: `ws://127.0.0.1:${place.port}/foreign` });
  one.send("hello");
  await until(() => one.got.includes("hello!"));
  assert.equal(await (await fetch(`${place.url}${polling}&sid=nobody`)).text(), '{"code":1,"message":"Session ID unknown"}');
  assert.equal(await (await fetch(`${place.url}/engine.io/?EIO=4`)).text(), '{"code":0,"message":"Transport unknown"}');
  assert.equal((await fetch(`${place.url}${polling}`, { method: "POST", body: "x" })).status, 400);
  assert.deepEqual(refused, [[1, "Session ID unknown"], [0, "Transport unknown"], [2, "Bad handshake method"]]);
});

const plainly = () => http.createServer();
const securely = () => https.createServer(certificate());
const byHttp2 = () => http2.createSecureServer({ ...certificate(), allowHTTP1: true });
for (const [by, to, more, server] of [["the addon", "http", {}, plainly], ["the addon", "https", {}, securely], ["the addon", "http2", {}, byHttp2],
  ["Node", "http", { ciphers: "DEFAULT" }, plainly], ["Node", "https", { ciphers: "DEFAULT" }, securely]])
  kedge(`TLS by ${by}: clients, and what is handed back to ${to}`, async (engine) => {
    const place = await listen(engine, { hand_back: pages(server()), tls: { ...certificate(), ...more } });
    place.io.on("connection", (session) => session.on("message", (data) => session.send(`${data} ${Boolean(session.request.connection.encrypted)}`)));
    const client = connect({ url: `https://127.0.0.1:${place.port}` }, { rejectUnauthorized: false });
    await once(client, "open");
    client.send("x".repeat(100_000));
    assert.equal((await once(client, "message"))[0], `${"x".repeat(100_000)} true`);
    const asking = https.request({ port: place.port, path: "/up", method: "POST", rejectUnauthorized: false });
    asking.end("y".repeat(1_000_000));
    const [answer] = await once(asking, "response");
    assert.equal((await answer.toArray()).join(""), "POST /up 1000000 of 127.0.0.1 true\n");
    assert.equal(place.io.native.listened, by === "Node" ? 0 : 1);
    assert.equal(place.io.native.byNode, by === "Node" ? "the option tls" : null);
  });

kedge("a UNIX socket, and one who listens where there is no engine's option at all", async (engine) => {
  const socket = path.join(folder, "listen.sock");
  const io = engine.listen({ socket });
  opened.push(() => io.close());
  await once(io, "listening");
  assert.equal(io.address(), socket);
  const one = await bare({ ws: `ws+unix:${socket}:/engine.io/?EIO=4&transport=websocket` });
  await until(() => one.got.length === 1);
  assert.equal(io.clientsCount, 1);
});

kedge("its end: sessions close, polls are answered, nobody is taken, and it may listen again", async (engine) => {
  const server = pages();
  const place = await listen(engine, { hand_back: server });
  const ended = [];
  place.io.on("connection", (session) => session.on("close", (reason) => ended.push(reason)));
  const one = await bare(place);
  const waiting = plain(place);
  waiting.write(get(polling));
  await until(() => waiting.got.includes("sid"));
  waiting.write(get(`${polling}&sid=${sidOf(waiting.got)}`));
  const page = plain(place);
  page.write(get("/page"));
  await until(() => page.got.includes("GET /page") && place.io.clientsCount === 2);
  assert.equal(server.listening, true);
  assert.deepEqual(server.address(), place.io.address());
  place.io.close();
  assert.deepEqual(ended, ["forced close", "forced close"]);
  assert.equal(place.io.clientsCount, 0);
  const closed = once(server, "close");
  server.close();
  await Promise.all([once(one, "close"), closed]);
  await until(() => waiting.got.endsWith("1"));
  const late = net.connect(place.port, "127.0.0.1");
  assert.equal((await once(late, "error"))[0].code, "ECONNREFUSED");
  place.io.listen({ port: 0, host: "127.0.0.1", hand_back: server });
  await once(place.io, "listening");
  await once(connect({ url: `http://127.0.0.1:${place.io.address().port}` }), "open");
});

kedge("the http server's close ends it as well", async (engine) => {
  const server = pages();
  const place = await listen(engine, { hand_back: server });
  const one = await bare(place);
  server.close();
  await Promise.all([once(one, "close"), once(server, "close")]);
  assert.equal(place.io.address(), null);
});

/** Runs a program in a process of its own: its exit status, and what it said. */
function run(program, environment = {}) {
  return new Promise((resolve) => {
    execFile(process.execPath, ["-e", program], { cwd: root, timeout: 30_000, env: { ...process.env, KEDGE_NODE_ADDON: addon, ...environment } },
      (error, stdout, stderr) => resolve({ status: error ? (error.code ?? error.signal) : 0, said: stdout.trim(), stderr }));
  });
}

test("kedge: without a reference it ends with its last session", { timeout: 60_000 }, async () => {
  const { status, said, stderr } = await run(`
    const io = require("./node").listen({ port: 0, host: "127.0.0.1" }, () => {
      io.unref();
      const client = new (require("ws"))("ws://127.0.0.1:" + io.address().port + "/engine.io/?EIO=4&transport=websocket");
      client.on("open", () => client._socket.unref());
      io.on("connection", (session) => setTimeout(() => session.close(), 100).unref());
    });
    process.on("exit", () => console.log(io.native.listened, io.clientsCount));`);
  assert.deepEqual([status, said], [0, "1 0"], stderr);
});

test("kedge: where there is no addon, Node listens in its place", { timeout: 60_000 }, async () => {
  const { status, said, stderr } = await run(`
    const { listen } = require("./node");
    const server = require("node:http").createServer((req, res) => res.end("page"));
    const io = listen({ port: 0, host: "127.0.0.1", hand_back: server }, async () => {
      const { port } = io.address();
      const other = listen({ port, host: "127.0.0.1" });
      other.on("error", ({ code }) => console.log(code));
      const client = new (require("engine.io-client").Socket)("http://127.0.0.1:" + port);
      io.on("connection", (session) => session.on("message", (data) => session.send(data)));
      client.on("open", () => client.send("hi"));
      client.on("message", async (data) => {
        console.log(data, await (await fetch("http://127.0.0.1:" + port + "/")).text(), io.native.byNode);
        client.close();
        io.close();
        server.close();
      });
    });`, { KEDGE_NODE: "off" });
  assert.deepEqual([status, said], [0, "EADDRINUSE\nhi page switched off by KEDGE_NODE=off"], stderr);
});
