// What pages live through: the server's own bundle, a missing WebSocket, cookies across origins, reloads.
import { after, before } from "node:test";
import { equal, until, within } from "./lib/check.mjs";
import { clients } from "./lib/clients.mjs";
import { rigPage, startBrowser, without } from "./lib/browser.mjs";
import { pageServer } from "./lib/pages.mjs";
import { Rig } from "./lib/rig.mjs";
import { againstEachTarget, cell } from "./lib/suite.mjs";
import { nodeWorld } from "./lib/worlds.mjs";

const newest = clients.find(({ name }) => name === "4.8");
const second = clients.find(({ name }) => name === "2.5");
const local = ({ module }) => `/bundles/${module}/dist/socket.io.js`;

let browser, pages;
before(async () => {
  [browser, pages] = await Promise.all([startBrowser(), pageServer()]);
});
after(async () => {
  await browser.close();
  pages.stop();
});

// In the page: connects, joins a room, and tells what the server knows of it.
const settle = ({ url, room, upgrade, options }) => new Promise((resolve, reject) => {
  const socket = (window.socket = window.io(url, options));
  socket.on("connect_error", reject);
  const tell = () => socket.emit("join", room, () => socket.emit("handshake", resolve));
  socket.on("connect", () => {
    const { engine } = socket.io;
    if (upgrade && engine.transport.name !== "websocket") engine.on("upgrade", tell);
    else tell();
  });
});

async function opened(url, bundle, given, how) {
  const page = await rigPage(browser, pages, bundle, how);
  return { page, facts: await within(30_000, "the page connects", page.evaluate(settle, { url, room: "page", ...given })) };
}

async function servedBundle(url) {
  for (const name of ["socket.io.js", "socket.io.min.js"]) {
    const { page, facts } = await opened(url, `${url}/socket.io/${name}`, { upgrade: true });
    equal([facts.transport, facts.protocol], ["websocket", 4], "transport and protocol");
    await page.context().close();
  }
}

async function withoutWebSocket(url) {
  const { page, facts } = await opened(url, `${url}/socket.io/socket.io.js`, {}, { before: without.webSocket });
  equal(facts.transport, "polling", "transport");
  const echo = await page.evaluate(() => new Promise((resolve) =>
    window.socket.emit("message-with-ack", "é", (...args) => resolve([...args, window.socket.io.engine.transport.name]))));
  equal(echo, ["é", "polling"], "ack and transport");
  await page.context().close();
}

// The page's origin differs from the server's by the port, so it shares its cookies.
async function crossOriginWithCredentials(url, client, options) {
  const page = await rigPage(browser, pages, local(client));
  await page.evaluate(() => (document.cookie = "flavour=vanilla; path=/"));
  const facts = await page.evaluate(settle, { url, room: "page", options: { transports: ["polling"], ...options } });
  equal(facts.headers.origin, pages.url, "origin");
  equal(facts.headers.cookie, "flavour=vanilla", "cookie");
  await page.context().close();
}

// The sockets in the room as another client sees them; a page that has gone must not linger until its ping times out.
async function noGhost(target, program, client, transport) {
  const rig = new Rig({ ...nodeWorld(newest), url: program.url, transport: "websocket" });
  const room = rig.unique("page");
  const options = transport === "jsonp" ? { transports: ["polling"], forceJSONP: true } : { transports: [transport] };
  try {
    const watcher = await rig.open();
    const present = async () => (await watcher.ask("fetch", room))[0];
    const page = await rigPage(browser, pages, local(client));
    const first = await page.evaluate(settle, { url: program.url, room, options });
    equal(await present(), [first.id], "before the reload");
    await page.reload();
    await page.waitForFunction("window.ready");
    const again = await page.evaluate(settle, { url: program.url, room, options });
    await until("only the reloaded page is left", async () => (await present()).join() === again.id);
    await page.context().close();
    await until("nobody is left", async () => (await present()).length === 0);
  } finally {
    rig.close();
  }
}

const start = async (target) => ({ app: await target.app(["--port", "0"]) });

againstEachTarget("pages", { start, concurrency: 2 }, (target, up) => {
  const each = (client, transport, scenario, attempt) =>
    cell({ client: client.name, transport, scenario }, target, () => attempt(up.app.url));
  each(newest, "page", "served bundle", servedBundle);
  each(newest, "page", "without WebSocket", withoutWebSocket);
  each(newest, "page", "credentials", (url) => crossOriginWithCredentials(url, newest, { withCredentials: true }));
  each(second, "page", "credentials", (url) => crossOriginWithCredentials(url, second));
  for (const [client, transport] of [[newest, "polling"], [newest, "websocket"], [second, "polling"], [second, "jsonp"]])
    each(client, `page, ${transport}`, "reload and leave", () => noGhost(target, up.app, client, transport));
});
