"use strict";

// In the place of Listening, where the addon cannot be had or TLS asks for what only Node has: Node accepts, and its http
// server gets everything.
const net = require("node:net");
const tls = require("node:tls");
const { arrive } = require("./arrival");

class NodeListening {
  constructor(server, httpServer, { tls: secure, port, host, socket, backlog, ipv6Only }, tell) {
    this.httpServer = httpServer;
    this.error = null;
    const take = (connection) => {
      // It is the http server's from here on, in the counts as well.
      if (connection._server === this.acceptor) this.acceptor._connections--;
      arrive(httpServer, connection);
    };
    const how = { allowHalfOpen: true, noDelay: true };
    this.acceptor = secure ? tls.createServer({ ...secure, ...how }, take) : net.createServer(how, take);
    this.acceptor.on("error", tell);
    this.acceptor.on("listening", () => tell(null));
    this.acceptor.listen(socket === undefined ? { port: port ?? 0, host, backlog, ipv6Only } : { path: socket, backlog });
    this.server = server;
    this.keepAlive();
  }

  get address() {
    return this.acceptor.address();
  }

  keepAlive() {
    if (this.server.referenced) this.acceptor.ref();
    else this.acceptor.unref();
  }

  update() {}

  close() {
    this.acceptor.close();
  }
}

module.exports = { NodeListening };
