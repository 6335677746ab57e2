"use strict";

// What programs do with the ws and the net.Socket below a session: on the package as on the reference.
const { AsyncLocalStorage } = require("node:async_hooks");
const https = require("node:https");
const assert = require("node:assert/strict");
const { certificate } = require("./certificate");
const { alike, bare, kedge, once, opened, serve, until, WebSocket } = require("./targets");

async function pair(engine, { secure = false, ...options } = {}) {
  const place = await serve(engine, options, secure ? { server: https.createServer(certificate()) } : {});
  if (secure) place.ws = place.ws.replace("ws:", "wss:");
  const connection = once(place.io, "connection");
  const client = await bare(place, "", { rejectUnauthorized: false });
  const [socket] = await connection;
  client.on("error", () => {});
  await until(() => client.got.length === 1 && socket.transport.writable);
  // What was written before is with the kernel, over TLS as well.
  await until(() => socket.request.socket.writableLength === 0);
  return { place, client, socket, ws: socket.transport.socket, net: socket.request.socket };
}

const said = (error) => (error ? `${error.name} ${error.code} ${error.message}` : String(error));

/** What a call returns, or throws. */
function outcome(call) {
  try {
    return call();
  } catch (error) {
    return `throws ${said(error)}`;
  }
}

for (const [name, send] of Object.entries({
  nothing: (ws, then) => [undefined, null, false].map((what) => ws.send(what, then)),
  numbers: (ws, then) => [5, 0].map((what) => ws.send(what, then)),
  "a Blob": (ws, then) => ws.send(new Blob(["blob"]), then),
  "an object": (ws, then) => ws.send({ of: "mine" }, then),
  "text as binary": (ws, then) => ws.send("4text", { binary: true }, then),
  "bytes as text": (ws, then) => ws.send(Buffer.from("4bytes"), { binary: false }, then),
  fragments: (ws, then) => [ws.send("4a", { fin: false }), ws.send("b", { fin: false }), ws.send("c", then)],
  "pings of all kinds": (ws, then) => ["text", 7, Buffer.from("b"), new Uint8Array([1, 2]).buffer].map((what) => ws.ping(what, false, then)),
  "pongs of all kinds": (ws, then) => ["text", 7, Buffer.from("b"), new Uint16Array([513])].map((what) => ws.pong(what, false, then)),
  "a ping that is too long": (ws, then) => ws.ping("x".repeat(126), false, then),
  "a pong that is too long": (ws, then) => ws.pong("x".repeat(126), false, then),
}))
  alike(`a ws sends ${name}`, async (engine) => {
    const { client, ws } = await pair(engine);
    const log = [];
    const got = [];
    for (const frame of ["ping", "pong"]) client.on(frame, (data) => got.push(`${frame} ${data.toString("hex")}`));
    client.on("message", (data, binary) => got.push(`${binary} ${data.toString("hex")}`));
    log.push(outcome(() => send(ws, (error) => log.push(said(error)))));
    const thrown = String(log[0]).startsWith("throws");
    ws.send("4last");
    await until(() => got.includes(`false ${Buffer.from("4last").toString("hex")}`) && (thrown || log.length > 1));
    return [...log, ...got];
  });

for (const compressed of [false, true])
  alike(`a ws that compresses sends a message that is ${compressed ? "" : "not "}to be compressed`, async (engine) => {
    const { client, ws, net } = await pair(engine, { perMessageDeflate: { threshold: 10 } });
    const before = net.bytesWritten;
    ws.send("x".repeat(2000), { compress: compressed });
    await until(() => client.got.length === 2 && net.bytesWritten > before);
    return [client.got[1].length, net.bytesWritten - before > 1000];
  });

