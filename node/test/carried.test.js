"use strict";

// Websockets over TLS and over streams of the program's own: native as well, their bytes carried by JavaScript.
const assert = require("node:assert/strict");
const http2 = require("node:http2");
const https = require("node:https");
const { Duplex } = require("node:stream");
const { certificate } = require("./certificate");
const { alike, bare, both, once, serve, until } = require("./targets");
const { record } = require("./record");

/** An engine behind TLS. */
async function secure(engine, options, server = https.createServer(certificate())) {
  const place = await serve(engine, options, { server });
  place.ws = place.ws.replace("ws:", "wss:");
  return place;
}

/** An engine whose upgrades come on streams that are no sockets. */
async function piped(engine, options) {
  const place = await serve(engine, options);
  place.server.removeAllListeners("upgrade");
  place.server.on("upgrade", (req, socket, head) => {
    const through = new Duplex({
      read: () => socket.resume(),
      write: (chunk, encoding, done) => socket.write(chunk, encoding, done),
      final: (done) => socket.end(done),
      destroy(error, done) {
        socket.destroy();
        done(error);
      },
    });
    socket.on("data", (chunk) => through.push(chunk) || socket.pause());
    socket.on("end", () => through.push(null));
    socket.on("error", () => through.destroy());
    place.io.handleUpgrade(req, through, head);
  });
  return place;
}

async function pair(engine, options, open = secure, terms = {}) {
  const place = await open(engine, options);
  const log = record(place.io);
  const connection = once(place.io, "connection");
  const client = await bare(place, "", { rejectUnauthorized: false, ...terms });
  const [socket] = await connection;
  await until(() => client.got.length === 1 && socket.transport.writable);
  log.length = 0;
  return { place, log, client, socket, ws: socket.transport.socket };
}

const gone = (log) => until(() => log.some((line) => String(line).startsWith("transport close")));

for (const [name, open, reason] of [["TLS", secure, "tls"], ["a stream that is no socket", piped, "not a net.Socket"]]) {
  both(`${name}: native, and said so`, async (engine, t, target) => {
    const { place, client, socket } = await pair(engine, {}, open);
    socket.on("message", (data) => socket.send(data));
    client.send("4text");
    client.send(Buffer.from("binary"));
    await until(() => client.got.length === 3);
    assert.deepEqual(client.got.slice(1), ["4text", Buffer.from("binary")]);
    if (target === "kedge") assert.deepEqual({ ...place.io.native }, { reason: null, taken: 0, carried: { [reason]: 1 }, left: {} });
  });

  for (const [end, act] of Object.entries({
    "the client closes": ({ client }) => client.close(4001, "bye"),
    "the client is cut": ({ client }) => client.terminate(),
    "the client breaks the rules": ({ client }) => client._socket.write(Buffer.from([0x81, 0x01, 0x34])),
    "the session closes": ({ socket }) => socket.close(),
    "the session closes with packets unsent": ({ socket }) => socket.send("a").send("b").close(),
    "the session is discarded": ({ socket }) => socket.close(true),
    "ws closes": ({ ws }) => ws.close(4000, "enough"),
    "ws is cut": ({ ws }) => ws.terminate(),
    "the stream is destroyed": ({ ws }) => void ws._socket.destroy(),
    "the engine closes": ({ place }) => place.io.close(),
  }))
    alike(`${name}: what follows when ${end}`, async (engine) => {
      const seen = await pair(engine, {}, open);
      const { log, client, ws } = seen;
      client.on("error", () => {});
      const ended = once(client, "close");
      ws.on("close", (code, why) => log.push(`ws close ${code} ${why}`));
      act(seen);
      const [code, why] = await ended;
      await gone(log);
      await until(() => ws._socket.destroyed);
      return [...log, code, String(why), ...client.got.slice(1), seen.place.io.clientsCount];
    });

  alike(`${name}: messages amid fragments, pings and a close frame of one read`, async (engine) => {
    const { log, client, socket, ws } = await pair(engine, {}, open);
    ws.on("ping", (data) => log.push(`ping ${data}`));
    socket.on("message", (data) => process.nextTick(() => log.push(`tick of ${data}`)));
    client._socket.cork();
    client.send("4one");
    client.send("4t", { fin: false });
    client.ping("p");
    client.send("wo", { fin: true });
    client.close();
    client._socket.uncork();
    await gone(log);
    return log;
  });

  both(`${name}: a client that does not read holds back what follows`, async (engine) => {
    const { client, socket } = await pair(engine, {}, open);
    client._socket.pause();
    const piece = "x".repeat(1 << 20);
    let sent = 0;
    while (socket.writeBuffer.length === 0) {
      socket.send(piece);
      sent++;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.equal(socket.transport.writable, false);
    socket.send("end");
    client._socket.resume();
    await until(() => client.got.at(-1) === "4end");
    assert.equal(client.got.length, sent + 2);
    await until(() => socket.transport.writable);
  });

  both(`${name}: a ws that pauses reads nothing until it resumes`, async (engine) => {
    const { client, socket, ws } = await pair(engine, {}, open);
    const seen = [];
    socket.on("message", (data) => seen.push(data.length));
    ws.pause();
    for (let i = 0; i < 8; i++) client.send(Buffer.alloc(500_000));
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.deepEqual(seen, []);
    ws.resume();
    await until(() => seen.length === 8);
  });

  both(`${name}: megabytes both ways, compressed and not`, async (engine, t, target) => {
    for (const perMessageDeflate of [false, { threshold: 100 }]) {
      const options = { perMessageDeflate, maxHttpBufferSize: 1e8 };
      const { place, client, socket } = await pair(engine, options, open, { perMessageDeflate: Boolean(perMessageDeflate) });
      socket.on("message", (data) => socket.send(data));
      const text = `4${"abé".repeat(1e5)}`;
      const binary = Buffer.alloc(7e5, 7);
      for (let i = 0; i < 4; i++) client.send(i % 2 ? binary : text);
      await until(() => client.got.length === 5);
      client.got.slice(1).forEach((data, i) => assert.ok(i % 2 ? data.equals(binary) : data === text));
      if (target === "kedge") assert.deepEqual(place.io.native.carried, { [reason]: 1 });
    }
  });
}

both("HTTP/1 on an http2 server", async (engine, t, target) => {
  const server = http2.createSecureServer({ allowHTTP1: true, ...certificate() });
  const { place, client, socket } = await pair(engine, {}, (...of) => secure(...of, server));
  socket.on("message", (data) => socket.send(data));
  client.send("4over it");
  await until(() => client.got.at(-1) === "4over it");
  if (target === "kedge") assert.deepEqual(place.io.native.carried, { tls: 1 });
  client.close();
  await once(socket, "close");
});
