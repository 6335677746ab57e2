"use strict";

// The JavaScript surface: exports, Server, Socket, Transport.
const assert = require("node:assert/strict");
const http = require("node:http");
const { bare, both, connect, kedge, once, opened, serve, targets, until } = require("./targets");

both("exports what engine.io exports", (engine) => {
  for (const name of Object.keys(targets.reference)) assert.ok(name in engine, name);
  assert.equal(engine.__esModule, true);
  assert.equal(engine.protocol, 4);
  assert.deepEqual(Object.keys(engine.transports), ["polling", "websocket", "webtransport"]);
  assert.equal(engine.Server.errors.UNKNOWN_SID, 1);
  assert.equal(engine.Server.errorMessages[3], "Bad request");
});

kedge("has the same exports as an ES module", async () => {
  const module = await import("../wrapper.mjs");
  for (const name of Object.keys(targets.reference)) assert.equal(module[name], targets.kedge[name], name);
});

both("a Server has its options, clients and ws from the beginning", (engine) => {
  const io = new engine.Server({ pingInterval: 5, cors: { origin: "*" } });
  assert.equal(io.opts.pingInterval, 5);
  assert.equal(io.opts.pingTimeout, 20000);
  assert.equal(io.opts.maxHttpBufferSize, 1e6);
  assert.deepEqual(io.opts.cors, { origin: "*" });
  assert.ok(io.ws);
  assert.equal(io.clientsCount, 0);
  assert.equal(new engine.Server({ transports: ["polling"] }).ws, undefined);
  assert.ok(new engine.Server(http.createServer()) instanceof engine.Server);
});

both("listen() answers 501 to what is no engine request, and has its http server", async (engine) => {
  const io = engine.listen(0, {});
  opened.push(() => io.httpServer.close());
  await once(io.httpServer, "listening");
  const answer = await fetch(`http://127.0.0.1:${io.httpServer.address().port}/`);
  assert.equal(answer.status, 501);
});

both("a session knows itself, and its server knows it", async (engine) => {
  const place = await serve(engine);
  const connection = once(place.io, "connection");
  const client = connect(place);
  const [socket] = await connection;
  assert.ok(socket instanceof engine.Socket);
  assert.ok(socket.transport instanceof engine.Transport);
  assert.match(socket.id, /^[\w-]{20}$/);
  assert.equal(socket.protocol, 4);
  assert.match(socket.remoteAddress, /127\.0\.0\.1$/);
  assert.equal(socket.server, place.io);
  assert.equal(socket.readyState, "open");
  assert.equal(socket.transport.name, "websocket");
  assert.equal(socket.request._query.transport, "websocket");
  assert.ok(socket.request.websocket);
  assert.equal(place.io.clients[socket.id], socket);
  assert.equal(place.io.clientsCount, 1);
  const closed = once(socket, "close");
  client.close();
  assert.deepEqual(await closed, ["transport close", undefined]);
  assert.equal(place.io.clientsCount, 0);
});

both("the first request stays the session's through an upgrade", async (engine) => {
  const place = await serve(engine);
  const connection = once(place.io, "connection");
  connect(place, { transports: ["polling", "websocket"] });
  const [socket] = await connection;
  const { request } = socket;
  const upgrading = once(socket, "upgrading");
  const [transport] = await once(socket, "upgrade");
  assert.equal((await upgrading)[0], transport);
  assert.equal(socket.transport, transport);
  assert.equal(socket.upgraded, true);
  assert.equal(socket.upgrading, false);
  assert.equal(socket.request, request);
  assert.equal(request._query.transport, "polling");
});

both("text and binary of all kinds go both ways", async (engine) => {
  const place = await serve(engine);
  place.io.on("connection", (socket) => {
    socket.on("message", (data) => socket.send(data));
    socket.send("é𝄞");
    socket.send(new Uint8Array([1, 2]));
    socket.send(new Uint16Array([0x0403]).buffer);
    socket.send(5);
    socket.send(null);
    socket.send("");
  });
  const client = await bare(place);
  client.send("4tö");
  client.send(Buffer.from([9]));
  client.send("4");
  await until(() => client.got.length === 10);
  assert.equal(JSON.parse(client.got.shift().slice(1)).upgrades.length, 0);
  assert.deepEqual(client.got, ["4é𝄞", Buffer.from([1, 2]), Buffer.from([3, 4]), "45", "4", "4", "4tö", Buffer.from([9]), "4"]);
});

both("a client that cannot take binary gets base64, and sends it", async (engine) => {
  const place = await serve(engine);
  const seen = [];
  place.io.on("connection", (socket) => {
    socket.on("message", (data) => seen.push(data));
    socket.send(Buffer.from([1, 2, 3]));
  });
  const client = await bare(place, "&b64=1");
  client.send("bBAUG");
  await until(() => client.got.length === 2 && seen.length === 1);
  assert.equal(client.got[1], "bAQID");
  assert.deepEqual(seen, [Buffer.from([4, 5, 6])]);
});

