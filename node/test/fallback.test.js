"use strict";

// What cannot be native is the reference, and says so.
const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const http = require("node:http");
const path = require("node:path");
const { folder } = require("./certificate");
const { bare, both, kedge, once, opened, root, serve, until, WebSocket } = require("./targets");

async function echoes(place, options) {
  place.io.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
  const client = await bare(place, "", options);
  client.send("4there and back");
  await until(() => client.got.at(-1) === "4there and back");
  return client;
}

both("compression works", async (engine, t, target) => {
  const place = await serve(engine, { perMessageDeflate: { threshold: 10 } });
  const client = await echoes(place, { perMessageDeflate: true });
  assert.match(client.extensions, /permessage-deflate/);
  const long = "4" + "abc".repeat(5000);
  const before = client._socket.bytesRead;
  client.send(long);
  await until(() => client.got.at(-1) === long);
  assert.ok(client._socket.bytesRead - before < 1000);
  if (target === "kedge") assert.equal(place.io.native.taken, 1);
});

both("a UNIX socket works", async (engine, t, target) => {
  const at = path.join(folder, `${target}.sock`);
  const server = http.createServer();
  const io = engine.attach(server, {});
  opened.push(() => server.close());
  server.listen(at);
  await once(server, "listening");
  await echoes({ io, ws: `ws+unix://${at}:/engine.io/?EIO=4&transport=websocket` });
  if (target === "kedge") assert.equal(io.native.taken, 1);
});

both("frames that came with the upgrade request are read", async (engine) => {
  const place = await serve(engine);
  const seen = [];
  place.io.use((req, res, next) => setTimeout(next, 30));
  place.io.on("connection", (socket) => socket.on("message", (data) => seen.push(data)));
  const socket = require("node:net").connect(place.port, "127.0.0.1");
  opened.push(() => socket.destroy());
  const frame = (text) => Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
  socket.write(Buffer.concat([
    Buffer.from("GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"),
    frame("4with it"),
  ]));
  await new Promise((resolve) => setTimeout(resolve, 15));
  socket.write(frame("4while waiting"));
  await new Promise((resolve) => setTimeout(resolve, 40));
  socket.write(frame("4later"));
  await until(() => seen.length === 3);
  assert.deepEqual(seen, ["with it", "while waiting", "later"]);
});

kedge("another wsEngine, a subclass, or no addon: the reference, and why", async (engine) => {
  const { Server: WsServer } = require("ws");
  assert.equal(new engine.Server({ wsEngine: WsServer }).native.reason, "the option wsEngine");
  assert.equal(new (class extends engine.Server {})().native.reason, "a subclass of Server");
  assert.deepEqual(new engine.Server().native.enabled, true);
  const told = execFileSync(process.execPath, ["-p", `new (require(${JSON.stringify(`${root}/node`)}).Server)().native.reason`],
    { env: { ...process.env, KEDGE_NODE: "off" }, encoding: "utf8" });
  assert.equal(told.trim(), "switched off by KEDGE_NODE=off");
  const elsewhere = execFileSync(process.execPath, ["-e",
    `Object.defineProperty(process, "versions", { value: { ...process.versions, bun: "1.3.0" } });
    console.log(new (require(${JSON.stringify(path.join(root, "node"))}).Server)().native.reason)`], { encoding: "utf8" });
  assert.equal(elsewhere.trim(), "no addon for bun");
  const missing = execFileSync(process.execPath, ["-p", `new (require(${JSON.stringify(`${root}/node`)}).Server)().native.reason`],
    { env: { ...process.env, KEDGE_NODE_ADDON: path.join(folder, "none.node") }, encoding: "utf8" });
  assert.match(missing, /could not be loaded/);
});

kedge("a subclass works, by the reference", async (engine) => {
  class Own extends engine.Server {}
  const server = http.createServer();
  const io = new Own();
  io.attach(server);
  opened.push(() => {
    io.close();
    server.close();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  await echoes({ io, ws: `ws://127.0.0.1:${server.address().port}/engine.io/?EIO=4&transport=websocket` });
  assert.equal(io.native.taken, 0);
});

both("two engines and a plain ws server on one http server live together", async (engine) => {
  const place = await serve(engine, { path: "/one" });
  const other = new engine.Server();
  other.attach(place.server, { path: "/two" });
  const plain = new WebSocket.Server({ noServer: true });
  place.server.on("upgrade", (req, socket, head) => {
    if (req.url === "/plain") plain.handleUpgrade(req, socket, head, (client) => client.send("plain"));
  });
  const at = `ws://127.0.0.1:${place.port}`;
  await echoes({ io: place.io, ws: `${at}/one/?EIO=4&transport=websocket` });
  await echoes({ io: other, ws: `${at}/two/?EIO=4&transport=websocket` });
  const client = new WebSocket(`${at}/plain`);
  const [said] = await once(client, "message");
  assert.equal(said.toString(), "plain");
  await new Promise((resolve) => setTimeout(resolve, 1100));
  assert.equal(client.readyState, WebSocket.OPEN);
  client.terminate();
});
