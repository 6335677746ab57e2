"use strict";

// Clients that come and go: node --expose-gc node/test/churn.js [clients] [at once] [descriptor|tls|listen|polling]. In rounds,
// as many as are wanted at once, which leave in all the ways there are. At the end: what the process holds more than before.
const { fork } = require("node:child_process");
const fs = require("node:fs");
const http = require("node:http");
const https = require("node:https");
const net = require("node:net");
const tls = require("node:tls");
const { certificate } = require("./certificate");

const path = "/engine.io/?EIO=4&transport=";
const upgrade = `GET ${path}websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const frame = (first, text) => Buffer.concat([Buffer.from([first, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
const goings = [
  (socket) => socket.write(frame(0x88, "")),
  (socket) => socket.end(),
  (socket) => (socket.encrypted ? socket.destroy() : socket.resetAndDestroy()),
  (socket) => socket.write(frame(0x81, "4bye")),
  (socket) => socket.write(frame(0x83, "no such frame")),
];

// ---- the clients, a process of their own

/** In one of the ways; a close frame of the server is answered by ending the connection. */
function leave(socket, gone, i) {
  goings[i % goings.length](socket);
  socket.on("data", () => socket.end());
  return gone;
}

/** A client that has been answered; what makes it go. */
function come(port, way) {
  return new Promise((resolve, reject) => {
    const socket = way === "tls" ? tls.connect({ port, host: "127.0.0.1", rejectUnauthorized: false }) : net.connect(port, "127.0.0.1");
    const gone = new Promise((done) => socket.on("close", done));
    let seen = "";
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      seen = (seen + chunk.toString("latin1")).slice(-400);
      if (seen.endsWith("4hello")) resolve((i) => leave(socket, gone, i));
      else if (seen.includes("maxPayload")) seen = "", socket.write(frame(0x81, "4hello"));
    });
    socket.on("end", () => socket.end());
    socket.write(upgrade);
  });
}

async function comeByPolling(port) {
  const ask = (method, query, body) => new Promise((resolve, reject) => {
    http.request({ port, host: "127.0.0.1", method, path: `${path}polling${query}`, agent: false }, (answer) => {
      let text = "";
      answer.on("data", (chunk) => { text += chunk; }).on("end", () => resolve(text));
    }).on("error", reject).end(body);
  });
  const { sid } = JSON.parse((await ask("GET", "")).slice(1));
  return () => ask("POST", `&sid=${sid}`, "1");
}

function clients(port, way) {
  const here = [];
  process.on("message", async (wanted) => {
    if (wanted > 0) {
      const one = way === "polling" ? comeByPolling : come;
      while (here.length < wanted)
        here.push(...(await Promise.all(Array.from({ length: Math.min(100, wanted - here.length) }, () => one(port, way)))));
    } else {
      while (here.length > 0) await Promise.all(here.splice(0, 100).map((go, i) => go(i)));
    }
    process.send("done");
  });
}

// ---- the server

const holds = () => ({
  descriptors: fs.readdirSync("/proc/self/fd").length,
  handles: process.getActiveResourcesInfo().filter((name) => name !== "Immediate" && name !== "TickObject").sort().join(),
  megabytes: process.memoryUsage().rss / 1e6,
});

async function settle(io) {
  while (io.clientsCount > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    gc();
  }
}

function start(way) {
  const engine = require("..");
  const io = way === "listen" ? engine.listen({ port: 0, host: "127.0.0.1" }) : new engine.Server();
  const server = way === "tls" ? https.createServer(certificate()) : http.createServer();
  if (way !== "listen") io.attach(server), server.listen(0, "127.0.0.1");
  io.on("connection", (socket) => socket.on("message", (data) => (data === "bye" ? socket.close() : socket.send(data))));
  return new Promise((resolve) => (way === "listen" ? io : server).once("listening", () =>
    resolve({ io, port: (way === "listen" ? io : server).address().port, end: () => { io.close(); server.close(); } })));
}

async function serve(count, atOnce, way) {
  const { io, port, end } = await start(way);
  const child = fork(__filename, ["clients", port, way], { execArgv: [] });
  const told = (wanted) => new Promise((resolve) => { child.once("message", resolve); child.send(wanted); });
  const rounds = Math.max(2, Math.ceil(count / atOnce));
  let first;
  let most = 0;
  for (let round = 0; round < rounds; round++) {
    await told(atOnce);
    most = Math.max(most, io.clientsCount);
    await told(0);
    await settle(io);
    // The first round is what a process takes once.
    first ??= holds();
  }
  const last = holds();
  const { taken, carried, listened } = io.native;
  console.log(JSON.stringify({ way, sessions: rounds * atOnce, atOnce: most, native: taken + listened + (carried.tls ?? 0),
    descriptors: last.descriptors - first.descriptors, handles: last.handles === first.handles,
    megabytes: Math.round(last.megabytes - first.megabytes), rss: Math.round(last.megabytes) }));
  child.disconnect();
  end();
}

if (process.argv[2] === "clients") clients(Number(process.argv[3]), process.argv[4]);
else if (require.main === module) serve(Number(process.argv[2] ?? 100_000), Number(process.argv[3] ?? 15_000), process.argv[4] ?? "descriptor");