for (const [name, frame] of Object.entries({
  "an unmasked frame": [0x81, 0x01, 0x34],
  "RSV1": [0xc1, 0x80, 0, 0, 0, 0],
  "RSV2": [0xa1, 0x80, 0, 0, 0, 0],
  "opcode 3": [0x83, 0x80, 0, 0, 0, 0],
  "a ping in pieces": [0x09, 0x80, 0, 0, 0, 0],
  "a close frame of one byte": [0x88, 0x81, 0, 0, 0, 0, 0],
  "close code 1006": [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xee],
  "broken UTF-8": [0x81, 0x82, 0, 0, 0, 0, 0x34, 0xff],
  "two gigabytes": [0x81, 0xff, 0, 0, 0, 0, 0x7f, 0, 0, 0, 0, 0, 0, 0],
  "a length beyond all numbers": [0x81, 0xff, 0xff, 0, 0, 0, 0x7f, 0, 0, 0, 0, 0, 0, 0],
}))
  alike(`the error that a ws tells of ${name}, and its close`, async (engine) => {
    const { client, ws } = await pair(engine);
    const log = [];
    ws.on("error", (error) => log.push(said(error)));
    ws.addEventListener("close", ({ code, reason, wasClean }) => log.push(code, reason, wasClean));
    client._socket.write(Buffer.from(frame));
    await until(() => log.length === 4);
    return log;
  });

for (const [name, end] of Object.entries({
  "the client says goodbye": ({ client }) => client.close(4001, "bye"),
  "the client is cut": ({ client }) => client.terminate(),
  "the ws says goodbye": ({ ws }) => ws.close(4000, "enough"),
  "the ws is cut": ({ ws }) => ws.terminate(),
}))
  alike(`whether the close is a clean one when ${name}`, async (engine) => {
    const { ws, ...rest } = await pair(engine);
    const log = [];
    ws.addEventListener("close", ({ code, reason, wasClean }) => log.push(code, reason, wasClean, ws._closeFrameReceived, ws._closeFrameSent));
    end({ ws, ...rest });
    log.push(ws.readyState);
    await until(() => log.length === 6);
    return log;
  });

alike("a ws that cannot be closed so is closing all the same", async (engine) => {
  const { ws } = await pair(engine);
  return [outcome(() => ws.close(1005)), ws.readyState];
});

const events = ["end", "prefinish", "finish", "error"];
for (const secure of [false, true])
  for (const [name, act] of Object.entries({
    "the client ends": ({ client }) => client._socket.end(),
    "the program ends it": ({ net }, log) => net.end(() => log.push("ended")),
    "the program ends it with bytes": ({ net }, log) => net.end(Buffer.from([0x81, 2, 0x34, 0x41]), () => log.push("ended")),
    "it was sent something before it is ended": ({ socket, net }) => net.end(void socket.send("a")),
    "it was sent something before it is destroyed": ({ socket, net }) => void net.destroy(void socket.send("a")),
    "it was sent something before it is destroyed soon": ({ socket, net }) => net.destroySoon(void socket.send("a")),
    "its ws has sent before it is ended": ({ ws, net }) => net.end(void ws.send("4raw")),
    ...(secure ? {} : { "the client says goodbye": ({ client }) => client.close(), "an error is emitted on it": ({ net }) => net.emit("error", new Error("mine")) }),
  }))
    alike(`what a net.Socket tells when ${name}${secure ? ", over TLS" : ""}`, async (engine) => {
      const seen = await pair(engine, { secure });
      const { client, net, socket } = seen;
      const log = [];
      for (const event of events) net.on(event, () => log.push(event));
      net.on("close", (failed) => log.push(`close ${failed}`));
      const gone = once(client, "close");
      act(seen, log);
      log.push(socket.readyState, net.writable, net.readable, net.destroyed, net.writableEnded);
      await Promise.all([gone, until(() => net.closed && socket.readyState === "closed")]);
      return [...log, ...client.got.slice(1), net.readableEnded, net.writableFinished, String(net.errored)];
    });

