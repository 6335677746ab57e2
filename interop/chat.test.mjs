// The chat example as its visitors use it, in Chromium.
import { after, before } from "node:test";
import { equal } from "./lib/check.mjs";
import { startBrowser, without } from "./lib/browser.mjs";
import { built, Program } from "./lib/programs.mjs";
import { againstEachTarget, cell } from "./lib/suite.mjs";

const patience = 30_000;
let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

/** A visitor of the chat, in a browser context of its own. */
class Visitor {
  static async enter(url, name, { page: path = "/", before: prepare } = {}) {
    const context = await browser.newContext();
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    if (prepare) await page.addInitScript(prepare);
    await page.goto(url + path);
    await page.fill("#name", name);
    await page.click("#who-form button");
    return new Visitor(page, name);
  }

  constructor(page, name) {
    this.page = page;
    this.name = name;
  }

  async room(name) {
    await this.page.click(`#rooms button:text-is("${name}")`);
    await this.sees(`You are in the ${name}`);
  }
  rung(name) {
    return this.page.waitForSelector(`#ladder[data-rung="${name}"]`);
  }
  mode(name) {
    return this.page.click(`#modes button[data-mode="${name}"]`);
  }
  sees(text) {
    return this.page.waitForSelector(`#log li:has-text(${JSON.stringify(text)})`);
  }
  /** Says it, and waits until all others have acknowledged it. */
  async says(text) {
    await this.page.fill("#text", text);
    await this.page.press("#text", "Enter");
    await this.page.waitForSelector(`#log li.mine:has-text(${JSON.stringify(text)}) .ticks.all`);
  }
  /** Says it, whoever hears it. */
  async calls(text) {
    await this.page.fill("#text", text);
    await this.page.press("#text", "Enter");
    await this.sees(text);
  }
  async times(text) {
    const lines = await this.page.$$eval("#log li", (items) => items.map((item) => item.textContent));
    return lines.filter((line) => line.includes(text)).length;
  }
  members(count) {
    return this.page.waitForFunction((wanted) => document.querySelectorAll("#members li").length === wanted, count);
  }
  leave() {
    return this.page.context().close();
  }
}

async function talkTogether(url) {
  const ada = await Visitor.enter(url, "Ada");
  const grace = await Visitor.enter(url, "Grace", { page: "/?client=2" });
  for (const each of [ada, grace]) {
    await each.room("lighthouse");
    await each.rung("websocket");
  }
  await ada.members(2);
  await ada.says("hello é 😀");
  await grace.sees("hello é 😀");
  await grace.says("from 2018");
  await ada.sees("from 2018");
  const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
  await ada.page.setInputFiles("#picture", { name: "dot.png", mimeType: "image/png", buffer: png });
  await grace.page.waitForFunction(() => document.querySelector("#log li:not(.mine) img")?.naturalWidth === 1);
  for (const each of [ada, grace]) await each.leave();
}

async function climbTheLadder(url) {
  const ada = await Visitor.enter(url, "Ada");
  const grace = await Visitor.enter(url, "Grace", { page: "/?client=2" });
  for (const each of [ada, grace]) await each.room("engine room");
  await grace.mode("jsonp");
  await grace.rung("jsonp");
  await ada.rung("websocket");
  await ada.page.check("#block");
  await ada.rung("polling");
  await ada.members(2);
  await ada.says("blocked, and still here");
  await grace.sees("blocked, and still here");
  await grace.says("by JSONP");
  await ada.sees("by JSONP");
  await ada.page.uncheck("#block");
  await ada.mode("websocket");
  await ada.rung("websocket");
  for (const each of [ada, grace]) await each.leave();
}

async function withoutWebSocket(url) {
  const ada = await Visitor.enter(url, "Ada", { before: without.webSocket });
  await ada.rung("polling");
  await ada.sees("You are in the harbour");
  equal(await ada.page.evaluate(() => typeof window.WebSocket), "undefined", "type of WebSocket");
  await ada.leave();
}

