// The official SockJS client in Chromium, on a page of the same origin and on one of another, beside the reference server.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import http from "node:http";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { manyHosts, startBrowser } from "./lib/browser.mjs";
import { built, Program } from "./lib/programs.mjs";

const require = createRequire(import.meta.url);
const sockjs = require("sockjs");
const library = readFileSync(require.resolve("sockjs-client/dist/sockjs.min.js"));
const everywhere = ["websocket", "xhr-streaming", "xhr-polling", "jsonp-polling"];
const pages = {
  "the same origin": { host: "127.0.0.1", transports: [...everywhere, "eventsource", "htmlfile"] },
  "another origin": { host: `page.${manyHosts}`, transports: [...everywhere, "iframe-eventsource", "iframe-htmlfile", "iframe-xhr-polling"] },
};
const libraries = { Kedge: "/echo/sockjs.min.js", "sockjs-node": "/sockjs.min.js" };
const texts = ["plain", "caf\u00e9 \u{1f600}", "\u0000\u2028\uffff", "</script><script>p(1)", "x".repeat(150_000), "last"];

async function startReference() {
  const server = http.createServer((request, response) => {
    if (!request.url.startsWith("/sockjs.min.js")) return response.writeHead(404).end();
    response.writeHead(200, { "Content-Type": "application/javascript" }).end(library);
  });
  const service = sockjs.createServer({ log: () => {}, sockjs_url: "/sockjs.min.js" });
  service.on("connection", (client) => client.on("data", (text) => client.write(text)));
  service.installHandlers(server, { prefix: "/echo" });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => (server.closeAllConnections(), server.close(), 0) };
}

let browser;
const servers = {};
before(async () => {
  [browser, servers.Kedge, servers["sockjs-node"]] = await Promise.all([
    startBrowser(), Program.start(built("examples/example_sockjs_echo"), ["--port", "0"]), startReference()]);
});
after(async () => {
  await browser.close();
  for (const server of Object.values(servers)) assert.equal(await server.stop(), 0, "exit status");
});

/** What a page says comes back: what it heard, over which transport, and how it ended. */
const talk = ([url, transport, said]) => new Promise((resolve) => {
  const socket = new window.SockJS(`${url}/echo`, null, { transports: transport, timeout: 20_000 });
  const heard = [];
  let over;
  socket.onopen = () => {
    over = socket.transport;
    said.forEach((text) => socket.send(text));
  };
  socket.onmessage = ({ data }) => {
    heard.push(data);
    if (heard.length === said.length) socket.close(3001, "enough");
  };
  socket.onclose = ({ code, reason }) => resolve({ heard, transport: over, end: [code, reason] });
});

for (const name of Object.keys(libraries)) {
  for (const [where, { host, transports }] of Object.entries(pages)) {
    describe(`sockjs in Chromium, ${name}, ${where}`, () => {
      for (const transport of transports) {
        // The reference's htmlfile ends where a message has a script's end in it.
        const said = name === "Kedge" || !transport.includes("htmlfile") ? texts : texts.filter((text) => !text.includes("</script>"));
        test(`sockjs in Chromium: ${transport}, ${where}, ${name}`, async () => {
          const { url } = servers[name];
          const page = await browser.newPage();
          page.setDefaultTimeout(60_000);
          await page.goto(`${url.replace("127.0.0.1", host)}/echo`);
          await page.addScriptTag({ url: `${url}${libraries[name]}` });
          const result = await page.evaluate(talk, [url, transport, said]);
          assert.deepEqual(result, { heard: said, transport, end: [3001, "enough"] });
          await page.close();
        });
      }
    });
  }
}
