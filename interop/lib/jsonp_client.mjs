// A client of Socket.IO 2.x that polls by scripts, as old browsers do, spoken by hand since Node has no pages.
import { Agent, request } from "node:http";
import { within } from "./check.mjs";

/** The strings that a script of JSONP, or the payload in it, is made of. */
const callArgument = (script) => JSON.parse(script.slice(script.indexOf("(") + 1, script.lastIndexOf(")")));

function packetsOf(payload) {
  const packets = [];
  for (let left = payload; left;) {
    const colon = left.indexOf(":");
    const size = Number(left.slice(0, colon));
    packets.push(left.slice(colon + 1, colon + 1 + size));
    left = left.slice(colon + 1 + size);
  }
  return packets;
}

/** Emits events with acks, hears events, until it is closed. `failed` rejects when a request is not answered 200. */
export class JsonpClient {
  number = 0;
  acks = new Map();
  heard = [];

  constructor(url) {
    this.url = url;
    this.agent = new Agent({ keepAlive: true });
    this.failed = new Promise((_, reject) => (this.fail = reject));
    this.failed.catch(() => {});
  }

  ask(method, body) {
    const sid = this.sid ? `&sid=${this.sid}` : "";
    const target = `${this.url}/socket.io/?EIO=3&transport=polling&j=${this.number++}&b64=1${sid}`;
    return new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { "Content-Type": "application/x-www-form-urlencoded" };
      const asked = request(target, { method, headers, agent: this.agent }, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (piece) => (text += piece));
        answer.on("end", () => (answer.statusCode === 200 ? resolve(text) : reject(new Error(`${answer.statusCode} ${text}`))));
      });
      asked.on("error", reject).end(body);
    });
  }

  async connect() {
    const connected = new Promise((resolve) => (this.connected = resolve));
    for (const packet of packetsOf(callArgument(await this.ask("GET")))) this.take(packet);
    this.polling = this.poll();
    await Promise.race([connected, this.failed]);
    return this;
  }

  async poll() {
    try {
      while (!this.closed) for (const packet of packetsOf(callArgument(await this.ask("GET")))) this.take(packet);
    } catch (error) {
      if (!this.closed) this.fail(error);
    }
  }

  take(packet) {
    if (packet[0] === "0") this.sid = JSON.parse(packet.slice(1)).sid;
    if (packet === "40") this.connected();
    if (packet === "1") this.closed = true;
    if (packet.startsWith("42")) this.heard.push(JSON.parse(packet.slice(2)));
    if (packet.startsWith("43")) {
      const [, id, rest] = packet.slice(2).match(/^(\d+)(.*)$/);
      this.acks.get(Number(id))(JSON.parse(rest));
    }
  }

  send(packet) {
    return this.ask("POST", `d=${encodeURIComponent(`${packet.length}:${packet}`)}`);
  }

  async emit(...args) {
    const id = this.acks.size;
    const answered = new Promise((resolve) => this.acks.set(id, resolve));
    await this.send(`42${id}${JSON.stringify(args)}`);
    return within(20_000, `an answer to ${args[0]}`, Promise.race([answered, this.failed]));
  }

  async close() {
    this.closed = true;
    await this.send("1");
    await this.polling;
    this.agent.destroy();
  }
}
