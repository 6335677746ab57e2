"use strict";

// Requests that came to Node's http server for a session that lives in the addon: browsers mix pages and polls on one
// connection. They are asked of the addon over a pair of sockets, and its answer is the answer.
const http = require("node:http");
const net = require("node:net");

/** Of one connection alone, not of what is said on it. */
const hopByHop = new Set(["connection", "keep-alive", "transfer-encoding", "date", "expect"]);

function connect(listening) {
  const fd = listening.connect();
  return fd < 0 ? null : new net.Socket({ fd, allowHalfOpen: true, readable: true, writable: true });
}

/** A request whose body may still come. */
function carryRequest(listening, req) {
  const { res } = req;
  req.res = null;
  const socket = connect(listening);
  if (socket === null) {
    res.writeHead(503).end();
    return;
  }
  const headers = Object.fromEntries(Object.entries(req.headers).filter(([name]) => !hopByHop.has(name)));
  const asking = http.request({ createConnection: () => socket, method: req.method, path: req.url, headers });
  asking.on("response", (answer) => {
    res.statusCode = answer.statusCode;
    for (const [name, value] of Object.entries(answer.headers)) if (!hopByHop.has(name)) res.setHeader(name, value);
    answer.pipe(res);
  });
  asking.on("error", () => res.destroy());
  res.on("close", () => asking.destroy());
  req.pipe(asking);
}

/** An upgrade request: from here on the bytes go through. */
function carryUpgrade(listening, req, socket, head) {
  const inner = connect(listening);
  if (inner === null) {
    socket.destroy();
    return;
  }
  const lines = [`${req.method} ${req.url} HTTP/1.1`];
  for (let i = 0; i < req.rawHeaders.length; i += 2) lines.push(`${req.rawHeaders[i]}: ${req.rawHeaders[i + 1]}`);
  inner.write(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  inner.write(head);
  for (const [from, to] of [[socket, inner], [inner, socket]]) {
    from.on("error", () => to.destroy());
    from.on("close", () => to.destroy());
    from.pipe(to);
  }
}

module.exports = { carryRequest, carryUpgrade };
