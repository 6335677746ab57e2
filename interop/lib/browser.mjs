// Debian's Chromium, driven by Playwright: the shell without windows, which asks a quarter less of the processor, or the
// whole browser.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const executablePath = process.env.CHROMIUM ??
  ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"].find((path) => existsSync(path));

/** A domain whose names all lead to 127.0.0.1, in this browser. */
export const manyHosts = "interop.test";

const args = [
  `--host-resolver-rules=MAP *.${manyHosts} 127.0.0.1`,
  // A form that JSONP posts into a frame of another site would start a process each time.
  "--disable-site-isolation-trials", "--disable-features=IsolateOrigins,site-per-process",
  "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--no-default-browser-check",
  "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions", "--mute-audio",
];

export const startBrowser = () => chromium.launch({ executablePath, args, headless: true });

/** What a page looked like before it existed: run in it before its first script. */
export const without = {
  webSocket: () => {
    delete window.WebSocket;
  },
  // As Internet Explorer 8 and 9 across origins: neither XMLHttpRequest nor WebSocket, and no binary.
  modernTransports: () => {
    for (const name of ["WebSocket", "XMLHttpRequest", "fetch"]) delete window[name];
  },
};

/** A page in a context of its own that has loaded `bundle` and the rig. */
export async function rigPage(browser, pages, bundle, { before } = {}) {
  const context = await browser.newContext();
  const page = await context.newPage();
  if (before) await page.addInitScript(before);
  await page.goto(`${pages.url}/page?bundle=${encodeURIComponent(bundle)}`);
  await page.waitForFunction("window.ready");
  return page;
}

/** Runs a scenario in a page; throws what it threw. */
export async function performInPage(page, name, world) {
  const error = await page.evaluate(([scenario, given]) =>
    window.runScenario(scenario, given).then(() => undefined, (reason) => reason.message ?? String(reason)), [name, world]);
  if (error) throw new Error(error);
}
