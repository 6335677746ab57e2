// HTTP with nothing between: lines out, answers in, over one kept-alive connection or many.
import { connect } from "node:net";
import { check, within } from "../lib/check.mjs";

const patience = 20_000;

function dechunked(bytes) {
  const parts = [];
  for (let at = 0; ;) {
    const end = bytes.indexOf("\r\n", at);
    if (end < 0) return undefined;
    const size = parseInt(bytes.toString("latin1", at, end), 16);
    if (bytes.length < end + 2 + size + 2) return undefined;
    if (size === 0) return { body: Buffer.concat(parts), rest: bytes.subarray(end + 4) };
    parts.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}

function answerIn(bytes, ended) {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [statusLine, ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
  const headers = {};
  for (const line of lines) headers[line.split(":")[0].toLowerCase()] = line.slice(line.indexOf(":") + 1).trim();
  const status = Number(statusLine.split(" ")[1]);
  const rest = bytes.subarray(end + 4);
  const whole = (body, left) => ({ answer: { status, headers, body: body.toString(), bytes: body }, rest: left });
  if (headers["transfer-encoding"] === "chunked") {
    const found = dechunked(rest);
    return found && whole(found.body, found.rest);
  }
  const length = Number(headers["content-length"] ?? (status === 204 || status === 101 ? 0 : NaN));
  if (Number.isNaN(length)) return ended ? whole(rest, Buffer.alloc(0)) : undefined;
  return rest.length < length ? undefined : whole(rest.subarray(0, length), rest.subarray(length));
}

/** One TCP connection that speaks HTTP, one request after the other. */
export class Connection {
  received = Buffer.alloc(0);
  ended = false;

  static async open(url) {
    const { port } = new URL(url);
    const connection = new Connection(connect(Number(port), "127.0.0.1"));
    await new Promise((resolve, reject) => connection.socket.once("connect", resolve).once("error", reject));
    return connection;
  }

  constructor(socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once("close", resolve));
    socket.on("data", (bytes) => ((this.received = Buffer.concat([this.received, bytes])), this.wake?.()));
    socket.on("end", () => ((this.ended = true), this.wake?.()));
    socket.on("error", () => {});
  }

  send(method, target, headers, body = "", version = "1.1") {
    const bytes = Buffer.from(body);
    const host = version === "1.1" ? ["Host: app.example"] : [];
    const length = method === "POST" ? [`Content-Length: ${bytes.length}`] : [];
    const head = [`${method} ${target} HTTP/${version}`, ...host, ...headers, ...length, "", ""].join("\r\n");
    this.socket.write(Buffer.concat([Buffer.from(head, "latin1"), bytes]));
  }

  async receive() {
    for (;;) {
      const found = answerIn(this.received, this.ended);
      if (found) {
        this.received = found.rest;
        return found.answer;
      }
      check(!this.ended, "the connection ended without an answer");
      await within(patience, "an answer", new Promise((resolve) => (this.wake = resolve)));
    }
  }

  async ask(...request) {
    this.send(...request);
    return this.receive();
  }

  close() {
    this.socket.destroy();
  }
}
