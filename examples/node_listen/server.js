// An application of Node whose port is Kedge's: clients of Socket.IO never pass through Node's http server, and everything else
// does, as before. Figures for Prometheus are at /metrics, and what a load balancer asks at /ready.
//
//     script/package && cd examples/node_listen && npm install && npm start
const http = require("node:http");
const { Server } = require("socket.io");
const { health, metrics } = require("engine.io");

const server = http.createServer((req, res) => {
  if (req.url === "/metrics") {
    res.writeHead(200, { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" });
    res.end(metrics(io.engine));
  } else if (req.url === "/ready") {
    const { ok, status } = health(io.engine);
    res.writeHead(ok ? 200 : 503).end(`${status}\n`);
  } else {
    res.end("A page of Node's.\n");
  }
});
const io = new Server(server);

io.on("connection", (socket) => {
  socket.on("say", (text, done) => {
    io.emit("said", String(text).slice(0, 2000));
    done();
  });
});

process.on("SIGTERM", () => io.close());

// In the place of server.listen().
io.engine.listen({ port: process.env.PORT || 3000 }, () => {
  const { byNode } = io.engine.native;
  console.log(`listening on http://localhost:${io.engine.address().port}`);
  console.log(byNode === null ? "sessions by Kedge" : `sessions by Node: ${byNode}`);
});
