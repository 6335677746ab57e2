// The echo of examples/engine_echo on the reference engine.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { announce, switches } from "./switches.mjs";

// By require, since that is what the package is put in the place of.
const { Server } = createRequire(import.meta.url)("engine.io");

const given = switches();
const httpServer = createServer((request, response) => response.writeHead(404).end());
const engine = new Server({
  allowEIO3: true,
  pingInterval: Number(given["ping-interval"]),
  pingTimeout: Number(given["ping-timeout"]),
  maxHttpBufferSize: Number(given["max-buffer"]),
});
engine.attach(httpServer, { path: "/engine.io" });
engine.on("connection", (session) => session.on("message", (data) => session.send(data)));
httpServer.listen(Number(given.port), "127.0.0.1", () => announce(httpServer, "http", () => engine.close()));
