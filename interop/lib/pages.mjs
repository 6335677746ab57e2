// The web server of the browser tests: this folder's modules and the clients' bundles, for pages of another origin than the
// server under test.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { root } from "./programs.mjs";

const types = { ".mjs": "text/javascript", ".js": "text/javascript", ".html": "text/html; charset=utf-8" };
const folders = { interop: join(root, "interop"), bundles: join(root, "node_modules") };

const rigPage = (bundle) => `<!doctype html><meta charset="utf-8"><title>rig</title>
<script src="${bundle}"></script>
<script type="module">
import { perform } from "/interop/lib/rig.mjs";
import { scenarios } from "/interop/scenarios/all.mjs";
const bytes = (list) => new Uint8Array(list).buffer;
window.runScenario = async (name, world) => {
  const newest = await import("/bundles/socket.io-client/dist/socket.io.esm.min.js");
  const scenario = scenarios.find((each) => each.name === name);
  await perform(scenario, { ...world, io: window.io, bytes, hooks: { newest: newest.io } });
};
window.ready = true;
</script>
`;

/** /page?bundle=URL is the page; /bundles/<package>/… its bundles; /interop/… the modules. */
async function respond(request, response) {
  const { pathname, searchParams } = new URL(request.url, "http://localhost");
  const [, folder, ...rest] = normalize(pathname).split("/");
  try {
    if (folder === "page") return response.writeHead(200, { "content-type": types[".html"] }).end(rigPage(searchParams.get("bundle")));
    const body = await readFile(join(folders[folder], ...rest));
    response.writeHead(200, { "content-type": types[extname(pathname)] ?? "text/plain" }).end(body);
  } catch {
    response.writeHead(404).end();
  }
}

export async function pageServer() {
  const server = createServer(respond);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => (server.closeAllConnections(), server.close()) };
}
