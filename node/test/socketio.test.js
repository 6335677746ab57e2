"use strict";

// Programs on socket.io, the same on the reference and on the package: they have to print the same.
const assert = require("node:assert/strict");
const { execFile, spawn } = require("node:child_process");
const { once } = require("node:events");
const path = require("node:path");
const { createInterface } = require("node:readline");
const { test } = require("node:test");
const { io: client } = require("socket.io-client");
const { addon, root } = require("./targets");

const onPackage = path.join(root, "interop", "app", "on_package.cjs");

/**
 * Runs a program that is given `io`, `server`, `connect(options)` and `say(...)`; it ends when it calls `done()`. With
 * `listens` it is the engine that listens, in the place of the http server.
 */
function run(program, args, listens = false) {
  const source = `
    const { Server } = require("socket.io");
    const { io: client } = require("socket.io-client");
    const server = require("node:http").createServer();
    const said = [];
    const say = (...words) => said.push(words.map((word) => typeof word === "string" ? word : JSON.stringify(word)).join(" "));
    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const clients = [];
    const connect = (options) => {
      const made = client("http://127.0.0.1:" + listener.address().port, { transports: ["websocket"], reconnection: false, forceNew: true, ...options });
      clients.push(made);
      return made;
    };
    const done = () => { for (const each of clients) each.close(); io.close(); };
    process.on("exit", () => console.log(said.join("\\n")));
    let io;
    let listener;
    const start = (options, then) => {
      io = new Server(server, options);
      listener = ${listens} ? io.engine : server;
      listener.listen({ port: 0, host: "127.0.0.1" }, then);
    };
    ${program}`;
  return new Promise((resolve) => {
    execFile(process.execPath, [...args, "-e", source], {
      cwd: root, timeout: 20_000, env: { ...process.env, KEDGE_NODE_ADDON: addon },
    }, (error, stdout, stderr) => resolve({ status: error ? (error.code ?? error.signal) : 0, said: stdout.trim().split("\n"), stderr }));
  });
}

function same(name, program, expected) {
  test(`both: ${name}`, { timeout: 70_000 }, async () => {
    const theirs = await run(program, []);
    assert.equal(theirs.status, 0, theirs.stderr);
    if (expected) assert.deepEqual(theirs.said, expected);
    const ours = await run(program, ["--require", onPackage]);
    assert.equal(ours.status, 0, ours.stderr);
    assert.deepEqual(ours.said, theirs.said);
    const listening = await run(program, ["--require", onPackage], true);
    assert.equal(listening.status, 0, listening.stderr);
    assert.deepEqual(listening.said, theirs.said);
  });
}

test("kedge: the example runs, and ends when it is told to", { timeout: 30_000 }, async () => {
  const child = spawn(process.execPath, ["--require", onPackage, path.join(root, "examples", "node_chat", "server.js")], {
    stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, KEDGE_NODE_ADDON: addon, PORT: "0" },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const [, url] = (await lines.next()).value.match(/listening on (.*)/);
  assert.equal((await lines.next()).value, "websockets by Kedge");
  assert.match(await (await fetch(url)).text(), /A chat on Node/);
  const [one, other] = [client(url, { forceNew: true }), client(url, { forceNew: true, transports: ["websocket"] })];
  assert.equal(typeof (await one.emitWithAck("enter", "lobby", "one")), "number");
  assert.equal(await other.emitWithAck("enter", "lobby", "other"), 2);
  const said = once(one, "said");
  await other.emitWithAck("say", "hello");
  assert.deepEqual((await said).slice(0, 2), ["other", "hello"]);
  one.close();
  other.close();
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null]);
});

test("kedge: the example that listens runs, tells its figures, and ends when it is told to", { timeout: 30_000 }, async () => {
  const child = spawn(process.execPath, ["--require", onPackage, path.join(root, "examples", "node_listen", "server.js")], {
    stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, KEDGE_NODE_ADDON: addon, PORT: "0" },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const [, url] = (await lines.next()).value.match(/listening on (.*)/);
  assert.equal((await lines.next()).value, "sessions by Kedge");
  const one = client(url, { forceNew: true, transports: ["websocket"] });
  const said = once(one, "said");
  await one.emitWithAck("say", "hello");
  assert.deepEqual(await said, ["hello"]);
  assert.match(await (await fetch(url)).text(), /page of Node/);
  assert.match(await (await fetch(`${url}/metrics`)).text(), /^kedge_node_clients 1$/m);
  assert.equal(await (await fetch(`${url}/ready`)).text(), "ok\n");
  assert.equal((await fetch(`${url}/socket.io/socket.io.js`)).status, 200);
  one.close();
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null]);
});

same("of two volatile events in a tick the second is dropped, behind a normal one as well", `
  start({}, () => {
    io.on("connection", async (socket) => {
      await sleep(50);
      socket.volatile.emit("a", 1);
      socket.volatile.emit("a", 2);
      await sleep(20);
      socket.emit("a", 3);
      socket.volatile.emit("a", 4);
      await sleep(20);
      socket.volatile.emit("a", 5, Buffer.from([1]));
      io.volatile.emit("a", 6);
      await sleep(20);
      io.volatile.emit("a", 7);
      process.nextTick(() => socket.volatile.emit("a", 8));
      await sleep(20);
      socket.emit("end");
    });
    const one = connect();
    one.on("a", (n) => say("a", n));
    one.on("end", done);
  });
`);

