// The official engine.io-clients against an Engine.IO server that returns every message.
import { check, equal } from "./lib/check.mjs";
import { engineClients, EngineSession, engineTransports } from "./lib/engine_clients.mjs";
import { againstEachTarget, cell } from "./lib/suite.mjs";

async function echo(session, ...messages) {
  for (const message of messages) session.socket.send(message);
  for (const message of messages) equal(await session.next(), message, "echo");
}

const texts = [
  "plain", "héllo €", "😀 👩‍👩‍👧", "line\u2028paragraph\u2029end", "control \u0000\u001e\u001f\u007f", "\\n and \n and \r\n", "4b:1:2", "b4AQID é",
];
const withoutSeparator = texts.map((text) => text.replace("\u001e", ""));

// Text that holds the separator of EIO=4 payloads cannot travel over polling, in the reference neither.
const safe = ({ eio }) => (eio === "4" ? withoutSeparator : texts);

const tests = {
  text: (session) => echo(session, "a", "4b:1:2", "b4AQID", "0", "1:x", "x".repeat(1000)),
  unicode: async (session, client) => {
    for (const text of safe(client)) await echo(session, text);
    await echo(session, ...safe(client));
  },
  binary: async (session) => {
    await echo(session, Buffer.from([0, 1, 2, 255]));
    await echo(session, "before", Buffer.from([4]), Buffer.alloc(0), "after é", Buffer.from([0x34, 0x62, 0x1e]));
  },
  "500 KB": (session) =>
    echo(session, "0123456789".repeat(50_000), Buffer.from(Array.from({ length: 500_000 }, (_, i) => (i * 31 + (i >> 9)) & 255)), "end"),
  "200 in order": async (session, client, transport) => {
    let [sent, last] = [0, 200];
    const upgraded = () => transport !== "upgrade" || session.upgraded;
    while (sent < last || !upgraded()) {
      session.socket.send(String(sent++));
      if (!upgraded()) await new Promise((resolve) => setTimeout(resolve, 1));
      if (upgraded() && last < sent) last = sent + 50;
    }
    for (let i = 0; i < sent; i++) equal(await session.next(), String(i), "echo in order");
    check(session.arrived.length === 0, "a message came twice");
  },
};

async function perform(url, client, transport, name) {
  const session = await EngineSession.open(client, transport, url);
  try {
    if (transport === "upgrade" && name !== "200 in order") await session.upgrade();
    await tests[name](session, client, transport);
    equal(session.transport, transport === "polling" ? "polling" : "websocket", "transport");
    equal([session.closed, session.error?.message], [undefined, undefined], "close and error");
  } finally {
    session.close();
  }
}

againstEachTarget("engine", { start: async (target) => ({ echo: await target.engineEcho() }) }, (target, up) => {
  for (const client of engineClients)
    for (const transport of engineTransports)
      for (const scenario of Object.keys(tests))
        cell({ client: client.name, transport, scenario }, target, () => perform(up.echo.url, client, transport, scenario));
});
