"use strict";

// The rows of this folder run against the reference and against the package: both have to do the same.
const assert = require("node:assert/strict");
const fs = require("node:fs");
const http = require("node:http");
const net = require("node:net");
const path = require("node:path");
const { once } = require("node:events");
const { test } = require("node:test");

const root = path.join(__dirname, "..", "..");
const build = path.resolve(process.env.KEDGE_BUILD || path.join(root, "build", "release"));
const addon = process.env.KEDGE_NODE_ADDON || path.join(build, "node", "kedge_node.node");
process.env.KEDGE_NODE_ADDON = addon;
if (!fs.existsSync(addon)) throw new Error(`${addon} is missing: script/build release kedge_node`);

const targets = { reference: require("engine.io-reference"), kedge: require("..") };
const { WebSocket } = require("ws");
const { Socket: Client } = require("engine.io-client");

const opened = [];

/** An http server with an engine on it, which the end of the row closes. */
async function serve(engine, options = {}, { server = http.createServer(), at = { port: 0, host: "127.0.0.1" } } = {}) {
  const io = engine.attach(server, options);
  server.listen(at);
  await once(server, "listening");
  const { port } = server.address();
  opened.push(() => {
    io.close();
    if (server.listening) server.close();
    if (server.closeAllConnections) server.closeAllConnections();
  });
  return { io, server, port, url: `http://127.0.0.1:${port}`, ws: `ws://127.0.0.1:${port}/engine.io/?EIO=4&transport=websocket` };
}

/** A bare WebSocket to an engine, its messages kept in order. */
async function bare(place, query = "", options = {}) {
  const socket = new WebSocket(place.ws + query, options);
  socket.got = [];
  socket.on("message", (data, binary) => socket.got.push(binary ? data : data.toString()));
  opened.push(() => socket.terminate());
  await once(socket, "open");
  return socket;
}

/** The official client. */
function connect(place, options = {}) {
  const client = new Client(place.url, { transports: ["websocket"], ...options });
  opened.push(() => client.close());
  return client;
}

/** Resolves when the condition holds: it is looked at again in each turn of the loop. */
async function until(condition, what = String(condition)) {
  const deadline = Date.now() + 50_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`it never came to: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A row for both. */
function both(name, body) {
  for (const [target, engine] of Object.entries(targets)) {
    test(`${target}: ${name}`, { timeout: 60_000 }, async (t) => {
      try {
        await body(engine, t, target);
      } finally {
        while (opened.length > 0) opened.pop()();
      }
    });
  }
}

/** A row for the package alone. */
function kedge(name, body) {
  test(`kedge: ${name}`, { timeout: 60_000 }, async (t) => {
    try {
      await body(targets.kedge, t);
    } finally {
      while (opened.length > 0) opened.pop()();
    }
  });
}

/** A row whose body gives what it saw: on the package that has to be what it is on the reference. */
function alike(name, body) {
  test(`both: ${name}`, { timeout: 60_000 }, async () => {
    const seen = {};
    for (const [target, engine] of Object.entries(targets)) {
      try {
        seen[target] = [...(await body(engine, target))];
      } finally {
        while (opened.length > 0) opened.pop()();
      }
    }
    assert.ok(seen.reference.length > 0);
    assert.deepEqual(seen.kedge, seen.reference);
  });
}

/** All that comes back until the server closes the connection, or `enough` of it. */
function exchange(place, bytes, enough = () => false) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(place.port, "127.0.0.1");
    opened.push(() => socket.destroy());
    let got = "";
    const done = () => resolve(got);
    socket.setEncoding("latin1");
    socket.on("error", reject);
    socket.on("close", done);
    socket.on("data", (chunk) => {
      got += chunk;
      if (enough(got)) done();
    });
    socket.write(bytes);
  });
}

module.exports = { addon, alike, bare, both, connect, exchange, kedge, opened, once, root, serve, targets, until, WebSocket };