same("single sends and broadcasts come in order", `
  start({}, () => {
    let connected = 0;
    io.on("connection", (socket) => {
      if (++connected < 3) return;
      for (let i = 0; i < 5; i++) {
        socket.emit("n", i, "own");
        io.emit("n", i, "all");
        io.except(socket.id).emit("n", i, "others");
        io.emit("n", i, Buffer.from("binary"));
      }
      io.emit("end");
    });
    const all = [connect(), connect(), connect()];
    const heard = [[], [], []];
    let ended = 0;
    all.forEach((each, i) => {
      each.on("n", (n, what) => heard[i].push(n + String(what)));
      each.on("end", () => { if (++ended === 3) { heard.map(String).sort().forEach((line) => say(line)); done(); } });
    });
  });
`);

same("an event and a disconnect in one packet of bytes, rooms in disconnecting, reasons", `
  start({}, () => {
    io.on("connection", (socket) => {
      socket.join("room");
      socket.on("last", (text) => say("last", text));
      socket.on("disconnecting", (reason) => say("disconnecting", reason, [...socket.rooms].length));
      socket.on("disconnect", (reason) => { say("disconnect", reason); next(); });
    });
    const ways = [
      (one) => { one.emit("last", "words"); one.io.engine.close(); },
      (one) => one.disconnect(),
      (one) => one.io.engine.transport.ws.terminate(),
      (one) => { one.emit("last", "of all"); setTimeout(() => one.io.engine.transport.ws._socket.end(), 20); },
    ];
    const next = () => {
      const way = ways.shift();
      if (!way) return done();
      const one = connect();
      one.on("connect", () => way(one));
    };
    next();
  });
`);

same("acknowledgements, timeouts, catch-all listeners and binary", `
  start({}, () => {
    io.on("connection", async (socket) => {
      socket.onAny((name, ...args) => say("any", name, args.length));
      socket.on("sum", (a, b, answer) => answer(a + b));
      say(await socket.emitWithAck("ask", Buffer.from([1, 2])));
      say((await io.timeout(1000).emitWithAck("ask", "all")));
      try { await socket.timeout(20).emitWithAck("silent"); } catch (error) { say(error.message); }
      socket.emit("go");
    });
    const one = connect();
    one.on("ask", (what, answer) => answer(String(what.length)));
    one.on("go", async () => { say(await one.emitWithAck("sum", 1, 2)); done(); });
  });
`);

same("a recovered connection gets what it missed", `
  start({ connectionStateRecovery: {} }, () => {
    io.on("connection", (socket) => {
      say("recovered", socket.recovered);
      socket.join("room");
      if (socket.recovered) return;
      socket.on("disconnect", () => { io.to("room").emit("missed", "text"); io.to("room").emit("missed", Buffer.from("bytes")); });
      io.to("room").emit("first");
    });
    const one = connect({ reconnection: true, reconnectionDelay: 50 });
    one.on("first", () => one.io.engine.close());
    one.on("missed", (what) => { say("missed", String(what)); if (typeof what !== "string") setTimeout(done, 20); });
  });
`);

same("middlewares, handshakes, namespaces", `
  start({}, () => {
    io.engine.use((req, res, next) => { req.seen = true; next(); });
    io.use((socket, next) => next(socket.handshake.auth.ok ? undefined : Object.assign(new Error("no"), { data: { why: 1 } })));
    io.of("/other").on("connection", (socket) => {
      const { address, xdomain, secure, url, query, headers } = socket.handshake;
      say(address.replace("::ffff:", ""), xdomain, secure, url.split("&t=")[0], query.transport, headers["x-own"], socket.request.seen);
      say(socket.request.headers["x-own"], Boolean(socket.request.connection.remoteAddress), socket.conn.transport.name);
      done();
    });
    const refused = connect();
    refused.on("connect_error", (error) => {
      say(error.message, error.data);
      connect({ auth: { ok: true }, extraHeaders: { "x-own": "1" } }).io.socket("/other").connect();
    });
  });
`);

same("sessions counted, their requests forgotten, packets watched", `
  start({ pingInterval: 500 }, () => {
    io.engine.on("connection", (conn) => {
      conn.request = null;
      conn.on("packet", ({ type, data }) => say("in", type, type === "message" ? data : ""));
      conn.on("packetCreate", ({ type, data }) => { if (type === "message") say("out", data.replace(/"sid":"[^"]*"/, "")); });
      conn.on("close", (reason) => { say(reason, io.engine.clientsCount); });
      conn.once("heartbeat", () => { io.emit("hi"); setTimeout(done, 20); });
    });
    io.on("connection", () => say(io.engine.clientsCount));
    connect();
  });
`);
