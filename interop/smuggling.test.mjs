// Ambiguous requests through nginx, HAProxy and Caddy: Kedge never reads a request that the proxy in front of it has not read
// as the same one, and nobody gets the answer to another's.
import { after, before, describe, test } from "node:test";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { ambiguous } from "./lib/ambiguous.mjs";
import { check, equal, within } from "./lib/check.mjs";
import { documented } from "./lib/documented.mjs";
import { built, Program } from "./lib/programs.mjs";
import { certificate } from "./lib/proxies.mjs";

const patience = 15_000;
const secret = Math.random().toString(36).slice(2);
const pem = certificate();

// Each proxy says in a header what it has read; nobody else knows the secret.
const withoutTls = (text) => text.replace("listen 443 ssl;", "listen 80;").replace(/^ *ssl_.*\n/gm, "");
const real = {
  "nginx, one process": (text) => withoutTls(text).replace("proxy_set_header Host $host;", `$&\nproxy_set_header X-Passed "${secret} $request_method $request_uri";`),
  "haproxy, two processes by hash": (text) => text.replace(/^ *option httpchk.*\n/m, "    http-reuse always\n")
    .replace("option forwardfor", `$&\n    http-request set-header X-Passed "${secret} %[method] %[url]"`),
  "caddy, two processes by hash": (text) => text.replace("lb_policy ip_hash", `$&\nheader_up X-Passed "${secret} {http.request.method} {http.request.uri}"`),
};

async function ask(url, options = {}) {
  return within(patience, `an answer from ${url}`, new Promise((resolve, reject) => {
    const asked = request(url, options, (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (piece) => (body += piece));
      answer.on("end", () => resolve({ status: answer.statusCode, body }));
    });
    asked.on("error", reject).end();
  }));
}

/** Sends bytes; resolves with the connection when something has come back, or nothing for a while. */
async function attack(port, bytes) {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(bytes, "latin1");
  await new Promise((resolve) => {
    const patient = setTimeout(resolve, 40);
    const over = () => (clearTimeout(patient), resolve());
    socket.once("data", over).once("close", over);
  });
  return socket;
}

let number = 0;
const smugglers = [
  (name) => `GET ${name} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`,
  (name) => `GET ${name} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Rest: `, // swallows the head of who comes next
];

// One ambiguous request, and then somebody else's, who has to get the answers to his own.
async function tryOne(port, agent, shape, smuggler) {
  const mine = ++number;
  const bytes = shape(`/outer-${mine}`, smuggler(`/smuggled-${mine}`));
  const socket = await attack(port, bytes);
  try {
    for (const part of ["a", "b"]) {
      const target = `/victim-${mine}-${part}`;
      const { status, body } = await ask(`http://127.0.0.1:${port}${target}`, { agent });
      // A proxy may give up the connection that the attack has spoilt, and say so.
      if (status === 502) continue;
      const shown = JSON.stringify(bytes);
      equal(status, 200, `status of somebody else's request behind ${shown}`);
      const { method, target: read, body: text } = JSON.parse(body);
      equal([method, read, text], ["GET", target, ""], `what was read of somebody else's request behind ${shown}`);
    }
  } finally {
    socket.destroy();
  }
}

async function tryAll(port) {
  const queue = ambiguous.flatMap((shape) => smugglers.map((smuggler) => [shape, smuggler]));
  const worker = async () => {
    const agent = new Agent({ keepAlive: true });
    while (queue.length) await tryOne(port, agent, ...queue.shift());
    agent.destroy();
  };
  await Promise.all(Array.from({ length: 6 }, worker));
}

/** What reached the server has to be what the proxy has read. */
function judge(seen) {
  for (const { method, target, passed, body } of seen) {
    const [said, proxyMethod, proxyTarget, more] = passed.split(" ");
    const read = proxyTarget?.replace(/^http:\/\/[^/]*/, "");
    check(said === secret && more === undefined && method === proxyMethod && target.replace(/^http:\/\/[^/]*/, "") === read,
      `the server read ${method} ${target} (${JSON.stringify(body)}), the proxy "${passed}"`);
  }
}

function behind(title, start) {
  describe(`smuggling, ${title}, kedge`, () => {
    let server, proxy;
    before(async () => {
      server = await Program.start(built("interop/soak_server"), ["--port", "0", "--keep-alive", "75000"]);
      proxy = await start(server.port);
    });
    after(async () => {
      await proxy?.stop();
      equal(await server.stop(), 0, "exit status");
    });

    test("never two readings of the same bytes", async () => {
      await tryAll(proxy.port);
      const seen = JSON.parse((await ask(`${server.url}/seen`)).body);
      judge(seen);
      const victims = seen.filter(({ target }) => target.startsWith("/victim"));
      check(victims.length > ambiguous.length, `${victims.length} requests of others have come through`);
    });

    test("a request that no proxy has read is noticed", async () => {
      await ask(`${server.url}/past-the-proxy`);
      const seen = JSON.parse((await ask(`${server.url}/seen`)).body);
      let noticed = "";
      try {
        judge(seen);
      } catch (error) {
        noticed = error.message;
      }
      check(noticed.includes("/past-the-proxy"), `"${noticed}"`);
    });
  });
}

for (const [title, edit] of Object.entries(real))
  behind(title, (port) => documented(title, title.startsWith("nginx") ? { 3000: port } : { 3000: port, 3001: port }, pem, edit));
