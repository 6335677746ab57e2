"use strict";

// What happens in which order: sending, broadcasts, volatile messages.
const assert = require("node:assert/strict");
const { bare, both, kedge, once, serve, until, WebSocket } = require("./targets");

const nextTick = () => new Promise((resolve) => process.nextTick(resolve));

async function pair(engine, options = {}, query = "") {
  const place = await serve(engine, options);
  const connection = once(place.io, "connection");
  const client = await bare(place, query);
  const [socket] = await connection;
  await until(() => client.got.length > 0);
  client.got.shift();
  return { place, client, socket };
}

both("the first of a tick leaves at once, what follows waits and leaves together", async (engine) => {
  const { place, client, socket } = await pair(engine);
  const order = [];
  socket.on("packetCreate", ({ type, data, options }) => order.push(`create ${type} ${data} ${options.compress}`));
  socket.on("flush", (packets) => order.push(`flush ${packets.map(({ data }) => data)}`));
  socket.on("drain", () => order.push(`drain ${socket.writeBuffer.length}`));
  place.io.on("flush", (which, packets) => order.push(`server flush ${which === socket} ${packets.length}`));
  place.io.on("drain", (which) => order.push(`server drain ${which === socket}`));
  socket.transport.on("drain", () => order.push("transport drain"));
  assert.equal(socket.send("a", (transport) => order.push(`sent a ${transport.name}`)), socket);
  socket.write("b", { compress: false });
  socket.send("c", null || undefined, () => order.push("sent c"));
  assert.equal(socket.transport.writable, false);
  assert.equal(socket.writeBuffer.length, 2);
  await until(() => client.got.length === 3 && order.includes("sent c"));
  assert.deepEqual(client.got, ["4a", "4b", "4c"]);
  assert.deepEqual(order, [
    "create message a true", "flush a", "server flush true 1", "drain 0", "server drain true",
    "create message b false", "create message c true",
    "sent a websocket", "transport drain", "flush b,c", "server flush true 2", "drain 0", "server drain true",
    "sent c", "transport drain",
  ]);
});

both("a listener of packetCreate may change the packet", async (engine) => {
  const { client, socket } = await pair(engine);
  socket.on("packetCreate", (packet) => {
    packet.data = packet.data.toUpperCase();
  });
  socket.send("loud");
  await until(() => client.got.length === 1);
  assert.deepEqual(client.got, ["4LOUD"]);
});

both("the transport is writable again a tick after it was written to", async (engine) => {
  const { socket } = await pair(engine);
  await until(() => socket.transport.writable);
  socket.send("one");
  assert.equal(socket.transport.writable, false);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(socket.transport.writable, true);
});

both("the transport is not writable in the connection event", async (engine) => {
  const place = await serve(engine);
  let writable;
  place.io.on("connection", (socket) => {
    writable = socket.transport.writable;
  });
  await bare(place);
  await until(() => writable !== undefined);
  assert.equal(writable, false);
});

both("a frame that was encoded before goes out as it is, once made for many", async (engine, t, target) => {
  const place = await serve(engine);
  const sockets = [];
  place.io.on("connection", (socket) => sockets.push(socket));
  const clients = [await bare(place), await bare(place), await bare(place)];
  await until(() => sockets.length === 3);
  const options = { wsPreEncodedFrame: WebSocket.Sender.frame(Buffer.from("4frame"), { fin: true, rsv1: false, opcode: 1 }) };
  for (const socket of sockets) socket.write("data", options);
  for (const socket of sockets) socket.write("after");
  const whole = { wsPreEncodedFrame: [Buffer.concat(options.wsPreEncodedFrame)] };
  for (const socket of sockets) socket.write("again", whole);
  await until(() => clients.every(({ got }) => got.length === 4));
  for (const { got } of clients) assert.deepEqual(got.slice(1), ["4frame", "4after", "4frame"]);
  if (target === "kedge") assert.equal(place.io.native.taken, 3);
});

both("frames of one read are told without ticks between them, and ticks come before the next read", async (engine) => {
  const { client, socket } = await pair(engine);
  const order = [];
  socket.on("message", (data) => {
    order.push(data);
    process.nextTick(() => order.push(`tick of ${data}`));
    Promise.resolve().then(() => order.push(`microtask of ${data}`));
  });
  client._socket.cork();
  client.send("4a");
  client.send("4b");
  client._socket.uncork();
  await until(() => order.length === 6);
  assert.deepEqual(order.slice(0, 2), ["a", "b"]);
  assert.deepEqual(order.slice(2).sort(), ["microtask of a", "microtask of b", "tick of a", "tick of b"]);
});

both("a packet is told as packet, data and message, a pong as heartbeat too", async (engine) => {
  const { client, socket } = await pair(engine, { pingInterval: 20 });
  const order = [];
  socket.on("packet", ({ type, data }) => order.push(`packet ${type} ${data}`));
  socket.on("heartbeat", () => order.push("heartbeat"));
  socket.on("data", (data) => order.push(`data ${data}`));
  socket.on("message", (data) => order.push(`message ${data}`));
  await until(() => client.got.includes("2"));
  client.send("3");
  client.send("4x");
  await until(() => order.length === 5);
  assert.deepEqual(order, ["packet pong undefined", "heartbeat", "packet message x", "data x", "message x"]);
});

both("messages, and the ticks they cause, come before the close that the same read brings", async (engine) => {
  for (const end of ["frame", "end", "reset"]) {
    const { client, socket } = await pair(engine);
    const order = [];
    socket.on("message", (data) => {
      order.push(data);
      process.nextTick(() => process.nextTick(() => order.push(`ticks of ${data}`)));
    });
    socket.on("close", (reason) => order.push(reason));
    client._socket.cork();
    client.send("4last");
    if (end === "frame") client.close();
    client._socket.uncork();
    if (end === "end") client._socket.end();
    if (end === "reset") await nextTick().then(() => client._socket.end());
    await until(() => order.length === 3, end);
    assert.deepEqual(order, ["last", "ticks of last", "transport close"], end);
  }
});

kedge("a client that does not take what it is sent is given up", async (engine) => {
  const { client, socket } = await pair(engine, { maxBufferedBytes: 1 << 20 });
  client._socket.pause();
  const closed = once(socket, "close");
  const sending = setInterval(() => socket.send("x".repeat(1 << 18)), 1);
  const [reason, error] = await closed;
  clearInterval(sending);
  assert.equal(reason, "transport error");
  assert.equal(error.message, "too much unsent data");
});

kedge("one message may be as large as it likes when nothing waits", async (engine) => {
  const { client, socket } = await pair(engine, { maxBufferedBytes: 1000 });
  socket.send("a");
  socket.send("x".repeat(5000));
  await until(() => client.got.length === 2);
  assert.equal(socket.readyState, "open");
});

both("what a slow client does not take waits, in order, and volatile messages know", async (engine) => {
  const { client, socket } = await pair(engine);
  client._socket.pause();
  const piece = "x".repeat(1 << 20);
  let sent = 0;
  await until(() => {
    if (!socket.transport.writable) return true;
    socket.send(piece);
    sent++;
    return false;
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  while (socket.writeBuffer.length === 0) {
    socket.send(piece);
    sent++;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.equal(socket.transport.writable, false);
  let told = false;
  socket.send("end", () => {
    told = true;
  });
  client._socket.resume();
  await until(() => client.got.at(-1) === "4end");
  assert.equal(client.got.length, sent + 1);
  await until(() => told && socket.transport.writable);
});
