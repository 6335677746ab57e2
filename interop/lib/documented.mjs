// The proxies as docs/deployment.md configures them: the code blocks of the page, with ports and paths of this run.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./programs.mjs";
import { freePort, nginxConfiguration, scratch, startProxy } from "./proxies.mjs";

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

// How each program is told about this run, and started. `ports` are the addresses that the page gives to the processes.
const programs = {
  nginx({ folder, port, certificate }, text) {
    const tls = text.includes("listen 443 ssl;");
    const here = tls
      ? [["listen 443 ssl;", `listen 127.0.0.1:${port} ssl;`], ["/etc/ssl/chat.pem", certificate.cert], ["/etc/ssl/chat.key", certificate.key]]
      : [["listen 80;", `listen 127.0.0.1:${port};`]];
    writeFileSync(join(folder, "chat.conf"), replaced(text, here));
    writeFileSync(join(folder, "nginx.conf"), nginxConfiguration(folder, `include ${folder}/chat.conf;`));
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
  const stop = await startProxy(command, args, port, environment);
  const secure = /listen 443 ssl|bind :443|^chat\.example/m.test(configurations[title]);
  return { url: `${secure ? "https" : "http"}://127.0.0.1:${port}`, secure, port, stop };
}
