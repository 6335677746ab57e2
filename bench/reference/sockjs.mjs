// sockjs-node from npm: the same services as bench/server --ways 1, an echo at /echo, and at /all what one says to all.
import { createServer } from "node:http";
import sockjs from "sockjs";

const http = createServer();
const everybody = new Set();
const services = {
  "/echo": (conn) => conn.on("data", (text) => conn.write(text)),
  "/all": (conn) => {
    everybody.add(conn);
    conn.on("close", () => everybody.delete(conn));
    conn.on("data", (text) => everybody.forEach((each) => each.write(text)));
  },
};
for (const [prefix, serve] of Object.entries(services)) {
  const service = sockjs.createServer({ prefix, log: () => {} });
  service.on("connection", serve);
  service.installHandlers(http);
}
http.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => console.log(`listening on http://127.0.0.1:${http.address().port}`));
