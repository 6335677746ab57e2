// The official page for operators, unchanged, in Chromium: on the demo, and on a fleet of Kedge and the reference.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { startBrowser } from "./lib/browser.mjs";
import { ask, Fleet, next, Redis } from "./lib/fleets.mjs";
import { credentials, hash, Operator } from "./lib/operator.mjs";
import { built, Program, root } from "./lib/programs.mjs";

const patience = 30_000;
const pictures = join(root, "interop/screenshots");
let browser;
let demo;
before(async () => {
  mkdirSync(pictures, { recursive: true });
  [browser, demo] = await Promise.all([
    startBrowser(),
    Program.start(built("examples/example_chat"), ["--port", "0", "--admin-user", "ada", "--admin-hash", hash]),
  ]);
});
after(async () => {
  await browser.close();
  assert.equal(await demo.stop(), 0, "exit status");
});

/** The page, as an operator uses it. */
class Page {
  static async open() {
    const page = new Page();
    page.page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    page.page.setDefaultTimeout(patience);
    await page.page.route(/^https:/, (route) => route.abort()); // its fonts, which are elsewhere
    await page.page.goto(`${demo.url}/operators/`);
    return page;
  }

  async connect(url, password = credentials.password) {
    await this.page.getByLabel("Server URL").fill(url);
    await this.page.getByLabel("Username").fill(credentials.username);
    await this.page.getByLabel("Password").fill(password);
    await this.page.getByRole("button", { name: "Connect" }).click();
  }
  goTo(view) {
    return this.page.goto(`${demo.url}/operators/#/${view}/`);
  }
  sees(text) {
    return this.page.getByText(text).locator("visible=true").first().waitFor();
  }
  row(text) {
    return this.page.locator("main tr", { hasText: text });
  }
  picture(name) {
    return this.page.screenshot({ path: join(pictures, `operators-${name}.png`) });
  }
}

describe("admin: the official page", { timeout: 180_000 }, () => {
  test("an operator logs in, looks, and sends a client away", async () => {
    const visitor = await browser.newPage();
    await visitor.goto(demo.url);
    await visitor.fill("#name", "Grace");
    await visitor.click("#who-form button");
    await visitor.getByText("You are in the harbour").waitFor();
    const page = await Page.open(); // it shows the first namespace of which it hears of a socket
    await page.connect(demo.url, "wrong");
    await page.sees("Invalid credentials");
    await page.connect(demo.url);
    await page.sees(/^\s*connected\s*$/i);
    await page.sees("/status");
    await page.sees(/^\s*healthy\s*$/i);
    await page.picture("dashboard");

    await page.goTo("rooms");
    await page.row("harbour").waitFor();
    await page.goTo("events");
    await page.row("Event received").first().waitFor();
    await page.picture("events");
    await page.goTo("sockets");
    const row = page.row("WebSocket");
    await row.first().waitFor();
    await page.picture("sockets");
    await row.first().getByRole("button").first().click();
    await page.sees(/^\s*disconnected\s*$/i); // it shows what was known of the socket
    await visitor.close();
    await page.page.close();
  });

  test("Kedge and the reference in one fleet are on one page, whichever it asks", async () => {
    const redis = await Redis.start();
    const fleet = await Fleet.startEach(["kedge", "node"], () => ["--redis", redis.url, "--admin", hash]);
    try {
      const clients = { a: await fleet.client("a"), b: await fleet.client("b") };
      for (const [asked, other] of ["ab", "ba"]) {
        const page = await Page.open();
        await page.connect(fleet.nodes[asked].url);
        await page.sees(/^\s*connected\s*$/i);
        await page.goTo("servers");
        for (const each of "ab") await page.row("HEALTHY").filter({ has: page.page.getByText(each, { exact: true }) }).waitFor();
        await page.picture(`fleet-${asked}`);
        await page.goTo("sockets");
        await page.row(clients[asked].id).waitFor();
        const there = page.row(clients[other].id);
        await there.getByText("WebSocket").waitFor();
        await ask(clients[other], "join", [`harbour of ${other}`]);
        await page.goTo("rooms");
        await page.row(`harbour of ${other}`).waitFor();
        await page.goTo("events");
        await page.row(clients[other].id).getByText("Event name: join").waitFor();
        await page.page.close();
      }
      for (const [asked, other] of ["ab", "ba"]) {
        const operator = await Operator.enter(fleet.nodes[asked].url, credentials);
        operator.socket.emit("emit", "/", clients[other].id, "hello", asked);
        assert.deepEqual(await next(clients[other], "hello"), [asked]);
        operator.socket.emit("_disconnect", "/", true, clients[other].id);
        await next(clients[other], "disconnect");
        await operator.sees("socket_disconnected");
        operator.leave();
      }
    } finally {
      await fleet.end();
      await redis.end();
    }
  });
});
