// The scenarios in a real browser: JSONP of every generation that has it, the newest client over everything else.
import { after, before } from "node:test";
import { manyHosts, performInPage, rigPage, startBrowser, without } from "./lib/browser.mjs";
import { clients } from "./lib/clients.mjs";
import { pageServer } from "./lib/pages.mjs";
import { againstEachTarget, scenarioCell } from "./lib/suite.mjs";
import { scenarios } from "./scenarios/all.mjs";

const bundleOf = ({ module }) => `/bundles/${module}/dist/socket.io.js`;
const named = (name) => clients.find((client) => client.name === name);

// A page for each; its scenarios run one after the other, since a browser opens at most six connections to a server.
const rigs = [
  ...clients.filter(({ jsonp }) => jsonp).map((client) => ({ client, transport: "jsonp", label: "jsonp" })),
  { client: named("2.5"), transport: "oldest", label: "as in IE 8", before: without.modernTransports, smokeOnly: true },
  ...["polling", "websocket"].map((transport) =>
    ({ client: named("4.8"), transport, label: `${transport}, Chromium`, smokeOnly: true })),
  { client: named("4.8"), transport: "upgrade", label: "upgrade, Chromium" },
];

const inBrowser = ({ smokeOnly }) => ({ needs, smoke }) => (smokeOnly ? smoke : !needs || needs === "newest");

let browser, pages;
before(async () => {
  [browser, pages] = await Promise.all([startBrowser(), pageServer()]);
});
after(async () => {
  await browser.close();
  pages.stop();
});

// So many pages work at a time: all at once, each would wait for the processor longer than a scenario may take.
const pagesAtOnce = 6;

// Runs tasks one after the other, in the order in which they came.
function oneByOne() {
  let last = Promise.resolve();
  return (task) => (last = last.then(task, task));
}

const start = async (target) => ({ app: await target.app(["--port", "0"]) });

againstEachTarget("browser", { start, concurrency: 400 }, (target, up) => {
  const lanes = Array.from({ length: pagesAtOnce }, oneByOne);
  for (const [index, rig] of rigs.entries()) {
    const { client, transport, label } = rig;
    const next = lanes[index % pagesAtOnce];
    let page;
    for (const scenario of scenarios.filter(inBrowser(rig))) {
      scenarioCell({ client, transport, scenario }, target, ({ patience }) => next(async () => {
        page ??= await rigPage(browser, pages, bundleOf(client), rig);
        await performInPage(page, scenario.name, { url: up.app.url, manyHosts, client, transport, patience });
      }), { transport: label });
    }
  }
});
