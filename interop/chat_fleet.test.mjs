// The demo on three servers behind a round robin: what the page shows of them, and what becomes of visitors when one is stopped.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { io } from "socket.io-client";
import { startBrowser } from "./lib/browser.mjs";
import { check, equal, until, within } from "./lib/check.mjs";
import { ask, collect } from "./lib/fleets.mjs";
import { built, root } from "./lib/programs.mjs";
import { freePort } from "./lib/proxies.mjs";

const patience = 30_000;
let demo;
let url;

const nodes = async () => (await fetch(`${url}/nodes`)).json();
const up = async () => (await nodes()).filter((each) => each.up).map(({ node }) => node);
const wish = (text, headers = { "X-Nodes": "1" }) => fetch(`${url}/nodes`, { method: "POST", headers, body: text });

before(async () => {
  const program = built("examples/example_chat");
  const env = { ...process.env, KEDGE_BUILD: join(program, "../..") };
  demo = spawn(join(root, "examples/chat/fleet"), [await freePort(), "3"], { env, stdio: ["ignore", "pipe", "inherit"] });
  demo.ended = new Promise((resolve) => demo.once("exit", resolve));
  process.once("exit", () => demo.kill());
  const lines = createInterface({ input: demo.stdout });
  const line = await within(patience, "the demo listens", new Promise((resolve) => lines.once("line", resolve)));
  url = line.match(/^listening on (http:\/\/localhost:\d+)$/)[1].replace("localhost", "127.0.0.1");
});
after(async () => {
  demo.kill();
  equal(await within(patience, "the end of the demo", demo.ended), 0, "its exit status");
});

/** A visitor with the official client, that comes back by itself. */
class Visitor {
  static async enter(name, transports) {
    const visitor = new Visitor();
    visitor.socket = io(url, { forceNew: true, transports, reconnectionDelay: 20, reconnectionDelayMax: 100 });
    visitor.said = collect(visitor.socket, "said");
    visitor.socket.on("served by", (node) => (visitor.node = node));
    await until("it connects", () => visitor.socket.connected, patience);
    [visitor.welcome] = await ask(visitor.socket, "enter", "harbour", name, name);
    await until("it knows its server", () => visitor.node);
    return visitor;
  }
  says(text) {
    return ask(this.socket, "say", text, text);
  }
  heard(text) {
    return until(`${text} is heard`, () => this.said.some(([entry]) => entry.text === text), patience);
  }
}

test("visitors of different servers are in one room; who comes later sees what was said", { timeout: 60_000 }, async () => {
  const visitors = [];
  try {
    // Each goes to the next server, or by polls to all of them.
    for (const [name, transports] of [["ada", ["websocket"]], ["ben", ["websocket"]], ["cas", ["polling"]]]) visitors.push(await Visitor.enter(name, transports));
    for (const [i, each] of visitors.entries()) {
      await each.says(`hello ${i}`);
      for (const other of visitors) if (other !== each) await other.heard(`hello ${i}`);
    }
    check(new Set(visitors.map(({ node }) => node)).size > 1, "all are on one server");
    for (let i = 0; i < 3; i++) {
      const late = await Visitor.enter(`late ${i}`, ["websocket"]);
      visitors.push(late);
      equal(late.welcome.history.map(({ text }) => text), ["hello 0", "hello 1", "hello 2"], `what was said before, on server ${late.node}`);
    }
  } finally {
    visitors.forEach(({ socket }) => socket.disconnect());
  }
});

test("a server is stopped: its visitors come back on another and have missed nothing; it is started again", { timeout: 90_000 }, async () => {
  const ada = await Visitor.enter("ada", ["websocket"]);
  let ben = await Visitor.enter("ben", ["websocket"]);
  while (ben.node === ada.node) {
    ben.socket.disconnect();
    ben = await Visitor.enter("ben", ["websocket"]);
  }
  try {
    await ben.says("before");
    await ada.heard("before");
    const stopped = ada.node;
    const away = collect(ada.socket, "disconnect");
    equal((await wish(`stop ${stopped}`)).status, 204, "the answer to the wish");
    for (let i = 0; away.length === 0 || i < 10; i++) await ben.says(`meanwhile ${i}`);
    await until("it is back", () => ada.socket.connected && ada.node !== stopped, patience);
    check(ada.socket.recovered, "it came anew");
    await ben.says("last");
    await ada.heard("last");
    const texts = ada.said.map(([{ text }]) => text).filter((text) => text.startsWith("meanwhile"));
    equal(texts, texts.map((_, i) => `meanwhile ${i}`), "what it heard meanwhile");
    await until("it is shown", async () => !(await up()).includes(stopped), patience);
    await wish(`start ${stopped}`);
    await until("it is there again", async () => (await up()).length === 3, patience);
    let again;
    do {
      again?.socket.disconnect();
      again = await Visitor.enter("again", ["websocket"]);
    } while (again.node !== stopped);
    await until("it knows what was said", async () => {
      const [{ history }] = await ask(again.socket, "enter", "harbour", "again", "again");
      return history.at(-1)?.text === "last";
    }, patience);
    again.socket.disconnect();
  } finally {
    for (const { socket } of [ada, ben]) socket.disconnect();
  }
});

test("wishes that make no sense, and those of other sites, are refused; the last server stays", { timeout: 60_000 }, async () => {
  for (const text of ["", "stop", "stop ", "halt 1", "stop 1; true", "stop 1\nstop 2", "stop 9999"]) equal((await wish(text)).status, 400, text);
  equal((await wish("stop 1", {})).status, 400, "without the header");
  equal((await wish("stop 7")).status, 204, "one that there is not");
  for (const node of [1, 2, 3]) await wish(`stop ${node}`);
  await until("one is left", async () => (await up()).length === 1, patience);
  await until("its number is told", async () => equal(await up(), [3], "the one that stays") ?? true);
  for (const node of [1, 2]) await wish(`start ${node}`);
  await until("all are there", async () => (await up()).length === 3, patience);
});

test("the page stops the server that it is on, and comes back", { timeout: 90_000 }, async () => {
  const browser = await startBrowser();
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(patience);
    await page.goto(url);
    await page.fill("#name", "Ada");
    await page.click("#who-form button");
    const own = page.locator("#nodes-list li", { hasText: "has this page" });
    const name = await own.locator("b").textContent();
    await own.getByRole("button").click();
    await page.waitForSelector(`#nodes-list li.down:has-text("${name}")`);
    await page.waitForFunction((gone) => {
      const here = [...document.querySelectorAll("#nodes-list li")].find((each) => each.textContent.includes("has this page"));
      return here && !here.textContent.includes(gone);
    }, name);
    if (process.env.KEDGE_PICTURES) await page.screenshot({ path: `${process.env.KEDGE_PICTURES}/nodes.png` });
    await page.click(`#nodes-list li:has-text("${name}") button`);
    await page.waitForSelector(`#nodes-list li.up:has-text("${name}")`);
  } finally {
    await browser.close();
  }
});