for (const secure of [false, true])
  alike(`what a program writes to a net.Socket leaves between the frames${secure ? ", over TLS" : ""}`, async (engine) => {
    const { client, net, socket } = await pair(engine, { secure });
    const log = [];
    socket.send("a");
    net.write(Buffer.from([0x81, 2, 0x34, 0x41]), (error) => log.push(`written ${error}`));
    net.cork();
    net.write(Buffer.from([0x81, 2]));
    net.write("4é".slice(0, 1) + "B");
    net.write("\x81\x02", "latin1");
    net.write("4C", "ascii");
    net.uncork();
    await until(() => client.got.length === 5 && log.length === 1);
    return [...log, ...client.got.slice(1), net.destroyed];
  });

alike("a timeout of the net.Socket comes when nothing is carried, not before", async (engine) => {
  const { client, net, socket } = await pair(engine);
  let timeouts = 0;
  net.setTimeout(600, () => timeouts++);
  const log = [];
  for (let i = 0; i < 6; i++) {
    if (i % 2) client.send("4in");
    else socket.send("out");
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  log.push(timeouts);
  await until(() => timeouts > 0);
  return [...log, net.destroyed];
});

alike("a websocket that the program asks of the engine's own ws server", async (engine) => {
  const place = await serve(engine);
  const log = [];
  place.server.on("upgrade", (req, socket, head) => {
    if (req.url !== "/other") return;
    req._query = {};
    place.io.ws.handleUpgrade(req, socket, head, (ws) => ws.on("message", (data) => ws.send(`${data} too`)));
  });
  const client = new WebSocket(`ws://127.0.0.1:${place.port}/other`);
  opened.push(() => client.terminate());
  client.on("message", (data) => log.push(String(data)));
  await once(client, "open");
  client.send("hello");
  await until(() => log.length === 1);
  return log;
});

alike("what a handler enters with is its connection's alone", async (engine) => {
  const storage = new AsyncLocalStorage();
  const { place, client } = await pair(engine);
  const log = [];
  for (const socket of Object.values(place.io.clients))
    socket.on("message", (data) => {
      log.push(`${data} ${storage.getStore()}`);
      storage.enterWith(data);
      process.nextTick(() => log.push(`tick ${storage.getStore()}`));
      setTimeout(() => log.push(`timer ${storage.getStore()}`), 0);
    });
  const connection = once(place.io, "connection");
  const other = await bare(place);
  (await connection)[0].on("message", (data) => log.push(`${data} ${storage.getStore()}`));
  client.send("4one");
  await until(() => log.length === 3);
  other.send("4two");
  await until(() => log.length === 4);
  return log;
});

kedge("a second instance of the package in the same thread is native as well, and both share their broadcasts well", async (engine) => {
  const ours = Object.keys(require.cache).filter((file) => /\/node\/(lib\/|index\.js$)/.test(file));
  const kept = ours.map((file) => [file, require.cache[file]]);
  for (const file of ours) delete require.cache[file];
  const another = require("..");
  for (const [file, module] of kept) require.cache[file] = module;
  assert.notEqual(another.Server, engine.Server);
  const pairs = [await pair(engine), await pair(another), await pair(engine)];
  const frame = (text) => ({ wsPreEncodedFrame: [Buffer.from([0x81, text.length]), Buffer.from(text)] });
  const [one, two] = [frame("4one"), frame("4two")];
  for (const { socket } of [pairs[0], pairs[2]]) socket.send("one", one);
  pairs[1].socket.send("two", two);
  await until(() => pairs.every(({ client, socket }) => client.got.length === 2 && socket.transport.writable));
  for (const [i, { socket }] of pairs.entries()) socket.send("again", i === 1 ? two : one);
  await until(() => pairs.every(({ client }) => client.got.length === 3));
  assert.deepEqual(pairs.map(({ client }) => client.got.slice(1)), [["4one", "4one"], ["4two", "4two"], ["4one", "4one"]]);
  assert.deepEqual(pairs.map(({ place }) => place.io.native.taken), [1, 1, 1]);
});
