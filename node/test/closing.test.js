"use strict";

// How sessions and servers end.
const assert = require("node:assert/strict");
const { bare, both, connect, kedge, once, serve, until } = require("./targets");

async function pair(engine, options) {
  const place = await serve(engine, options);
  const connection = once(place.io, "connection");
  const client = await bare(place);
  const [socket] = await connection;
  return { place, client, socket };
}

both("close() without unsent packets closes synchronously", async (engine) => {
  const { place, client, socket } = await pair(engine);
  await until(() => socket.transport.writable);
  const order = [];
  socket.on("close", (reason, description) => order.push(reason, description, socket.readyState));
  const transport = once(socket.transport, "close");
  const ended = once(client, "close");
  socket.close();
  assert.deepEqual(order, ["forced close", undefined, "closed"]);
  assert.equal(socket.readyState, "closed");
  assert.equal((await ended)[0], 1005);
  await transport;
  assert.equal(place.io.clientsCount, 0);
});

both("close() with unsent packets sends them first", async (engine) => {
  const { client, socket } = await pair(engine);
  await until(() => socket.transport.writable);
  socket.send("a");
  socket.send("b");
  socket.close();
  assert.equal(socket.readyState, "closing");
  socket.send("never");
  assert.deepEqual(await once(socket, "close"), ["forced close", undefined]);
  await once(client, "close");
  assert.deepEqual(client.got.slice(1), ["4a", "4b"]);
});

both("close(true) closes at once", async (engine) => {
  const { client, socket } = await pair(engine);
  await until(() => socket.transport.writable);
  socket.send("a");
  socket.send("b");
  const closed = once(socket, "close");
  socket.close(true);
  assert.deepEqual(await closed, ["forced close", undefined]);
  await once(client, "close");
});

both("in the close event the buffers are as the reference leaves them", async (engine) => {
  const { client, socket } = await pair(engine);
  await until(() => socket.transport.writable);
  const seen = [];
  socket.on("close", () => seen.push(socket.packetsFn.length, socket.sentCallbackFn.length, socket.writeBuffer.length));
  socket.send("a", () => {});
  socket.send("b", () => {});
  client.terminate();
  await until(() => seen.length === 3);
  assert.equal(seen[0], 0);
  assert.equal(seen[1], 0);
});

both("a client that ends, that is cut, that says goodbye, or that speaks nonsense", async (engine) => {
  const rows = [
    [(client) => client.close(), "transport close"],
    [(client) => client.terminate(), "transport close"],
    [(client) => client._socket.end(), "transport close"],
    [(client) => client._socket.resetAndDestroy(), "transport close"],
    [(client) => client.send("9"), "parse error"],
    [(client) => client.send(""), "parse error"],
    [(client) => client.send("2"), "transport error", "Error: invalid heartbeat direction"],
    [(client) => client._socket.write(Buffer.from([0x81, 0x01, 0x34])), "transport error", "Error: RangeError: Invalid WebSocket frame: MASK must be set"],
    [(client) => client._socket.write(Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0xff])), "transport error", "Error: Error: Invalid WebSocket frame: invalid UTF-8 sequence"],
    [(client) => client.send("4".padEnd(200)), "transport error", "Error: RangeError: Max payload size exceeded"],
  ];
  for (const [act, reason, description] of rows) {
    const { client, socket } = await pair(engine, { maxHttpBufferSize: 100 });
    client.on("error", () => {});
    const closed = once(socket, "close");
    act(client);
    const [why, error] = await closed;
    assert.equal(why, reason, String(act));
    assert.equal(error && String(error), description, String(act));
    if (description && description.includes("WebSocket")) assert.equal(error.type, "TransportError");
  }
});

both("a client that does not answer its ping is given up", async (engine) => {
  const { client, socket } = await pair(engine, { pingInterval: 10, pingTimeout: 10 });
  const transport = once(socket.transport, "close");
  const gone = once(client, "close");
  assert.deepEqual(await once(socket, "close"), ["ping timeout", undefined]);
  await transport;
  await gone;
});

both("an upgrade that does not come to its end is given up, the session lives on", async (engine) => {
  const place = await serve(engine, { upgradeTimeout: 30 });
  const opening = await fetch(`${place.url}/engine.io/?EIO=4&transport=polling`);
  const { sid } = JSON.parse((await opening.text()).slice(1));
  const client = await bare(place, `&sid=${sid}`);
  client.send("2probe");
  await once(client, "close");
  assert.equal(place.io.clients[sid].readyState, "open");
  assert.equal(place.io.clients[sid].upgrading, false);
});

// In the reference such a session stays until its ping times out.
kedge("a client that leaves while its id is made has a session that closes at once", async (engine) => {
  const place = await serve(engine);
  place.io.generateId = () => new Promise((resolve) => setTimeout(resolve, 60, "late"));
  const order = [];
  place.io.on("connection", (socket) => {
    order.push(socket.id);
    socket.on("close", (reason) => order.push(reason));
  });
  const client = await bare(place);
  client.terminate();
  await until(() => order.length === 2);
  assert.deepEqual(order, ["late", "transport close"]);
});

both("onError() of a session closes it", async (engine) => {
  const { client, socket } = await pair(engine);
  const closed = once(socket, "close");
  socket.onError("");
  assert.deepEqual(await closed, ["transport error", ""]);
  await once(client, "close");
});

both("an http server knows of its websockets: it closes when they have gone", async (engine) => {
  const { place, client } = await pair(engine);
  const [count] = await new Promise((resolve) => place.server.getConnections((error, n) => resolve([n])));
  assert.equal(count, 1);
  let closed = false;
  place.server.close(() => {
    closed = true;
  });
  client.send("4still here");
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(closed, false);
  client.close();
  await until(() => closed);
});

both("a server that was closed listens again with the same engine", async (engine) => {
  const { place, client } = await pair(engine);
  const gone = once(client, "close");
  const closed = once(place.server, "close");
  place.io.close();
  place.server.close();
  await gone;
  await closed;
  place.server.listen(place.port, "127.0.0.1");
  await once(place.server, "listening");
  const again = connect(place);
  await once(again, "open");
});
