// Proxies that read HTTP/1.1 as no proxy should: what they take for a request they pass on as it came, all on one
// connection. A server behind them has to refuse what it reads otherwise.
import { connect, createServer } from "node:net";

const endOfHead = /\r?\n\r?\n/;
const numbers = (head, pattern) => [...head.matchAll(pattern)].map(([, digits]) => Number(digits));

/** How many bytes of `rest` belong to the body; undefined while the end has not come. */
function chunkedSize(rest) {
  const end = /(^|\n)0+[^\n]*\n(?:[^\n]*[^\s\n][^\n]*\n)*\r?\n/.exec(rest);
  return end ? end.index + end[0].length : undefined;
}

const firstLength = (head) => numbers(head, /content.length[^\n]*?:[^\n\d]*(\d+)/gi)[0] ?? 0;
const lastLength = (head) => numbers(head, /content.length[^\n]*?:[^\n\d]*(\d+)/gi).at(-1) ?? 0;
const namesChunks = (head) => /chunked/i.test(head);

/** How each of them finds the end of a body. */
export const laxReaders = {
  "the first length": (head) => firstLength(head),
  "the last length": (head) => lastLength(head),
  "chunks before lengths": (head, rest) => (namesChunks(head) ? chunkedSize(rest) : firstLength(head)),
  "no bodies": () => 0,
};

// Takes an answer off the front of what came from the server: a head with a length, as Kedge writes it.
function answerIn(text) {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const length = Number(/content-length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? 0);
  return text.length < end + 4 + length ? undefined : text.slice(0, end + 4 + length);
}

class Upstream {
  waiting = [];
  text = "";

  constructor(port) {
    this.port = port;
  }

  /** Passes a request on, behind those that were before; resolves with the answer, or nothing. */
  pass(bytes) {
    if (!this.socket) this.dial();
    this.socket.write(bytes, "latin1");
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  dial() {
    const socket = connect(this.port, "127.0.0.1");
    this.socket = socket;
    socket.setEncoding("latin1").on("error", () => {});
    socket.on("data", (text) => socket === this.socket && this.take(text));
    socket.on("close", () => socket === this.socket && this.lose());
  }

  take(text) {
    this.text += text;
    for (let answer; (answer = answerIn(this.text)) !== undefined;) {
      this.text = this.text.slice(answer.length);
      if (/^HTTP\/1.1 1\d\d/.test(answer)) continue;
      this.waiting.shift()?.(answer);
    }
  }

  lose() {
    this.socket = undefined;
    this.text = "";
    this.waiting.splice(0).forEach((resolve) => resolve(undefined));
  }
}

/** `note(method, target)` gives the header line that says what was read. */
export async function laxProxy(read, upstream, note) {
  const behind = new Upstream(upstream);
  const clients = new Set();
  const server = createServer((client) => {
    let text = "";
    let last = Promise.resolve();
    const next = () => {
      const found = endOfHead.exec(text);
      if (!found) return false;
      const head = text.slice(0, found.index + found[0].length);
      const size = read(head, text.slice(head.length));
      if (size === undefined || text.length < head.length + size) return false;
      const body = text.slice(head.length, head.length + size);
      text = text.slice(head.length + size);
      const [line] = head.split(/\r?\n/, 1);
      const [method, target] = line.split(/\s+/);
      const marked = `${line}\r\n${note(method, target)}\r\n${head.slice(line.length).replace(/^\r?\n/, "")}`;
      last = last.then(() => behind.pass(marked + body)).then((answer) => client.write(answer ?? "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "latin1"));
      return true;
    };
    clients.add(client);
    client.setEncoding("latin1").on("error", () => {}).on("close", () => clients.delete(client));
    client.on("data", (piece) => {
      text += piece;
      while (next());
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: server.address().port,
    async stop() {
      clients.forEach((client) => client.destroy());
      behind.socket?.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
