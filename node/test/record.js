"use strict";

// Writes down all that an engine and its sessions emit, in order.

const brief = (data) => (data === undefined ? "" : typeof data === "string" ? data : JSON.stringify(data));
const packets = (list) => list.map(({ type, data }) => `${type}:${type === "open" ? "" : brief(data)}`).join();
const failure = (error) => (error instanceof Error ? `${error.message}/${error.type}/${brief(error.description)}` : brief(error));

/** What its transports emit, below a session. */
function recordTransport(transport, as, log) {
  transport.on("packet", ({ type, data }) => log.push(`${as} packet ${type}:${brief(data)}`));
  transport.on("drain", () => log.push(`${as} drain`));
  transport.on("error", (error) => log.push(`${as} error ${failure(error)}`));
  transport.on("close", () => log.push(`${as} close ${transport.readyState}`));
}

function recordSession(socket, log) {
  const state = () => `${socket.readyState} ${socket.transport.name} ${socket.writeBuffer.length}`;
  socket.on("packet", ({ type, data }) => log.push(`packet ${type}:${brief(data)}`));
  socket.on("packetCreate", ({ type, data }) => log.push(`create ${type}:${brief(data)}`));
  for (const name of ["data", "message"]) socket.on(name, (data) => log.push(`${name} ${brief(data)}`));
  socket.on("heartbeat", () => log.push("heartbeat"));
  socket.on("flush", (list) => log.push(`flush ${packets(list)}`));
  socket.on("drain", () => log.push(`drain ${state()}`));
  socket.on("upgrading", (transport) => {
    log.push(`upgrading ${transport.name} ${state()} ${socket.upgrading} ${socket.upgraded}`);
    recordTransport(transport, "upgraded", log);
  });
  socket.on("upgrade", (transport) => log.push(`upgrade ${transport.name} ${state()} ${socket.upgrading} ${socket.upgraded}`));
  socket.on("close", (reason, why) =>
    log.push(`close ${reason} ${failure(why)} ${state()} ${socket.packetsFn.length} ${socket.sentCallbackFn.length} ${socket.server.clientsCount}`));
  recordTransport(socket.transport, "transport", log);
}

/** The list that grows while the engine works. */
function record(io) {
  const log = [];
  io.on("connection_error", ({ req, code, message, context }) =>
    log.push(`refused ${Boolean(req._query)} ${code} ${message} ${context.error ? context.name : context.sid ? "sid" : JSON.stringify(context)}`));
  io.on("initial_headers", (headers) => log.push(`initial_headers ${Object.keys(headers)}`));
  io.on("headers", (headers) => log.push(`headers ${Object.keys(headers)}`));
  io.on("flush", (socket, list) => log.push(`server flush ${packets(list)}`));
  io.on("drain", () => log.push("server drain"));
  io.on("connection", (socket) => {
    log.push(`connection ${socket.readyState} ${socket.transport.name} ${socket.transport.writable} ${io.clients[socket.id] === socket}`);
    recordSession(socket, log);
  });
  return log;
}

module.exports = { record };
