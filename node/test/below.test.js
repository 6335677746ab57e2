"use strict";

// What programs do below a session, on its transport, its ws and its net.Socket: on the package as on the reference.
const assert = require("node:assert/strict");
const { alike, bare, once, serve, until } = require("./targets");
const { record } = require("./record");

async function pair(engine, options) {
  const place = await serve(engine, options);
  const log = record(place.io);
  const connection = once(place.io, "connection");
  const client = await bare(place);
  const [socket] = await connection;
  await until(() => client.got.length === 1 && socket.transport.writable);
  log.length = 0;
  socket.request.socket.on("close", () => log.push("connection close"));
  return { place, log, client, socket, ws: socket.transport.socket };
}

/** Several frames in one packet of bytes. */
function together(client, ...texts) {
  client._socket.cork();
  for (const text of texts) client.send(text);
  client._socket.uncork();
}

const closed = (log) => until(() => log.some((line) => /^transport close/.test(line)) && log.includes("connection close"));

alike("callbacks of ws.send(), and what is said of a ws that has closed", async (engine) => {
  const { log, client, ws } = await pair(engine);
  const pinged = once(client, "ping");
  const told = (what) => (error) => log.push(`${what} ${error}`);
  ws.send("4one", told("one"));
  ws.send(Buffer.from("two"), { compress: false }, told("two"));
  ws.ping("three", told("three"));
  log.push(ws.bufferedAmount);
  await Promise.all([until(() => log.some((line) => String(line).startsWith("three"))), pinged]);
  client.terminate();
  await closed(log);
  ws.send("4four", told("four"));
  ws.ping("five", true, told("five"));
  await until(() => /^five/.test(log.at(-1)));
  return [...log, ws.bufferedAmount];
});

alike("control frames are told on the ws", async (engine) => {
  const { log, client, ws } = await pair(engine);
  client.on("ping", (data) => log.push(`client ping ${data}`));
  client.on("pong", (data) => log.push(`client pong ${data}`));
  ws.on("ping", (data) => log.push(`ping ${data}`));
  ws.on("pong", (data) => log.push(`pong ${data}`));
  client.ping("a");
  await until(() => log.includes("client pong a"));
  client.pong("b");
  await until(() => log.includes("pong b"));
  ws.ping("c");
  await until(() => log.includes("pong c"));
  ws.pong("d");
  await until(() => log.includes("client pong d"));
  return log;
});

alike("a ws that pauses reads nothing until it resumes", async (engine) => {
  const { log, client, ws } = await pair(engine);
  ws.pause();
  log.push(ws.isPaused);
  client.send("4one");
  await new Promise((resolve) => setTimeout(resolve, 40));
  log.push("resuming");
  ws.resume();
  log.push(ws.isPaused);
  await until(() => log.includes("message one"));
  return log;
});

for (const way of ["ws.close()", "transport.close()", "session.close()"])
  alike(`what a client sends behind ${way} is told until its own close frame`, async (engine) => {
    const { log, client, socket, ws } = await pair(engine);
    const { transport } = socket;
    const close = { "ws.close()": () => ws.close(), "transport.close()": () => transport.close(), "session.close()": () => socket.close() };
    transport.on("packet", ({ data }) => data === "first" && close[way]());
    together(client, "4first", "4second", "4third");
    const [code] = await once(client, "close");
    await closed(log);
    return [...log, code];
  });

