// A chat as any Socket.IO application of Node is: nothing here knows of Kedge. What puts Kedge below it is the line under
// "overrides" in package.json.
//
//     script/package && cd examples/node_chat && npm install && npm start
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const { Server } = require("socket.io");

const page = fs.readFileSync(path.join(__dirname, "index.html"));
const server = http.createServer((req, res) => {
  res.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
  res.end(page);
});
const io = new Server(server, { connectionStateRecovery: {} });

io.on("connection", (socket) => {
  socket.on("enter", (room, name, done) => {
    socket.data.name = String(name).slice(0, 24);
    socket.join(room);
    socket.to(room).emit("entered", socket.data.name);
    done(io.of("/").adapter.rooms.get(room).size);
  });
  socket.on("say", (text, done) => {
    for (const room of socket.rooms) if (room !== socket.id) io.to(room).emit("said", socket.data.name, String(text).slice(0, 2000));
    done();
  });
  socket.on("disconnecting", () => {
    for (const room of socket.rooms) socket.to(room).emit("gone", socket.data.name);
  });
});

process.on("SIGTERM", () => io.close());

server.listen(process.env.PORT || 3000, () => {
  const { native } = io.engine;
  console.log(`listening on http://localhost:${server.address().port}`);
  if (!native) console.log("websockets by engine.io");
  else console.log(native.enabled ? "websockets by Kedge" : `websockets by engine.io: ${native.reason}`);
});
