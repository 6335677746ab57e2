// Official clients through nginx, HAProxy and Caddy as docs/deployment.md configures them, and what the operator of such
// a server sees: health, an orderly end, sockets that somebody else opened.
import { after, before, describe, test } from "node:test";
import { Agent as PlainAgent, request } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import { createServer } from "node:net";
import { createRequire } from "node:module";
import { check, equal, until, within } from "./lib/check.mjs";
import { configurations, documented } from "./lib/documented.mjs";
import { built, Program } from "./lib/programs.mjs";
import { certificate, freePort } from "./lib/proxies.mjs";

const require = createRequire(import.meta.url);
const pem = certificate();
const clients = { 4: require("socket.io-client"), 2: require("socket.io-client-2") };
const transports = { polling: ["polling"], websocket: ["websocket"], upgrade: ["polling", "websocket"] };
const patience = 15_000;

const start = (...switches) => Program.start(built("examples/example_behind_proxy"), ["--port", "0", ...switches]);

/** One request; `{ status, headers, body }`. */
function ask(url, options = {}) {
  return within(patience, `an answer from ${url}`, new Promise((resolve, reject) => {
    const send = url.startsWith("https") ? secureRequest : request;
    const asked = send(url, { rejectUnauthorized: false, agent: false, ...options }, (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (piece) => (body += piece));
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, body }));
    });
    asked.on("error", reject).end();
  }));
}

const cookieOf = ({ headers }) => (headers["set-cookie"] ?? []).map((each) => each.split(";")[0]).join("; ");

/** The options that let this client send the proxy's cookie back, as a browser would. */
async function keepingCookies(generation, url) {
  if (generation === "4") return { withCredentials: true };
  const cookie = cookieOf(await ask(`${url}/readyz`));
  const headers = { extraHeaders: { cookie } };
  return { transportOptions: { polling: headers, websocket: headers } };
}

/** A connected client; comes from `localAddress`, if given. */
async function connect(generation, transport, { url, secure }, { localAddress, ...more } = {}) {
  const Agent = secure ? SecureAgent : PlainAgent;
  const agent = localAddress ? { agent: new Agent({ localAddress, keepAlive: true }) } : {};
  const socket = clients[generation](url, {
    transports: transports[transport], forceNew: true, reconnection: false, rejectUnauthorized: false, ...agent, ...more,
  });
  await within(patience, `${generation} connects over ${transport}`, new Promise((resolve, reject) => {
    socket.on("connect", resolve);
    socket.on(generation === "2" ? "error" : "connect_error", reject);
    socket.on("connect_error", reject);
  }));
  return socket;
}

const emit = (socket, ...args) =>
  within(patience, `an answer to ${args[0]}`, new Promise((resolve) => socket.emit(...args, (...answer) => resolve(answer))));

async function talk(socket) {
  for (const what of ["one", "x".repeat(300_000), { deep: ["é", null, 1.5] }]) equal(await emit(socket, "echo", what), [what]);
  equal(await emit(socket, "echo", Buffer.from([0, 255, 30])), [Buffer.from([0, 255, 30])], "binary");
  const answers = Promise.all(Array.from({ length: 30 }, (_, i) => emit(socket, "echo", i)));
  equal((await answers).flat(), Array.from({ length: 30 }, (_, i) => i), "30 at once");
}

async function upgraded({ io: { engine } }) {
  if (engine.transport.name === "websocket") return;
  await within(patience, "the upgrade", new Promise((resolve) => engine.once("upgrade", resolve)));
}

/** Which of the processes holds a session: the others do not know it, and this one that its transport is another. */
async function holderOf(socket, processes) {
  const { id, transport } = socket.io.engine;
  const other = transport.name === "polling" ? "websocket" : "polling";
  const answers = await Promise.all(processes.map(({ url }) => ask(`${url}/socket.io/?EIO=4&transport=${other}&sid=${id}`)));
  const holders = answers.flatMap(({ body }, i) => (JSON.parse(body).code === 1 ? [] : [i]));
  equal(holders.length, 1, "processes that know the session");
  return holders[0];
}

