"use strict";

// Processes and threads: they end when they should, and what a handler throws goes where Node's goes.
const assert = require("node:assert/strict");
const { execFile } = require("node:child_process");
const { test } = require("node:test");
const { certificate } = require("./certificate");
const { addon, root } = require("./targets");

/** Runs a program that has `engine`, `http`, `Client` and `serve(io, whenListening)`; gives what it printed. */
function run(target, program, { args = [], env = {} } = {}) {
  const source = `
    const where = ${JSON.stringify(target === "kedge" ? `${root}/node` : "engine.io-reference")};
    const engine = require(where);
    const http = require("node:http");
    const { WebSocket } = require("ws");
    const serve = (options, then) => {
      const { KEY: key, CERT: cert } = process.env;
      const server = key ? require("node:https").createServer({ key, cert }) : http.createServer();
      const io = engine.attach(server, options);
      server.listen(0, "127.0.0.1", () => then({ io, server, ws: (key ? "wss" : "ws") + "://127.0.0.1:" + server.address().port + "/engine.io/?EIO=4&transport=websocket" }));
    };
    ${program}`;
  return new Promise((resolve) => {
    execFile(process.execPath, [...args, "-e", source], {
      cwd: root, timeout: 60_000, env: { ...process.env, KEDGE_NODE_ADDON: addon, ...env },
    }, (error, stdout, stderr) => resolve({ code: error ? (error.code ?? error.signal) : 0, stdout, stderr }));
  });
}

function row(targets, name, program, expected) {
  for (const target of targets) {
    test(`${target}: ${name}`, { timeout: 90_000 }, async () => {
      const { code, stdout, stderr } = await run(target, program);
      assert.deepEqual({ code, stdout: stdout.trim().split("\n") }, expected, stderr);
    });
  }
}

const both = (...of) => row(["reference", "kedge"], ...of);
const kedge = (...of) => row(["kedge"], ...of);

both("a process whose last client has gone and whose server has closed ends by itself", `
  serve({}, ({ io, server, ws }) => {
    const client = new WebSocket(ws);
    io.on("connection", (socket) => socket.on("close", () => console.log("closed")));
    client.on("message", () => {
      client.close();
      server.close();
    });
  });
  process.on("exit", () => console.log("exit"));
`, { code: 0, stdout: ["closed", "exit"] });

both("a process with an open session goes on", `
  serve({}, ({ io, server, ws }) => {
    require("node:child_process").spawn(process.execPath, ["-e", \`
      const client = new (require("ws").WebSocket)(process.env.WS);
      client.on("open", () => setTimeout(() => client.close(), 150));\`], { stdio: "ignore", env: { ...process.env, WS: ws } }).unref();
    io.on("connection", (socket) => {
      server.close();
      socket.on("close", () => console.log("closed"));
    });
  });
  process.on("exit", () => console.log("exit"));
`, { code: 0, stdout: ["closed", "exit"] });

both("io.close() and a closed http server let the process end", `
  serve({}, ({ io, server, ws }) => {
    const client = new WebSocket(ws);
    io.on("connection", () => setTimeout(() => { io.close(); server.close(() => ended.push("server")); }, 10));
    client.on("close", () => ended.push("client"));
  });
  const ended = [];
  process.on("exit", () => console.log(ended.sort().join()));
`, { code: 0, stdout: ["client,server"] });

for (const when of ["connection", "upgrading", "upgrade"])
  both(`a server that closes at ${when} lets the process end`, `
    const { Socket } = require("engine.io-client");
    serve({}, ({ io, server }) => {
      const client = new Socket("ws://127.0.0.1:" + server.address().port);
      client.on("close", () => console.log("client"));
      const end = () => { server.close(); io.close(); };
      io.on("connection", (socket) => {
        socket.on("close", () => console.log("session"));
        if (${JSON.stringify(when)} === "connection") setTimeout(end, 20);
        else socket.on(${JSON.stringify(when)}, () => process.nextTick(end));
      });
    });
  `, { code: 0, stdout: ["session", "client"] });

// The reference forgets what came in the same read.
kedge("an exception of a handler is uncaught, and the next message is still delivered", `
  process.on("uncaughtException", (error) => console.log("uncaught", error.message));
  serve({}, ({ io, server, ws }) => {
    const client = new WebSocket(ws);
    io.on("connection", (socket) => socket.on("message", (data) => {
      console.log(data);
      if (data === "bad") throw new Error("of a handler");
      client.close();
      server.close();
    }));
    client.on("open", () => { client._socket.cork(); client.send("4bad"); client.send("4good"); client._socket.uncork(); });
  });
`, { code: 0, stdout: ["bad", "uncaught of a handler", "good"] });

