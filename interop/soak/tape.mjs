// Conversations of real clients, as bytes that were recorded on the way, and played again: as they were, or changed.
import { connect, createServer } from "node:net";

const sidPattern = /\\?"sid\\?":\\?"([\w-]{20})\\?"/;

/** A relay that keeps what clients say: `{ kind: "open" | "data" | "end", line, bytes, awaited }`, in order. */
export class Recorder {
  events = [];
  heard = false;
  lines = 0;

  static async to(port) {
    const recorder = new Recorder();
    recorder.server = createServer((client) => recorder.join(client, connect(port, "127.0.0.1")));
    await new Promise((resolve) => recorder.server.listen(0, "127.0.0.1", resolve));
    recorder.url = `http://127.0.0.1:${recorder.server.address().port}`;
    return recorder;
  }

  join(client, upstream) {
    const line = this.lines++;
    this.note("open", line);
    for (const socket of [client, upstream]) socket.setNoDelay(true).on("error", () => {});
    client.on("data", (bytes) => (this.note("data", line, bytes), upstream.write(bytes)));
    client.on("close", () => (this.note("end", line), upstream.destroy()));
    upstream.on("data", (bytes) => {
      this.heard = true;
      this.sid ??= sidPattern.exec(bytes.toString("latin1"))?.[1];
      client.write(bytes);
    });
    upstream.on("close", () => client.destroy());
  }

  note(kind, line, bytes) {
    this.events.push({ kind, line, bytes, awaited: this.heard });
    this.heard = false;
  }

  /** The tape: what matters of each request's head, since every byte of it is played many times. */
  async stop() {
    await new Promise((resolve) => (this.server.close(resolve), this.server.closeAllConnections?.()));
    for (const event of this.events) if (event.bytes) event.bytes = shortened(event.bytes);
    return { events: this.events, sid: this.sid };
  }
}

const needed = /^(host|content-|connection: upgrade|upgrade|sec-|transfer-)/i;

function shortened(bytes) {
  const text = bytes.toString("latin1");
  if (!/^(GET|POST) /.test(text)) return bytes;
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return bytes;
  const [line, ...headers] = text.slice(0, end).split("\r\n");
  return Buffer.from([line.replace(/&t=[^&\s]+/, ""), ...headers.filter((each) => needed.test(each))].join("\r\n") + text.slice(end), "latin1");
}

/** Bytes of a tape that clients have said. */
export const sizeOf = ({ events }) => events.reduce((sum, { bytes }) => sum + (bytes?.length ?? 0), 0);

/** Plays events to a server, with the session's id of this time in the place of the recorded one. */
export class Player {
  lines = new Map();

  constructor(port, sid) {
    this.port = port;
    this.recorded = sid;
  }

  line(number) {
    if (!this.lines.has(number)) {
      const socket = connect(this.port, "127.0.0.1").setNoDelay(true);
      socket.on("error", () => {}).on("close", () => this.wake?.());
      socket.on("data", (bytes) => {
        this.sid ??= sidPattern.exec(bytes.toString("latin1"))?.[1];
        this.heard = true;
        this.wake?.();
      });
      this.lines.set(number, socket);
    }
    return this.lines.get(number);
  }

  // Clients say what comes next when they were answered; who is not answered says it a little later.
  answered() {
    if (this.heard) return undefined;
    return new Promise((resolve) => {
      const patience = setTimeout(resolve, 10);
      this.wake = () => (clearTimeout(patience), resolve());
    });
  }

  async play(events) {
    for (const { kind, line, bytes, awaited, pause } of events) {
      if (pause) await new Promise((resolve) => setTimeout(resolve, pause));
      if (awaited) await this.answered();
      this.heard = false;
      if (kind === "open") this.line(line);
      if (kind === "data") this.line(line).write(this.current(bytes));
      if (kind === "end") this.line(line).destroy();
    }
  }

  current(bytes) {
    if (!this.sid || !this.recorded || !bytes.includes(this.recorded)) return bytes;
    return Buffer.from(bytes.toString("latin1").replaceAll(this.recorded, this.sid), "latin1");
  }

  /** All that is open ends: by "fin", by "reset", or not at all. */
  end(how) {
    for (const socket of this.lines.values()) {
      if (how === "fin") socket.end();
      // A reset while something is under way makes Node's loop spin for ever.
      if (how === "reset") socket.connecting || socket.writableLength || socket.writableEnded ? socket.destroy() : socket.resetAndDestroy();
    }
  }

  get closed() {
    return [...this.lines.values()].every(({ destroyed }) => destroyed);
  }

  drop() {
    for (const socket of this.lines.values()) socket.destroy();
  }
}
