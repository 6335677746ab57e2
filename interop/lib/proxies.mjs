// What stands between clients and servers in the field: nginx, a proxy that knows no WebSocket, and a certificate.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, createServer, request as forward } from "node:http";
import { connect, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./check.mjs";

const atEnd = new Set();
process.on("exit", () => atEnd.forEach((clean) => clean()));

/** Runs `clean` when this process ends; the result takes that back. */
function cleaning(clean) {
  atEnd.add(clean);
  return () => atEnd.delete(clean);
}

export function scratch() {
  const folder = mkdtempSync(join(tmpdir(), "interop-"));
  cleaning(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A self-signed certificate for 127.0.0.1: the paths of both PEM files. */
export function certificate() {
  const folder = scratch();
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  execFileSync("openssl", [
    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
    "-keyout", key, "-out", cert, "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
  ], { stdio: "ignore" });
  return { cert, key };
}

export async function freePort() {
  const server = createTcpServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const accepts = (port) => new Promise((resolve) => {
  const socket = connect(port, "127.0.0.1");
  socket.once("connect", () => (socket.destroy(), resolve(true)));
  socket.once("error", () => resolve(false));
});

/** What an nginx of these tests needs around the servers of its `http` block: to stay in the foreground and in its folder. */
export const nginxConfiguration = (folder, http) => `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  ${http}
}
`;

const passingOn = (port, upstreams) => `
  map $http_upgrade $connection_header { default upgrade; '' ''; }
  upstream app { ${upstreams.map((each) => `server 127.0.0.1:${each} max_fails=0;`).join(" ")} keepalive 8; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_header;
      proxy_read_timeout 60s;
    }
  }
`;

/** Starts a proxy and waits until it accepts on its port; the result stops it, and is 0. */
export async function startProxy(command, args, port, env = process.env) {
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"], env });
  let said = "";
  child.stderr.on("data", (bytes) => (said = (said + bytes).slice(-4000)));
  const kill = () => child.kill("SIGKILL");
  const forget = cleaning(kill);
  let over = false;
  const ended = new Promise((resolve) => child.once("exit", resolve).once("error", (error) => resolve((said += error))));
  ended.then(() => (over = true));
  await until(`${command} accepts`, () => {
    if (over) throw new Error(`${command} ended:\n${said}`);
    return accepts(port);
  });
  return async () => {
    child.kill("SIGTERM");
    const patience = setTimeout(kill, 2000);
    await ended;
    clearTimeout(patience);
    forget();
    return 0;
  };
}

/** nginx in front of a port, or of several in turn, with keep-alive connections to them that all sessions share. */
export async function nginx(...upstreams) {
  const program = ["/usr/sbin/nginx", "/usr/bin/nginx"].find(existsSync) ?? "nginx";
  const [folder, port] = [scratch(), await freePort()];
  const file = join(folder, "nginx.conf");
  writeFileSync(file, nginxConfiguration(folder, passingOn(port, upstreams)));
  const stop = await startProxy(program, ["-p", folder, "-c", file], port);
  return { url: `http://127.0.0.1:${port}`, stop };
}

const hopByHop = /^(connection|upgrade|keep-alive|sec-websocket-.*)$/;

/** A proxy that has never heard of WebSocket: it passes an upgrade on as a plain request. */
export async function proxyWithoutWebSocket(upstream) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const server = createServer((incoming, outgoing) => {
    const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => !hopByHop.test(name)));
    const { method, url: path } = incoming;
    const passed = forward({ host: "127.0.0.1", port: upstream, method, path, headers, agent }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on("error", () => outgoing.destroy());
    outgoing.on("close", () => outgoing.writableFinished || passed.destroy());
    incoming.pipe(passed);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    server.closeAllConnections();
    agent.destroy();
    return new Promise((resolve) => server.close(() => resolve(0)));
  };
  return { url: `http://127.0.0.1:${server.address().port}`, stop };
}