both("revision 3 has its own packets", async (engine) => {
  const place = await serve(engine, { allowEIO3: true });
  const seen = [];
  place.io.on("connection", (socket) => {
    assert.equal(socket.protocol, 3);
    socket.on("message", (data) => seen.push(data));
    socket.on("heartbeat", () => seen.push("heartbeat"));
    socket.send("text");
    socket.send(Buffer.from([7]));
  });
  const client = await bare({ ws: place.ws.replace("EIO=4", "EIO=3") });
  client.send("4up");
  client.send(Buffer.from([4, 8]));
  client.send("2");
  await until(() => seen.length === 3 && client.got.length === 4);
  assert.deepEqual(seen, ["up", Buffer.from([8]), "heartbeat"]);
  assert.deepEqual(client.got.slice(1), ["4text", Buffer.from([4, 7]), "3"]);
});

both("initialPacket, generateId and the headers' hooks", async (engine) => {
  const place = await serve(engine, { initialPacket: "first" });
  const order = [];
  place.io.generateId = async () => {
    order.push("id");
    return "my-own-id";
  };
  place.io.on("initial_headers", (headers, req) => {
    order.push("initial_headers");
    headers["x-first"] = req._query.transport;
  });
  place.io.on("headers", (headers) => {
    order.push("headers");
    headers["x-list"] = ["a", "b"];
  });
  place.io.on("connection", (socket) => order.push(socket.id));
  const client = await bare(place);
  await until(() => client.got.length === 2 && order.length === 4);
  assert.equal(JSON.parse(client.got[0].slice(1)).sid, "my-own-id");
  assert.equal(client.got[1], "4first");
  assert.deepEqual(order, ["initial_headers", "headers", "id", "my-own-id"]);
});

both("initialPacket over polling", async (engine) => {
  const place = await serve(engine, { initialPacket: "first", cookie: true });
  const opening = await fetch(`${place.url}/engine.io/?EIO=4&transport=polling`);
  const [open, first] = (await opening.text()).split("\x1e");
  assert.equal(first, "4first");
  const { sid } = JSON.parse(open.slice(1));
  assert.equal(opening.headers.get("set-cookie"), `io=${sid}; Path=/; HttpOnly; SameSite=Lax`);
  assert.equal(place.io.clients[sid].readyState, "open");
});

both("an id that cannot be made refuses the websocket", async (engine) => {
  const place = await serve(engine);
  const errors = [];
  place.io.on("connection_error", ({ code, context }) => errors.push([code, context.name]));
  place.io.generateId = () => {
    throw new Error("no");
  };
  const client = connect(place);
  const [error] = await once(client, "error");
  assert.equal(error.type, "TransportError");
  assert.deepEqual(errors, [[3, "ID_GENERATION_ERROR"]]);
  assert.equal(place.io.clientsCount, 0);
});

both("middlewares see upgrades, may set headers, and may end them", async (engine) => {
  const place = await serve(engine);
  const seen = [];
  place.io.use((req, res, next) => {
    seen.push(req._query.transport);
    res.setHeader("x-mine", "1");
    if (req._query.no) res.end();
    else next();
  });
  const client = new (require("ws").WebSocket)(place.ws);
  opened.push(() => client.terminate());
  const [answer] = await once(client, "upgrade");
  assert.equal(answer.headers["x-mine"], "1");
  const refused = new (require("ws").WebSocket)(`${place.ws}&no=1`);
  const [error] = await once(refused, "error");
  assert.match(error.message, /hang up|ECONNRESET/);
  assert.deepEqual(seen, ["websocket", "websocket"]);
});

both("allowRequest refuses with its text", async (engine) => {
  const place = await serve(engine, { allowRequest: (req, done) => done("not you", false) });
  const errors = [];
  place.io.on("connection_error", ({ code, context }) => errors.push([code, context.message]));
  const client = new (require("ws").WebSocket)(place.ws);
  const [error] = await once(client, "error");
  assert.match(error.message, /400/);
  assert.deepEqual(errors, [[4, "not you"]]);
});

both("a second upgrade of one session is closed, the session lives on", async (engine) => {
  const place = await serve(engine);
  const opening = await fetch(`${place.url}/engine.io/?EIO=4&transport=polling`);
  const { sid } = JSON.parse((await opening.text()).slice(1));
  const first = await bare(place, `&sid=${sid}`);
  const second = await bare(place, `&sid=${sid}`);
  const [code] = await once(second, "close");
  assert.equal(code, 1005);
  first.send("2probe");
  await until(() => first.got.includes("3probe"));
  first.send("5");
  await until(() => place.io.clients[sid].transport.name === "websocket");
});
