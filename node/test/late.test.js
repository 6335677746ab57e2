"use strict";

// What is sent to a connection that ends, by whom ever; and who leaves before he was answered.
const assert = require("node:assert/strict");
const net = require("node:net");
const { alike, bare, kedge, once, serve, until, WebSocket } = require("./targets");
const { record } = require("./record");

const frameOf = (text) => WebSocket.Sender.frame(Buffer.from(text), { fin: true, rsv1: false, opcode: 1, mask: false, readOnly: false });
const firstLine = (text) => text.replace(/\n    at [^\n]*/g, "");

async function recorded(engine) {
  const place = await serve(engine);
  const log = record(place.io);
  const connection = once(place.io, "connection");
  const client = await bare(place);
  const [socket] = await connection;
  await until(() => socket.transport.writable && client.got.length === 1);
  log.length = 0;
  return { client, log, socket };
}

const endings = {
  "ended": ({ socket }) => socket.end(),
  "destroyed": ({ socket }) => socket.destroy(),
  "cut": ({ socket }) => socket.socket.terminate(),
};
const sendings = {
  "a packet": (socket, log) => socket.send("late", () => log.push("sent")),
  "a frame that was encoded before": (socket) => socket.send("late", { wsPreEncodedFrame: frameOf("4late") }),
  "a message of ws": (socket, log) => socket.transport.socket.send("4late", (error) => log.push(firstLine(String(error?.stack)))),
};
for (const [end, ending] of Object.entries(endings))
  for (const [what, sending] of Object.entries(sendings))
    alike(`${what} behind the connection was ${end}`, async (engine) => {
      const { client, log, socket } = await recorded(engine);
      socket.send("before");
      await until(() => socket.transport.writable);
      const { transport } = socket;
      ending({ socket: end === "cut" ? { socket: transport.socket } : transport.socket._socket });
      sending(socket, log);
      log.push(`${socket.readyState} ${transport.writable} ${socket.writeBuffer.length}`);
      await until(() => transport.readyState === "closed" && client.readyState === WebSocket.CLOSED);
      return [...log.map(firstLine), ...client.got.slice(1)];
    });

alike("a frame that was encoded before, to a transport that closes", async (engine) => {
  const { client, log, socket } = await recorded(engine);
  client._socket.pause();
  socket.transport.close();
  for (const text of ["one", "two"]) socket.send(text, { wsPreEncodedFrame: frameOf(`4${text}`) }, () => log.push(`sent ${text}`));
  await until(() => socket.writeBuffer.length === 0);
  await new Promise((resolve) => setImmediate(resolve));
  log.push(`${socket.readyState} ${socket.transport.readyState} ${socket.transport.writable}`);
  return log;
});

alike("what is sent twice by a transport itself", async (engine) => {
  const { client, log, socket } = await recorded(engine);
  socket.send("first", () => log.push("first"));
  socket.transport.send([{ type: "message", data: "second" }]);
  socket.transport.send([{ type: "message", data: "third" }, { type: "message", data: "fourth" }]);
  socket.send("last", () => log.push("last"));
  await until(() => client.got.length === 6 && log.includes("last"));
  await new Promise((resolve) => setImmediate(resolve));
  return [...log, ...client.got.slice(1)];
});

alike("a listener of flush that sends", async (engine) => {
  const { client, log, socket } = await recorded(engine);
  socket.once("flush", () => socket.send("within", () => log.push("sent within")));
  socket.send("first", () => log.push("sent first"));
  await until(() => client.got.length === 3 && log.includes("sent within"));
  await new Promise((resolve) => setImmediate(resolve));
  return [...log, String(socket.transport.writable), ...client.got.slice(1)];
});

for (const [rule, broken] of Object.entries({
  "masks nothing": [0x81, 1, 0x34],
  "sends what is no text": [0x81, 0x82, 0, 0, 0, 0, 0x34, 0xff],
  "sends what is reserved": [0xc1, 0x81, 0, 0, 0, 0, 0x34],
}))
  alike(`what the ticks of a message send to a client that ${rule} behind it`, async (engine) => {
    const { client, log, socket } = await recorded(engine);
    socket.on("message", (data) => {
      process.nextTick(() => socket.send(`a tick of ${data}`));
      setImmediate(() => socket.send(`too late for ${data}`));
    });
    const closed = once(client, "close");
    const said = [0x81, 0x84, 0, 0, 0, 0, ...Buffer.from("4one")];
    client._socket.write(Buffer.from([...said, ...broken]));
    const [code] = await closed;
    await until(() => socket.transport.readyState === "closed");
    return [...log, code, ...client.got.slice(1)];
  });

// ---- clients that reset the connection while somebody thinks: the reference's process ends where nobody listens to it

const request = "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

for (const who of ["allowRequest", "a middleware", "generateId"])
  kedge(`a client resets its connection while ${who} thinks`, async (engine) => {
    let answer;
    const asked = new Promise((resolve) => { answer = resolve; });
    let proceed;
    const think = (then) => answer((proceed = then));
    const place = await serve(engine, who === "allowRequest" ? { allowRequest: (req, then) => think(() => then(null, true)) } : {});
    if (who === "a middleware") place.io.use((req, res, next) => think(next));
    if (who === "generateId") place.io.generateId = () => new Promise((resolve) => think(() => resolve("name")));
    const closed = new Promise((resolve) => place.server.on("upgrade", (req, socket) => socket.on("close", resolve)));
    const sessions = [];
    place.io.on("connection", (socket) => sessions.push(once(socket, "close")));
    const client = net.connect(place.port, "127.0.0.1");
    client.write(request);
    await asked;
    client.resetAndDestroy();
    await closed;
    proceed();
    await new Promise((resolve) => setImmediate(resolve));
    for (const [reason] of await Promise.all(sessions)) assert.match(reason, /^transport/);
    assert.equal(place.io.clientsCount, 0);
  });
