// The proxies as docs/deployment.md configures them: the code blocks of the page, with ports and paths of this run.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "./check.mjs";
import { root } from "./programs.mjs";
import { accepts, cleaning, freePort, scratch } from "./proxies.mjs";

const page = readFileSync(join(root, "docs/deployment.md"), "utf8");

/** The configurations of the page by the title in their first line: `# nginx, one process`. */
export const configurations = Object.fromEntries(
  [...page.matchAll(/^```(?:nginx|haproxy|caddy)\n# (.+)\n([^]*?)^```$/gm)].map(([, title, text]) => [title, text]),
);

// Every replacement has to find something, so that the page and the tests cannot drift apart.
function replaced(text, replacements) {
  for (const [from, to] of replacements) {
    if (!text.includes(from)) throw new Error(`docs/deployment.md no longer says "${from}" where the tests look for it`);
    text = text.replaceAll(from, to);
  }
  return text;
}

const within = (folder) => `
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
  include ${folder}/chat.conf;
}
`;

// How each program is told about this run, and started. `ports` are the addresses that the page gives to the processes.
const programs = {
  nginx({ folder, port, certificate }, text) {
    const tls = text.includes("listen 443 ssl;");
    const here = tls
      ? [["listen 443 ssl;", `listen 127.0.0.1:${port} ssl;`], ["/etc/ssl/chat.pem", certificate.cert], ["/etc/ssl/chat.key", certificate.key]]
      : [["listen 80;", `listen 127.0.0.1:${port};`]];
    writeFileSync(join(folder, "chat.conf"), replaced(text, here));
    writeFileSync(join(folder, "nginx.conf"), within(folder));
    return ["/usr/sbin/nginx", ["-p", folder, "-c", join(folder, "nginx.conf")]];
  },
  haproxy({ folder, port, certificate }, text) {
    const both = join(folder, "chat.pem");
    writeFileSync(both, readFileSync(certificate.cert, "utf8") + readFileSync(certificate.key, "utf8"));
    const bind = text.match(/bind :\d+/)[0];
    const crt = text.includes(" crt ") ? [["/etc/haproxy/chat.pem", both]] : [];
    writeFileSync(join(folder, "haproxy.cfg"), replaced(text, [[bind, `bind 127.0.0.1:${port}`], ...crt]));
    return ["/usr/sbin/haproxy", ["-db", "-f", join(folder, "haproxy.cfg")]];
  },
  caddy({ folder, port, certificate }, text) {
    const plain = text.includes("http://chat.example {");
    const here = plain
      ? ["http://chat.example {", `http://127.0.0.1:${port} {`]
      : ["chat.example {", `https://127.0.0.1:${port} {\n    tls ${certificate.cert} ${certificate.key}`];
    const global = "{\n    admin off\n    auto_https disable_redirects\n    skip_install_trust\n}\n";
    writeFileSync(join(folder, "Caddyfile"), global + replaced(text, [here]));
    return ["/usr/bin/caddy", ["run", "--adapter", "caddyfile", "--config", join(folder, "Caddyfile")]];
  },
};

/**
 * Starts a configuration of the page in front of processes, given as `{ 3000: port, 3001: port }`; `edit` may change its
 * text first. `url` is where clients go.
 */
export async function documented(title, ports, certificate, edit = (text) => text) {
  const [folder, port] = [scratch(), await freePort()];
  const name = title.match(/^\w+/)[0];
  if (!configurations[title]) throw new Error(`docs/deployment.md has no configuration "${title}"`);
  const upstreams = Object.entries(ports).map(([from, to]) => [`127.0.0.1:${from}`, `127.0.0.1:${to}`]);
  const text = edit(replaced(configurations[title], upstreams));
  const [command, args] = programs[name]({ folder, port, certificate }, text);
  if (!existsSync(command)) throw new Error(`${command} is not installed: script/bootstrap`);
  const environment = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"], env: environment });
  let said = "";
  child.stderr.on("data", (bytes) => (said = (said + bytes).slice(-4000)));
  const kill = () => child.kill("SIGKILL");
  const forget = cleaning(kill);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  let over = false;
  ended.then(() => (over = true));
  await until(`${name} accepts`, () => {
    if (over) throw new Error(`${name} ended:\n${said}`);
    return accepts(port);
  });
  const secure = /listen 443 ssl|bind :443|^chat\.example/m.test(configurations[title]);
  const stop = async () => {
    child.kill("SIGTERM");
    const patience = setTimeout(kill, 2000);
    await ended;
    clearTimeout(patience);
    forget();
    return 0;
  };
  return { url: `${secure ? "https" : "http"}://127.0.0.1:${port}`, secure, port, stop };
}