async function launch() {
  const program = await start();
  return { program, port: program.port };
}

async function launchProxied() {
  const port = await freePort();
  return { program: await start("--proxied-port", String(port), "--tls-cert", pem.cert, "--tls-key", pem.key), port };
}

const tested = new Set();

/**
 * The tests of one configuration. `sticky`: by what two processes are told apart. `first`: the port of the page that stands for
 * the first of them; `how` starts one.
 */
function behind(title, { sticky, first = 3000, how = launch, edit, noWebSocket } = {}) {
  tested.add(title);
  describe(`${title}${noWebSocket ? ", without WebSocket" : ""}, kedge`, { concurrency: 6 }, () => {
    const processes = [];
    let proxy;
    before(async () => {
      const ports = {};
      for (let i = 0; i < (sticky ? 2 : 1); i++) {
        const { program, port } = await how();
        processes.push(program);
        ports[first + i] = port;
      }
      proxy = await documented(title, ports, pem, edit);
      await until("the proxy lets through", async () => (await ask(`${proxy.url}/readyz`).catch(() => ({}))).status === 200);
    });
    after(async () => {
      await proxy?.stop();
      for (const each of processes) equal(await each.stop(), 0, "exit status");
    });

    for (const generation of Object.keys(clients)) {
      for (const transport of Object.keys(transports)) {
        if (noWebSocket && transport === "websocket") continue;
        test(`${generation} | ${transport}`, async () => {
          const cookies = sticky === "cookie" ? await keepingCookies(generation, proxy.url) : {};
          const socket = await connect(generation, transport, proxy, cookies);
          try {
            await talk(socket);
            equal(await emit(socket, "where"), ["127.0.0.1", proxy.secure], "address and secure");
            if (transport === "upgrade" && !noWebSocket) await upgraded(socket);
            await talk(socket);
            const over = transport === "polling" || noWebSocket ? "polling" : "websocket";
            equal(socket.io.engine.transport.name, over, "transport");
            await holderOf(socket, processes);
          } finally {
            socket.close();
          }
        });
      }
    }

    if (sticky) {
      test("the processes share the clients, and each client stays where it is", async () => {
        const held = new Set();
        const sockets = [];
        for (let i = 2; i < 14; i++) {
          const localAddress = `127.0.0.${i * 7}`;
          const cookies = sticky === "cookie" ? { withCredentials: true } : {};
          const socket = await connect("4", "polling", proxy, { localAddress, ...cookies });
          sockets.push(socket);
          const holder = await holderOf(socket, processes);
          for (let n = 0; n < 3; n++) await emit(socket, "echo", n);
          equal((await emit(socket, "where"))[0], localAddress, "address");
          held.add(holder);
        }
        for (const each of sockets) each.close();
        equal(held.size, 2, "processes with clients");
      });
    }
  });
}

behind("nginx, one process");
behind("nginx, two processes by hash", { sticky: "hash" });
behind("nginx, two processes by cookie", { sticky: "cookie" });
behind("haproxy, two processes by cookie", { sticky: "cookie" });
behind("haproxy, two processes by hash", { sticky: "hash" });
behind("caddy, two processes by cookie", { sticky: "cookie" });
behind("caddy, two processes by hash", { sticky: "hash" });

const upgradeLines = /^ *proxy_set_header (Upgrade|Connection) .*\n/gm;
behind("nginx, one process", {
  noWebSocket: true,
  edit: (text) => text.replace(upgradeLines, "").replace("proxy_http_version 1.1;", 'proxy_http_version 1.1;\nproxy_set_header Connection "";'),
});

behind("haproxy, TLS passed through", { sticky: "hash", first: 3002, how: launchProxied });