alike("a transport that the server closes has closed when the client has answered", async (engine) => {
  const { place, log, client, socket, ws } = await pair(engine);
  const { transport } = socket;
  client._socket.pause();
  socket.close();
  await new Promise((resolve) => setTimeout(resolve, 60));
  log.push(socket.readyState, transport.readyState, ws.readyState, transport.writable, socket.request.socket.destroyed);
  let gone = false;
  place.io.close();
  place.server.close(() => {
    gone = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  log.push(gone);
  client._socket.resume();
  await closed(log);
  await until(() => gone);
  return [...log, transport.readyState, ws.readyState];
});

alike("a session whose ws closes cannot send any more, and says so", async (engine) => {
  const { log, client, socket, ws } = await pair(engine);
  client._socket.pause();
  ws.close();
  const errors = [];
  socket.transport.on("error", ({ message, type, description }) => errors.push(message, type, description.split("\n")[0]));
  socket.send("too late", () => log.push("sent"));
  await until(() => socket.readyState === "closed");
  client._socket.resume();
  await closed(log);
  return [...log.filter((line) => !/error/.test(line)), ...errors];
});

alike("a ws that is cut amid what was read and sent", async (engine) => {
  const { log, client, socket, ws } = await pair(engine);
  socket.on("message", (data) => {
    if (data === "first") socket.send("answer", () => log.push("sent"));
    if (data === "second") ws.terminate();
  });
  together(client, "4first", "4second", "4third");
  const [code] = await once(client, "close");
  await closed(log);
  return [...log, code, ...client.got.slice(1)];
});

for (const end of ["end", "destroySoon"])
  alike(`${end}() of the net.Socket ends the connection without a close frame`, async (engine) => {
    const { log, client, socket } = await pair(engine);
    socket.send("last");
    socket.request.socket[end]();
    const [code] = await once(client, "close");
    await closed(log);
    return [...log, code, ...client.got.slice(1)];
  });

for (const end of ["terminate", "close"])
  alike(`the connection of a client that does ${end}() closes behind its session`, async (engine) => {
    const { log, client } = await pair(engine);
    client[end]();
    await closed(log);
    return log;
  });

alike("a transport that has closed is as writable as it was", async (engine) => {
  const { log, client, socket } = await pair(engine);
  const { transport } = socket;
  client.terminate();
  await closed(log);
  log.push(transport.writable);
  transport.on("error", ({ message, type, description }) => log.push(message, type, description.split("\n")[0]));
  transport.send([{ type: "noop" }]);
  await until(() => /^Error/.test(log.at(-1)));
  return log.map((line) => String(line).split("\n")[0]);
});

alike("a client that never answers a close frame is cut in the end", async (engine) => {
  const { log, client, socket, ws } = await pair(engine);
  assert.equal(ws._closeTimeout, 30_000);
  ws._closeTimeout = 40;
  client._socket.pause();
  socket.close();
  await closed(log);
  client._socket.resume();
  return log;
});

alike("what is sent behind the close frame that came with a message", async (engine) => {
  const { log, client, socket } = await pair(engine);
  socket.on("message", (data) => process.nextTick(() => socket.send(`answer to ${data}`, () => log.push("sent"))));
  client._socket.cork();
  client.send("4last");
  client.close();
  client._socket.uncork();
  await closed(log);
  return [...log.map((line) => line.split("\n")[0]), ...client.got.slice(1)];
});

for (const [name, bytes] of Object.entries({ "an unmasked frame": [0x81, 0x01, 0x34], "a wrong close code": [0x88, 0x82, 0, 0, 0, 0, 0, 5] }))
  alike(`what the ws of a client tells that sends ${name}`, async (engine) => {
    const { log, client, ws } = await pair(engine);
    ws.on("error", ({ name: kind, message }) => log.push(`ws ${kind} ${message}`));
    ws.on("close", (code, reason) => log.push(`ws close ${code} ${reason}`));
    client._socket.write(Buffer.from(bytes));
    const [code] = await once(client, "close");
    await closed(log);
    return [...log, code];
  });

for (const [end, ending] of Object.entries({
  "its client": ({ client }) => client.close(),
  "a client that is cut": ({ client }) => client._socket.end(),
  "the session": ({ socket }) => socket.close(),
  "the program": ({ net }) => net.destroy(),
}))
  alike(`what the net.Socket below a websocket has carried, which ${end} ends`, async (engine) => {
    const place = await serve(engine);
    const connection = once(place.io, "connection");
    const client = await bare(place);
    const [socket] = await connection;
    const { _socket: net } = socket.transport.socket;
    const log = [];
    const look = (when) => log.push(`${when} ${net.bytesRead} ${net.bytesWritten}`);
    await until(() => client.got.length === 1);
    look("opened");
    for (const size of [1, 1000, 100_000]) {
      client.send(`4${"x".repeat(size)}`);
      await once(socket, "message");
      socket.send("y".repeat(2 * size));
      look("sent");
      await until(() => client.got.at(-1).length === 2 * size + 1 && socket.transport.writable);
      look("received");
    }
    const closed = new Promise((resolve) => net.on("close", resolve));
    const written = net.bytesWritten;
    ending({ client, socket, net });
    await closed;
    // The frame that answers a goodbye may be on its way.
    log.push(`closed ${net.bytesRead} ${net.bytesWritten >= written && net.bytesWritten <= written + 2}`);
    return log;
  });
