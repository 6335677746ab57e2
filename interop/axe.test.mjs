// The demo's pages, judged by axe: what who cannot see, or has no mouse, would stumble over.
import { after, before, describe, test } from "node:test";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { equal } from "./lib/check.mjs";
import { startBrowser } from "./lib/browser.mjs";
import { built, Program } from "./lib/programs.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const patience = 30_000;

/** What axe finds, a line each. */
async function faults(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.target.join(" ")}`));
}

describe("the demo is for everybody", () => {
  let browser;
  let program;
  before(async () => {
    program = await Program.start(built("examples/example_chat"), ["--port", "0"]);
    browser = await startBrowser();
  });
  after(async () => {
    await browser.close();
    await program.stop();
  });

  async function open(path, colours, viewport) {
    const context = await browser.newContext({ colorScheme: colours, viewport });
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    await page.goto(program.url + path);
    return page;
  }

  for (const colours of ["light", "dark"]) {
    test(`the chat, ${colours}: the question for a name, and the room`, async () => {
      const page = await open("/", colours);
      equal(await faults(page), [], "who are you");
      await page.fill("#name", "Ada");
      await page.click("#who-form button");
      await page.waitForSelector('#ladder[data-rung="websocket"]');
      equal(await page.evaluate(() => document.activeElement.id), "text", "what has the keyboard");
      await page.keyboard.type("hello");
      await page.keyboard.press("Enter");
      await page.waitForSelector('#log li:has-text("hello")');
      equal(await faults(page), [], "in the room");
      await page.context().close();
    });
    test(`the status page, ${colours}: wide, and on a phone`, async () => {
      for (const viewport of [{ width: 1280, height: 720 }, { width: 390, height: 844 }]) {
        const page = await open("/status", colours, viewport);
        await page.waitForSelector("#sessions .top:not(:empty)");
        equal(await faults(page), [], `${viewport.width} wide`);
        await page.context().close();
      }
    });
  }
});