describe("operators, kedge", { concurrency: 4 }, () => {
  test("a process that ends is red first, and its clients go on elsewhere", async () => {
    const admin = await freePort();
    const one = await start("--notice", "3000", "--admin-port", String(admin));
    const two = await start();
    const proxy = await documented("haproxy, two processes by cookie", { 3000: one.port, 3001: two.port }, pem, (text) =>
      text.replace("inter 2s", "inter 100ms"));
    const sockets = [];
    try {
      await until("both are served", async () => {
        const socket = await connect("4", "websocket", proxy, { withCredentials: true, reconnection: true });
        sockets.push(socket);
        const holders = await Promise.all(sockets.map((each) => holderOf(each, [one, two])));
        return new Set(holders).size === 2;
      });
      const ready = () => ask(`http://127.0.0.1:${admin}/readyz`).then(({ status }) => status, () => "gone");
      equal(await ready(), 200, "ready");
      const reconnections = sockets.map((each) => new Promise((resolve) => each.io.once("reconnect", resolve)));
      const held = await Promise.all(sockets.map((each) => holderOf(each, [one, two])));
      const ended = one.stop();
      await until("it is red", async () => (await ready()) === 503);
      for (const each of sockets) equal(await emit(each, "echo", "still here"), ["still here"]);
      await until("the proxy sends nobody there", async () => {
        const { headers } = await ask(`${proxy.url}/readyz`);
        return /chat_node=two/.test(cookieOf({ headers }));
      });
      equal(await ended, 0, "exit status");
      await within(patience, "its clients come back", Promise.all(reconnections.filter((_, i) => held[i] === 0)));
      for (const each of sockets) equal(await emit(each, "echo", "here again"), ["here again"]);
      for (const each of sockets) equal(await holderOf(each, [two]), 0, "holder");
    } finally {
      for (const each of sockets) each.close();
      await proxy.stop();
      await one.kill();
      await two.stop();
    }
  });

  test("health, readiness and figures on an address of their own, HEAD too", async () => {
    const admin = await freePort();
    const program = await start("--admin-port", String(admin), "--threads", "2");
    const inside = `http://127.0.0.1:${admin}`;
    for (const path of ["/healthz", "/readyz", "/metrics"]) {
      equal((await ask(inside + path)).status, 200, path);
      const head = await ask(inside + path, { method: "HEAD" });
      equal([head.status, head.body, Number(head.headers["content-length"]) > 0], [200, "", true], `HEAD ${path}`);
    }
    const figures = (await ask(`${inside}/metrics`)).body;
    check(figures.includes('kedge_sessions{worker="1",transport="websocket",protocol="4"} 0'), "figures");
    check(figures.includes("kedge_sockets_opened_total"), "figures of Socket.IO");
    equal((await ask(`${program.url}/metrics`)).status, 404, "figures for the public");
    equal(await program.stop(), 0, "exit status");
  });

  test("a second signal cuts the notice short", async () => {
    const program = await start("--notice", "600000");
    program.child.kill("SIGTERM");
    await until("it is red", async () => (await ask(`${program.url}/readyz`)).status === 503);
    equal(await program.stop(), 0, "exit status");
  });

  test("a socket that systemd opened is served", async () => {
    const opened = createServer();
    await new Promise((resolve) => opened.listen(0, "127.0.0.1", resolve));
    const { port } = opened.address();
    const program = new Program("bash", [
      "-c", 'exec env LISTEN_FDS=1 LISTEN_PID=$$ "$0" --port 1', built("examples/example_behind_proxy"),
    ], ["ignore", "pipe", "inherit", opened._handle.fd]);
    await program.start();
    opened.close();
    equal(program.port, port, "port");
    const socket = await connect("4", "upgrade", { url: program.url });
    await talk(socket);
    socket.close();
    equal(await program.stop(), 0, "exit status");
  });

  test("every configuration of the page is tested", () => {
    equal(Object.keys(configurations).sort(), [...tested].sort());
  });
});
