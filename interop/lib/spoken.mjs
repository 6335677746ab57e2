// One TCP connection on which HTTP is spoken, and WebSocket behind a 101: raw bytes out, answers and frames in.
import { connect } from "node:net";
import { within } from "./check.mjs";

const patience = 20_000;

function frameOf(text) {
  const payload = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

function dechunked(bytes) {
  let body = "";
  for (let at = 0; ;) {
    const end = bytes.indexOf("\r\n", at);
    if (end < 0) return undefined;
    const size = parseInt(bytes.toString("latin1", at, end), 16);
    const next = end + 2 + size + 2;
    if (bytes.length < next) return undefined;
    if (size === 0) return { body, used: next };
    body += bytes.toString("utf8", end + 2, next - 2);
    at = next;
  }
}

export class Spoken {
  bytes = Buffer.alloc(0);
  ended = false;

  static async to(port, first) {
    const made = new Spoken();
    made.connection = connect(port, "127.0.0.1");
    made.connection.on("data", (piece) => ((made.bytes = Buffer.concat([made.bytes, piece])), made.wake?.()));
    made.connection.on("error", () => {});
    made.connection.on("close", () => ((made.ended = true), made.wake?.()));
    made.connection.setNoDelay(true).write(first);
    return made;
  }

  send(text) {
    this.connection.write(frameOf(text));
  }

  end() {
    this.connection.destroy();
  }

  async #waitFor(take) {
    for (;;) {
      const found = take();
      if (found !== undefined) return found;
      if (this.ended) return null;
      await new Promise((resolve) => (this.wake = resolve));
    }
  }

  #takeAnswer(bodiless) {
    const end = this.bytes.indexOf("\r\n\r\n");
    if (end < 0) return undefined;
    const [line, ...lines] = this.bytes.toString("latin1", 0, end).split("\r\n");
    const headers = Object.fromEntries(lines.map((each) => [each.slice(0, each.indexOf(":")).toLowerCase(), each.slice(each.indexOf(":") + 1).trim()]));
    const status = Number(line.split(" ")[1]);
    const rest = this.bytes.subarray(end + 4);
    let found = { body: "", used: 0 };
    if (!bodiless && status !== 101 && headers["transfer-encoding"] === "chunked") found = dechunked(rest);
    else if (!bodiless && status !== 101) {
      const length = Number(headers["content-length"] ?? 0);
      found = rest.length < length ? undefined : { body: rest.toString("utf8", 0, length), used: length };
    }
    if (!found) return undefined;
    this.bytes = rest.subarray(found.used);
    return { status, headers, body: found.body };
  }

  #takeFrame() {
    if (this.bytes.length < 2) return undefined;
    let [size, head] = [this.bytes[1] & 127, 2];
    if (size === 126) {
      if (this.bytes.length < 4) return undefined;
      [size, head] = [this.bytes.readUInt16BE(2), 4];
    }
    if (this.bytes.length < head + size) return undefined;
    const opcode = this.bytes[0] & 15;
    const text = this.bytes.toString("utf8", head, head + size);
    this.bytes = this.bytes.subarray(head + size);
    return opcode === 1 ? text : `opcode ${opcode}: ${text}`;
  }

  answer(method = "GET") {
    return within(patience, "an answer", this.#waitFor(() => this.#takeAnswer(method === "HEAD")));
  }

  frame() {
    return within(patience, "a frame", this.#waitFor(() => this.#takeFrame()));
  }

  /** What is there, or comes soon; undefined when nothing does. */
  #soon(ms, take) {
    let timer;
    const nothing = new Promise((resolve) => (timer = setTimeout(resolve, ms)));
    return Promise.race([this.#waitFor(take), nothing]).finally(() => clearTimeout(timer));
  }

  answerSoon(method, ms) {
    return this.#soon(ms, () => this.#takeAnswer(method === "HEAD"));
  }

  frameSoon(ms) {
    return this.#soon(ms, () => this.#takeFrame());
  }
}
