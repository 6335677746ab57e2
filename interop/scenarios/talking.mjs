// Connecting, events, acknowledgements and what they can carry.
import { check, equal, until, within } from "../lib/check.mjs";

const stringsOfAllKinds = [
  "héllo €", "😀 👩‍👩‍👧 é", "混ぜる", "line\u2028paragraph\u2029end", "control \u0000\u0001\u001f\u007f\u0085",
  "a literal \\n, a real \n, both \\\n, \r\n and \\\\n", "& + % = ; ? #", "\ufeffmark", "\ud83d\ude00\uffff",
];

async function echo(peer, ...args) {
  peer.emit("message", ...args);
  equal(await peer.next("message-back"), args, "message-back");
  equal(await peer.ask("message-with-ack", ...args), args, "ack");
}

const nested = (rig) => {
  const [one, two, three] = [[1, 2, 3], [0, 255, 128, 4, 30], [52, 98, 10]].map((list) => rig.bytes(list));
  return [one, { list: ["x", two, { deep: three }], empty: rig.bytes([]), again: one }, "between", rig.bytes([4])];
};

export const talking = [
  {
    name: "connect",
    smoke: true,
    async run(rig) {
      const peer = await rig.open("/", { query: { colour: "blue & green", word: "plain" } });
      equal(await peer.next("auth"), [{}], "auth");
      const [facts] = await peer.ask("handshake");
      equal(facts.query.colour, "blue & green", "query.colour");
      equal(facts.query.word, "plain", "query.word");
      equal(facts.query.EIO, String(rig.client.eio), "query.EIO");
      equal(facts.protocol, rig.client.eio, "protocol");
      equal(facts.query.transport, rig.transport === "websocket" ? "websocket" : "polling", "query.transport");
      equal(facts.transport, rig.finalTransport, "transport");
      equal(facts.id, peer.id, "id");
      equal(facts.id.length, 20, "length of the id");
      equal(facts.recovered, false, "recovered");
      equal(typeof facts.headers.host, "string", "type of the host header");
    },
  },
  {
    name: "auth",
    async run(rig) {
      const auth = rig.has("auth")
        ? { token: "abc", nested: { list: [1, "2", null] }, text: "plain" }
        : { token: "abc", text: "two words & more" };
      const peer = await rig.open("/custom", { auth });
      equal(await peer.next("auth"), [auth], "auth");
      equal((await peer.ask("handshake"))[0].auth, auth, "handshake.auth");
    },
  },
  {
    name: "events",
    async run(rig) {
      const peer = await rig.open();
      await echo(peer);
      await echo(peer, 1, -0.5, rig.client.parser ? 1.5 : 1e21, 9007199254740991, true, false, null, "text", "", [], {}, { a: { b: [1, { c: null }] } });
      await echo(peer, "with \"quotes\" \\ / and <script>", ["0", 0, [[[]]]]);
      for (let i = 0; i < 40; i++) peer.emit("message", i);
      for (let i = 0; i < 40; i++) equal(await peer.next("message-back"), [i], "message-back in order");
    },
  },
  {
    name: "acks",
    smoke: true,
    async run(rig) {
      const peer = await rig.open();
      equal(await peer.ask("message-with-ack", 1, "two", { three: [3] }), [1, "two", { three: [3] }], "ack");
      equal(await peer.ask("message-with-ack"), [], "ack without arguments");
      peer.socket.on("question", (a, b, answer) => answer(a + b, "more", null));
      equal(await peer.ask("ask", rig.patience, "question", 2, 3), ["ok", 5, "more", null], "ack of the client");
      const answers = await Promise.all([...Array(30).keys()].map((i) => peer.ask("message-with-ack", i)));
      equal(answers, [...Array(30).keys()].map((i) => [i]), "acks of many questions");
    },
  },
  {
    name: "binary",
    smoke: true,
    async run(rig) {
      const peer = await rig.open();
      await echo(peer, rig.bytes([0, 1, 2, 253, 254, 255]));
      await echo(peer, ...nested(rig));
      await echo(peer, ...[...Array(10).keys()].map((i) => rig.bytes([i, i, i])));
      peer.socket.on("blob", (data, answer) => answer({ got: data }, rig.bytes([9, 8, 7])));
      equal(await peer.ask("ask", rig.patience, "blob", rig.bytes([5, 6])), ["ok", { got: rig.bytes([5, 6]) }, rig.bytes([9, 8, 7])], "binary ack");
    },
  },
  {
    name: "500 KB",
    async run(rig) {
      const peer = await rig.open();
      await echo(peer, "0123456789".repeat(50_000));
      // Clients before 3.0 exceed the stack when they turn more than this into base64 in a browser.
      const length = rig.client.eio === 3 && ["jsonp", "oldest"].includes(rig.transport) ? 60_000 : 500_000;
      await echo(peer, rig.bytes(Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 255)));
      await echo(peer, "still here");
    },
  },
  {
    name: "unicode",
    smoke: true,
    async run(rig) {
      const peer = await rig.open();
      for (const text of stringsOfAllKinds) await echo(peer, text);
      await echo(peer, ...stringsOfAllKinds, Object.fromEntries(stringsOfAllKinds.map((text) => [text, text])));
      await echo(peer, "é with binary", rig.bytes([0xc3, 0xa9]), "😀");
      if (!rig.client.parser) await echo(peer, "half a pair \ud800 and \udc00");
      peer.listen("événement 😀");
      await peer.ask("broadcast", { self: true, to: [rig.unique("none")] }, "événement 😀", "nobody hears");
      const room = rig.unique("salle é");
      equal(await peer.ask("join", room), [[room]], "rooms");
      await peer.ask("broadcast", { self: true, to: [room] }, "événement 😀", "ü");
      equal(await peer.next("événement 😀"), ["ü"], "event with a name beyond ASCII");
    },
  },
  {
    name: "200 in order",
    smoke: true,
    async run(rig) {
      const peer = await rig.open("/", { settle: false });
      let upgraded = rig.finalTransport === peer.engine.transport.name;
      let last = 200;
      if (!upgraded) peer.settled().then(() => (upgraded = true));
      let sent = 0;
      while (sent < last || !upgraded) {
        peer.emit("message", sent++);
        if (!upgraded) await new Promise((resolve) => setTimeout(resolve, 1));
        if (upgraded && last < sent) last = sent + 50;
      }
      for (let i = 0; i < sent; i++) equal(await peer.next("message-back"), [i], "message-back in order");
      equal((await peer.ask("handshake"))[0].transport, rig.finalTransport, "transport");
      equal(peer.count("message-back"), 0, "messages that came twice");
    },
  },
  {
    name: "timeouts",
    async run(rig) {
      const peer = await rig.open();
      let late;
      peer.socket.on("silence", (answer) => (late = answer));
      equal(await peer.ask("ask", 40, "silence"), ["timeout"], "answer of the server");
      late("too late");
      await echo(peer, "alive after a late ack");
      if (!rig.has("timeout")) return;
      const error = await within(rig.patience, "the client's timeout", new Promise((resolve) => peer.socket.timeout(40).emit("unknown-event", resolve)));
      equal(error?.message, "operation has timed out", "error of the client");
    },
  },
  {
    name: "catch-all",
    async run(rig) {
      const peer = await rig.open();
      const [incoming, outgoing] = [[], []];
      if (rig.has("any")) peer.socket.onAny((...args) => incoming.push(args));
      if (rig.has("any-outgoing")) peer.socket.onAnyOutgoing((...args) => outgoing.push(args));
      peer.emit("nobody-listens", 1);
      peer.emit("message", "x", 2);
      await peer.next("message-back");
      const [received, sent] = await peer.ask("log");
      equal(received, ["nobody-listens", "message", "log"], "received by the server");
      equal(sent, ["auth", "message-back"], "sent by the server");
      if (rig.has("any")) equal(incoming.at(-1), ["message-back", "x", 2], "client's onAny");
      if (rig.has("any-outgoing")) equal(outgoing.slice(0, 2), [["nobody-listens", 1], ["message", "x", 2]], "client's onAnyOutgoing");
    },
  },
  {
    name: "event refused",
    async run(rig) {
      const peer = await rig.open();
      peer.emit("forbidden", 1);
      equal(await peer.next("error-seen"), ["event refused"], "error of the middleware");
      equal((await peer.ask("log"))[0], ["forbidden", "log"], "received by the server");
    },
  },
  {
    name: "volatile",
    async run(rig) {
      const peer = await rig.open();
      await peer.ask("volatile", 20);
      const seen = [];
      await until("a volatile event arrives", async () => {
        await peer.ask("volatile", 1);
        return peer.count("volatile") > 0;
      });
      while (peer.count("volatile")) seen.push((await peer.next("volatile"))[0]);
      check(seen.every((value) => Number.isInteger(value) && value >= 0 && value < 20), `strange values: ${seen}`);
      await echo(peer, "after volatile");
    },
  },
];
