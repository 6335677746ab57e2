"use strict";

// What was sent before a process ends has left: on the package as on the reference.
const { fork } = require("node:child_process");
const path = require("node:path");
const { addon, alike, bare, once, opened, root } = require("./targets");

const endings = {
  "process.exit()": () => process.exit(0),
  "process.exit() in the next tick": () => process.nextTick(() => process.exit(0)),
  "process.exit() behind close()": (socket) => {
    socket.close();
    process.exit(0);
  },
  "an error that nobody catches": () => {
    throw new Error("the end");
  },
};

/** A server in a process of its own, which answers a message and ends. */
function serveOnce(name, end) {
  const engine = require(name);
  const server = require("node:http").createServer();
  engine.attach(server).on("connection", (socket) =>
    socket.on("message", () => {
      socket.send("the last word");
      end(socket);
    }));
  server.listen(0, "127.0.0.1", () => process.send(server.address().port));
}

if (process.argv[2] === "serve") {
  serveOnce(process.argv[3], endings[process.argv[4]]);
} else {
  for (const name of Object.keys(endings))
    alike(`what was sent before ${name}`, async (engine, target) => {
      const served = target === "kedge" ? path.join(root, "node") : "engine.io-reference";
      const env = { ...process.env, KEDGE_NODE_ADDON: addon };
      const child = fork(__filename, ["serve", served, name], { env, stdio: ["ignore", "ignore", "ignore", "ipc"] });
      opened.push(() => child.kill());
      const [port] = await once(child, "message");
      const client = await bare({ ws: `ws://127.0.0.1:${port}/engine.io/?EIO=4&transport=websocket` });
      const gone = Promise.all([once(client, "close"), once(child, "exit")]);
      client.send("4x");
      const [[code], [exit]] = await gone;
      return [code, exit, ...client.got.slice(1)];
    });
}
