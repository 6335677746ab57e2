// The page with five kinds of clients, in Chromium.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { startBrowser } from "./lib/browser.mjs";
import { built, Program } from "./lib/programs.mjs";

const kinds = ["Socket.IO", "Socket.IO of 2018", "SockJS", "STOMP", "EventSource"];
let browser;
let kedge;
before(async () => {
  [browser, kedge] = await Promise.all([startBrowser(), Program.start(built("examples/example_all_clients"), ["--port", "0"])]);
});
after(async () => {
  await browser.close();
  assert.equal(await kedge.stop(), 0, "exit status");
});

describe("all_clients", () => {
  test("all_clients: what one says, all five hear, once and in the same order", async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 680 } });
    page.setDefaultTimeout(30_000);
    const wrong = [];
    page.on("pageerror", (error) => wrong.push(error.message));
    await page.goto(kedge.url);
    for (const kind of kinds) await page.waitForSelector(`section.here[data-kind="${kind}"]`);
    for (const [index, kind] of kinds.entries()) {
      await page.fill(`section[data-kind="${kind}"] input`, `hello from ${kind} </script> \u{1f600}`);
      await page.press(`section[data-kind="${kind}"] input`, "Enter");
      await page.waitForFunction((count) => [...document.querySelectorAll("ol")].every((log) => log.children.length >= count), index + 1);
    }
    const heard = await page.$$eval("ol", (logs) => logs.map((log) => [...log.children].map((line) => line.textContent)));
    const said = kinds.map((kind) => `${kind}: hello from ${kind} </script> \u{1f600}`);
    assert.deepEqual(heard, kinds.map(() => said));
    assert.deepEqual(wrong, []);
    if (process.env.KEDGE_SCREENSHOTS) await page.screenshot({ path: `${process.env.KEDGE_SCREENSHOTS}/all_clients.png` });
    await page.close();
  });
});
