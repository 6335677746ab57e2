"use strict";

// What the rows of listen() have in common.
const http = require("node:http");
const net = require("node:net");
const { once } = require("node:events");
const { opened } = require("./targets");

/** An engine that listens by itself, which the end of the row closes. */
async function listen(engine, options = {}) {
  const io = engine.listen({ port: 0, host: "127.0.0.1", ...options });
  opened.push(() => {
    io.close();
    for (const each of Object.values(io.clients)) each.close(true);
  });
  await once(io, "listening");
  const { port } = io.address();
  return { io, port, url: `http://127.0.0.1:${port}`, ws: `ws://127.0.0.1:${port}/engine.io/?EIO=4&transport=websocket` };
}

/** An http server that says what it was asked, for what listen() hands back. */
function pages(server = http.createServer()) {
  server.on("request", (req, res) => {
    let size = 0;
    req.on("data", (chunk) => (size += chunk.length));
    req.on("end", () => res.end(`${req.method} ${req.url} ${size} of ${req.socket.remoteAddress} ${Boolean(req.socket.encrypted)}\n`));
  });
  server.seen = 0;
  server.on("connection", () => server.seen++);
  opened.push(() => server.closeAllConnections?.());
  return server;
}

/** A plain connection, what comes by it in `got`. */
function plain(place) {
  const socket = net.connect(place.port, "127.0.0.1");
  opened.push(() => socket.destroy());
  socket.got = "";
  socket.setEncoding("latin1");
  socket.on("data", (chunk) => (socket.got += chunk));
  socket.on("error", () => {});
  return socket;
}

const get = (path, more = "") => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
const post = (path, body) => `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const polling = "/engine.io/?EIO=4&transport=polling";
const count = (text, what) => text.split(what).length - 1;
const sidOf = (text) => text.match(/"sid":"([^"]+)"/)[1];

module.exports = { count, get, listen, pages, plain, polling, post, sidOf };