both("a prototype of objects that has a member more harms nobody", `
  Object.prototype.foo = "bar";
  serve({ cookie: true, perMessageDeflate: { threshold: 0 } }, ({ io, server, ws }) => {
    delete Object.prototype.foo;
    const client = new WebSocket(ws);
    Object.prototype.foo = "bar";
    io.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
    client.on("message", (data) => {
      if (String(data) === "4hi") process.exit(7);
      console.log(Object.keys(JSON.parse(String(data).slice(1))).join());
      client.send("4hi");
    });
  });
`, { code: 7, stdout: ["sid,upgrades,pingInterval,pingTimeout,maxPayload"] });

both("an exception that nobody catches ends the process", `
  serve({}, ({ io, ws }) => {
    const client = new WebSocket(ws);
    io.on("connection", (socket) => socket.on("message", () => { throw new Error("of a handler"); }));
    client.on("open", () => client.send("4bad"));
  });
`, { code: 1, stdout: [""] });

both("a send callback that throws harms nobody else", `
  process.on("uncaughtException", (error) => console.log("uncaught", error.message));
  serve({}, ({ io, server, ws }) => {
    const clients = [new WebSocket(ws), new WebSocket(ws)];
    const sockets = [];
    io.on("connection", (socket) => {
      if (sockets.push(socket) < 2) return;
      setTimeout(() => {
        sockets[0].send("a", () => { throw new Error("of a callback"); });
        sockets[1].send("b", () => { console.log("sent"); clients.forEach((client) => client.close()); server.close(); });
      }, 50);
    });
  });
`, { code: 0, stdout: ["uncaught of a callback", "sent"] });

both("process.exit() within a handler", `
  serve({}, ({ io, ws }) => {
    const client = new WebSocket(ws);
    io.on("connection", (socket) => socket.on("message", () => process.exit(7)));
    client.on("open", () => client.send("4exit"));
  });
`, { code: 7, stdout: [""] });

both("threads end with live clients, by themselves and terminated", `
  const { Worker } = require("node:worker_threads");
  const threads = ["terminate", "exit", "terminate"];
  const next = () => {
    const end = threads.shift();
    if (!end) return;
    const worker = new Worker(\`
      const { parentPort } = require("node:worker_threads");
      const engine = require(process.env.ENGINE);
      const server = require("node:http").createServer();
      const io = engine.attach(server, {});
      io.on("connection", (socket) => {
        socket.on("message", () => process.exit(0));
        socket.send("hello");
        parentPort.postMessage("connected");
      });
      server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));\`, { eval: true });
    let client;
    worker.on("message", (said) => {
      if (typeof said === "number") {
        client = new WebSocket("ws://127.0.0.1:" + said + "/engine.io/?EIO=4&transport=websocket");
        client.on("error", () => {});
      } else if (end === "terminate") worker.terminate();
      else if (client.readyState === WebSocket.OPEN) client.send("4exit");
      else client.on("open", () => client.send("4exit"));
    });
    worker.on("exit", () => { console.log(end); client.terminate(); next(); });
  };
  process.env.ENGINE = where;
  next();
`,
{ code: 0, stdout: ["terminate", "exit", "terminate"] });

for (const secure of [false, true])
  test(`kedge: connections that come and go leave nothing behind, with garbage collected all the time${secure ? ", over TLS" : ""}`, { timeout: 90_000 }, async () => {
    const { code, stdout, stderr } = await run("kedge", `
    const fs = require("node:fs");
    const descriptors = () => fs.readdirSync("/proc/self/fd").length;
    serve({ perMessageDeflate: true }, async ({ io, server, ws }) => {
      let closed = 0;
      io.on("connection", (socket) => {
        socket.on("message", (data) => socket.send(data));
        socket.on("close", () => closed++);
      });
      const before = descriptors();
      for (let round = 0; round < 20; round++) {
        await Promise.all(Array.from({ length: 20 }, (_, i) => new Promise((resolve) => {
          const client = new WebSocket(ws, { perMessageDeflate: i % 2 === 0, rejectUnauthorized: false });
          client.on("open", () => client.send("4" + "x".repeat(2000)));
          client.on("message", (data) => { if (data[0] === 52) client[i % 3 ? "close" : "terminate"](); });
          client.on("close", resolve);
        })));
        gc();
      }
      while (closed < 400 || descriptors() > before) await new Promise((resolve) => setTimeout(resolve, 10));
      console.log(io.clientsCount, io.native.taken, io.native.carried.tls);
      server.close();
    });`, { args: ["--expose-gc"], env: secure ? { KEY: String(certificate().key), CERT: String(certificate().cert) } : {} });
    assert.deepEqual({ code, stdout: stdout.trim() }, { code: 0, stdout: secure ? "0 0 400" : "0 400 undefined" }, stderr);
  });
