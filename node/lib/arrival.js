"use strict";

const tls = require("node:tls");

/** An http server gets a connection that it has not accepted itself, and counts it among its own. TLS is behind it already. */
function arrive(httpServer, socket) {
  socket.server = socket._server = httpServer;
  httpServer._connections++;
  httpServer.emit(httpServer instanceof tls.Server ? "secureConnection" : "connection", socket);
}

module.exports = { arrive };
