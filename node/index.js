"use strict";

// In the place of engine.io 6.6: its exports, with a Server whose websockets are Kedge's wherever that is possible.
const http = require("node:http");
const reference = require("engine.io-reference");
const { health, metrics } = require("./lib/metrics");
const { Server } = require("./lib/server");

/**
 * An engine that listens. With a port, as the reference: an http server for upgrades alone, and the engine on it. With an
 * object ({ port, host, socket, tls, hand_back, ... }, the engine's options among them): Kedge accepts itself.
 */
function listen(port, options, whenListening) {
  if (typeof options === "function") {
    whenListening = options;
    options = {};
  }
  if (typeof port === "object" && port !== null) {
    const all = { ...port, ...options };
    const engine = new Server(all).listen(all, whenListening);
    engine.httpServer = engine._attached.server;
    return engine;
  }
  const server = http.createServer((req, res) => {
    res.writeHead(501);
    res.end("Not Implemented");
  });
  const engine = attach(server, options);
  engine.httpServer = server;
  server.listen(port, whenListening);
  return engine;
}

/** An engine on an http server. */
function attach(server, options) {
  const engine = new Server(options);
  engine.attach(server, options);
  return engine;
}

Object.defineProperty(exports, "__esModule", { value: true });
exports.Server = Server;
exports.Socket = reference.Socket;
exports.Transport = reference.Transport;
exports.transports = reference.transports;
exports.parser = reference.parser;
exports.protocol = reference.protocol;
exports.uServer = reference.uServer;
exports.listen = listen;
exports.attach = attach;
exports.metrics = metrics;
exports.health = health;