async function leavesNoGhost(url) {
  const ada = await Visitor.enter(url, "Ada");
  const grace = await Visitor.enter(url, "Grace");
  await ada.members(2);
  for (const mode of ["polling", "websocket"]) {
    await grace.mode(mode);
    await grace.rung(mode);
    await ada.members(2);
    await grace.page.reload();
    await grace.sees("You are in the harbour");
    await ada.sees("Grace left.");
    await ada.members(2);
  }
  await grace.leave();
  await ada.members(1);
  await ada.leave();
}

async function offlineAndBack(url) {
  const ada = await Visitor.enter(url, "Ada");
  const grace = await Visitor.enter(url, "Grace");
  for (const each of [ada, grace]) {
    await each.room("lighthouse");
    await each.rung("websocket");
  }
  await ada.page.click("#offline");
  await ada.rung("offline");
  const missed = ["one", "two", "three"].map((word) => `while you were away: ${word}`);
  for (const text of missed) await grace.calls(text);
  for (const text of missed) await ada.sees(text);
  await ada.page.waitForSelector(`#state:has-text("back again, nothing missed")`);
  const seen = await ada.page.$$eval("#log li", (items) => items.map((item) => item.textContent));
  for (const text of missed) equal(seen.filter((line) => line.includes(text)).length, 1, `times of "${text}"`);
  await ada.says("here again");
  await grace.sees("here again");
  for (const each of [ada, grace]) await each.leave();
}

/** What is typed while the page is away arrives, once: before anybody has spoken, and over a restart of the server. */
async function typedWhileAway(url) {
  const ada = await Visitor.enter(url, "Ada");
  const grace = await Visitor.enter(url, "Grace");
  for (const each of [ada, grace]) await each.room("engine room");
  await ada.rung("websocket");
  await ada.page.click("#offline");
  await ada.rung("offline");
  await ada.calls("typed in the tunnel");
  await grace.sees("typed in the tunnel");
  await ada.page.waitForSelector(`#log li.mine:has-text("typed in the tunnel") .ticks.all`);
  for (const each of [ada, grace]) equal(await each.times("typed in the tunnel"), 1, `times that ${each.name} sees it`);
  for (const each of [ada, grace]) await each.leave();
}

async function overARestart() {
  let server = await Program.start(built("examples/example_chat"), ["--port", "0"]);
  const { port, url } = server;
  const ada = await Visitor.enter(url, "Ada");
  await ada.sees("You are in the harbour");
  await server.stop();
  await ada.rung("offline");
  await ada.page.waitForSelector(`#state:has-text("trying again")`);
  await ada.calls("typed without a server");
  server = await Program.start(built("examples/example_chat"), ["--port", String(port)]);
  await ada.page.waitForSelector(`#log li.mine:has-text("typed without a server") .ticks:text-is("✓✓")`);
  const grace = await Visitor.enter(url, "Grace");
  await grace.sees("typed without a server");
  for (const each of [ada, grace]) await each.leave();
  await server.stop();
}

async function keepsItsLog(url) {
  const ada = await Visitor.enter(url, "Ada");
  const grace = await Visitor.enter(url, "Grace");
  for (const each of [ada, grace]) await each.room("lighthouse");
  await ada.members(2);
  await ada.says("before the switch");
  await ada.mode("polling");
  await ada.rung("polling");
  await ada.says("behind the switch");
  await ada.page.waitForSelector(`#log li.mine:has-text("before the switch") .ticks.all`);
  equal(await grace.times("Ada left"), 0, "times that Ada left");
  equal(await ada.times("before the switch"), 1, "times that it is shown");
  for (const each of [ada, grace]) await each.leave();
}

const start = async () => ({ chat: await Program.start(built("examples/example_chat"), ["--port", "0"]) });
const can = ({ name }) => name === "kedge";

againstEachTarget("chat", { start, can, concurrency: 1 }, (target, up) => {
  const visits = { "talk together": talkTogether, "climb the ladder": climbTheLadder, "without WebSocket": withoutWebSocket, "no ghosts": leavesNoGhost,
    "offline and back": offlineAndBack, "typed while away": typedWhileAway, "over a restart": overARestart, "keeps its log": keepsItsLog };
  for (const [scenario, visit] of Object.entries(visits))
    cell({ client: "chat", transport: "page", scenario }, target, () => visit(up.chat.url));
});
