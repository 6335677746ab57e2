// The reference, socket.io from npm with its default engine: the same handlers as bench/server.
//
//   node server.mjs [--port N] [--tls-cert FILE --tls-key FILE] [--listen]
//
// With --listen its engine, which has to be Kedge's package, accepts the clients itself.
import fs from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { parseArgs } from "node:util";
import { Server } from "socket.io";

const { values } = parseArgs({ options: {
  "port": { type: "string", default: "0" },
  "tls-cert": { type: "string" },
  "tls-key": { type: "string" },
  "listen": { type: "boolean", default: false },
} });

const tls = values["tls-cert"] ? { cert: fs.readFileSync(values["tls-cert"]), key: fs.readFileSync(values["tls-key"]) } : undefined;
const http = tls && !values.listen ? createSecureServer(tls) : createServer();
const io = new Server(http, { serveClient: false });

io.on("connection", (socket) => {
  socket.on("echo", (text) => socket.emit("echo", text));
  socket.on("ack", (text, done) => done(text));
  socket.on("broadcast", (text) => io.emit("broadcast", text));
});

const listener = values.listen ? io.engine : http;
listener.listen({ port: Number(values.port), host: "127.0.0.1", backlog: 4096, ...(values.listen && tls ? { tls } : {}) }, () => {
  console.log(`listening on ${tls ? "https" : "http"}://127.0.0.1:${listener.address().port}`);
});
