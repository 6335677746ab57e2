"use strict";

// Several processes on one port.
const assert = require("node:assert/strict");
const { execFile } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { test } = require("node:test");
const { promisify } = require("node:util");
const { addon, root } = require("./targets");

for (const target of ["reference", "kedge", "listen"]) {
  for (const policy of ["SCHED_RR", "SCHED_NONE"]) {
    test(`${target === "reference" ? target : "kedge"}: a cluster, ${policy}${target === "listen" ? ", by listen()" : ""}`, { timeout: 40_000 }, async () => {
      const source = `
        const cluster = require("node:cluster");
        const engine = require(${JSON.stringify(target === "reference" ? "engine.io-reference" : `${root}/node`)});
        cluster.schedulingPolicy = cluster.${policy};
        const server = require("node:http").createServer();
        if (cluster.isPrimary) {
          const { WebSocket } = require("ws");
          let listening = 0;
          for (let i = 0; i < 2; i++) cluster.fork();
          cluster.on("listening", async (worker, { port }) => {
            if (++listening < 2) return;
            let echoed = 0;
            for (let i = 0; i < 8; i++) await new Promise((resolve) => {
              const client = new WebSocket("ws://127.0.0.1:" + port + "/engine.io/?EIO=4&transport=websocket");
              client.on("open", () => client.send("4hello"));
              client.on("message", (data) => { if (data.toString() === "4hello") { echoed++; client.close(); } });
              client.on("close", resolve);
            });
            console.log(echoed);
            cluster.disconnect();
          });
        } else {
          const io = engine.attach(server, {});
          io.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
          (${target === "listen"} ? io : server).listen({ port: 0, host: "127.0.0.1" });
        }`;
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), "kedge-node-"));
      const program = path.join(folder, "program.js");
      fs.writeFileSync(program, source);
      const env = { ...process.env, KEDGE_NODE_ADDON: addon, NODE_PATH: path.join(root, "node_modules") };
      try {
        const { stdout, stderr } = await promisify(execFile)(process.execPath, [program], { timeout: 30_000, env });
        assert.equal(stdout.trim(), "8", stderr);
      } finally {
        fs.rmSync(folder, { recursive: true });
      }
    });
  }
}
