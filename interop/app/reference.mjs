// The interop app on the reference server. Its specification is in interop/README.md.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import adminUi from "@socket.io/admin-ui";
import { Server } from "socket.io";
import msgpack from "socket.io-msgpack-parser";
import { joinFleet } from "./fleet.mjs";
import { announce, switches } from "./switches.mjs";

const byCodeUnit = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const roomsOf = (socket) => [...socket.rooms].filter((room) => room !== socket.id).sort(byCodeUnit);

function aimed(start, { to, except, volatile }) {
  let operator = start;
  if (to?.length) operator = operator.to(to);
  if (except?.length) operator = operator.except(except);
  return volatile ? operator.volatile : operator;
}

function note(socket) {
  const received = [];
  const sent = [];
  const add = (list) => (name) => list.length < 1000 && list.push(name);
  socket.onAny(add(received));
  socket.onAnyOutgoing(add(sent));
  socket.on("log", (ack) => ack?.(received, sent));
}

function refuseForbidden(socket) {
  socket.use(([name], next) => next(name === "forbidden" ? new Error("event refused") : undefined));
  socket.on("error", (error) => socket.emit("error-seen", error.message));
}

function tellTheWatchers(nsp, socket) {
  const { data } = socket;
  const watchers = () => nsp.to("watch:" + data.name);
  socket.on("disconnecting", (reason) => data.name && watchers().emit("gone", data.name, reason, roomsOf(socket)));
  socket.on("disconnect", (reason) => data.name && watchers().emit("left", data.name, reason));
}

function talk(socket) {
  socket.on("message", (...args) => socket.emit("message-back", ...args));
  socket.on("message-with-ack", (...args) => args.pop()(...args));
  socket.on("ask", (ms, name, ...args) => {
    const ack = args.pop();
    socket.timeout(ms).emit(name, ...args, (error, ...answers) => (error ? ack("timeout") : ack("ok", ...answers)));
  });
  socket.on("volatile", (count, ack) => {
    for (let i = 0; i < count; i++) socket.volatile.emit("volatile", i);
    ack?.();
  });
  socket.on("handshake", (ack) => {
    const { query, auth, headers, secure } = socket.handshake;
    const { conn, id, recovered } = socket;
    ack({ id, query, auth, headers, secure, transport: conn.transport.name, protocol: conn.protocol, recovered });
  });
}

function gather(nsp, socket) {
  socket.on("name", (text, ack) => ((socket.data.name = text), ack?.()));
  socket.on("join", (rooms, ack) => (socket.join(rooms), ack?.(roomsOf(socket))));
  socket.on("leave", (room, ack) => (socket.leave(room), ack?.(roomsOf(socket))));
  socket.on("broadcast", (options, name, ...args) => {
    const ack = typeof args.at(-1) === "function" ? args.pop() : undefined;
    aimed(options.self ? nsp : socket.broadcast, options).emit(name, ...args);
    ack?.();
  });
  socket.on("broadcast-ack", (options, ms, name, ...args) => {
    const ack = args.pop();
    aimed(nsp, options).timeout(ms).emit(name, ...args, (error, responses) => ack(error ? "timeout" : "ok", responses));
  });
  socket.on("fetch", async (room, ack) => {
    const sockets = await nsp.in(room).fetchSockets();
    ack(sockets.map(({ id }) => id).sort(byCodeUnit));
  });
}

function part(nsp, socket) {
  socket.on("disconnect-room", (room, close, ack) => {
    ack?.();
    nsp.in(room).disconnectSockets(close);
  });
  socket.on("disconnect-me", (close) => socket.disconnect(close));
  socket.on("drop", () => socket.conn.close());
}

function connected(socket) {
  const { nsp } = socket;
  note(socket);
  refuseForbidden(socket);
  tellTheWatchers(nsp, socket);
  talk(socket);
  gather(nsp, socket);
  part(nsp, socket);
  if (!socket.handshake.auth.quiet) socket.emit("auth", socket.handshake.auth);
}

function refusal() {
  return Object.assign(new Error("not authorized"), { data: { code: 401, hint: "token" } });
}

function serve(io) {
  const byFunction = (name, auth, next) =>
    next(null, name.startsWith("/by-function-") && (auth.allow === true || auth.allow === "true"));
  for (const name of ["/", "/custom", "/refuse", "/slow", /^\/dynamic-[0-9]+$/, byFunction])
    io.of(name).on("connection", connected);
  io.of("/refuse").use((socket, next) => next(socket.handshake.auth.token === "open sesame" ? undefined : refusal()));
  io.of("/slow").use((socket, next) => setTimeout(next, 150));
}

const given = switches();
const tls = given["tls-cert"] && { cert: readFileSync(given["tls-cert"]), key: readFileSync(given["tls-key"]) };
const httpServer = tls ? createTlsServer(tls) : createServer((request, response) => response.writeHead(404).end());
const io = new Server(httpServer, {
  allowEIO3: true,
  cors: { origin: true, credentials: true },
  pingInterval: Number(given["ping-interval"]),
  pingTimeout: Number(given["ping-timeout"]),
  maxHttpBufferSize: Number(given["max-buffer"]),
  connectTimeout: Number(given["connect-timeout"]),
  ...(given.recovery && { connectionStateRecovery: { maxDisconnectionDuration: 120_000 } }),
  ...(given.parser === "msgpack" && { parser: msgpack }),
});
if (given.redis || given["redis-node"]) await joinFleet(io, given);
if (given.admin)
  adminUi.instrument(io, {
    auth: { type: "basic", username: "ada", password: given.admin },
    readonly: given["admin-readonly"],
    serverId: given.node,
    mode: given["admin-mode"],
  });
serve(io);
httpServer.listen(Number(given.port), "127.0.0.1", () => announce(httpServer, tls ? "https" : "http", () => io.close()));
