// Every kind of request to every kind of session, to Kedge and to the reference: the same answer, and the same left of
// the session. test/transports/engine_server_matrix_test.cpp runs the same against Kedge alone, with sanitizers.
import { after, before, describe, test } from "node:test";
import { equal, within } from "./lib/check.mjs";
import { targetByName } from "./lib/targets.mjs";
import { Spoken } from "./lib/spoken.mjs";

const methods = [["GET"], ["HEAD"], ["PUT"], ["DELETE"], ["OPTIONS"], ["PATCH"], ["POST", "4x"], ["POST", "1"], ["POST", ""], ["POST", "x"]];
const states = ["nobody", "unknown", "polling", "waiting", "websocket", "upgrading", "upgraded", "closed"];
const atOnce = 24;
const soon = 200;

const upgradeHeaders = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

function requestOf(method, target, { upgrade = false, body } = {}) {
  const length = body === undefined ? "" : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  return `${method} ${target} HTTP/1.1\r\nHost: test\r\n${upgrade ? upgradeHeaders : ""}${length}\r\n${body ?? ""}`;
}

function* allCases() {
  for (const session of [4, 3])
    for (const jsonp of [false, true])
      for (const state of states)
        for (const [method, body] of methods)
          for (const transport of ["polling", "websocket", "webtransport", undefined])
            for (const revision of [4, 3])
              for (const upgrade of [false, true])
                if (!(upgrade && body) && !(jsonp && state === "websocket"))
                  yield { session, jsonp, state, method, body, transport, revision, upgrade };
}

// To a plain request that names a websocket the reference never answers.
const unanswered = ({ session, state, transport, revision, upgrade }) =>
  !upgrade && transport === "websocket" && session === revision && ["websocket", "upgraded"].includes(state);

// What may rightly stay without an answer, or without a frame behind a 101, is waited for shortly.
const mayWait = ({ state, method, transport, session, revision, upgrade }) =>
  !upgrade && state === "polling" && method === "GET" && transport === "polling" && session === revision;
const mayBeSilent = ({ state, transport }) => transport === "websocket" && ["polling", "waiting"].includes(state);

/** A session in the state that a case wants, and what it is spoken to on. */
class Party {
  constructor(port, wanted) {
    Object.assign(this, { port, wanted, tail: wanted.jsonp ? "&j=7" : "" });
    this.base = `/engine.io/?EIO=${wanted.session}`;
  }

  say(bytes) {
    return Spoken.to(this.port, bytes);
  }

  async enter() {
    const { state } = this.wanted;
    if (state === "unknown") this.sid = "nobody-has-this-name";
    if (state === "nobody" || state === "unknown") return;
    if (state === "websocket") {
      this.socket = await this.say(requestOf("GET", `${this.base}&transport=websocket`, { upgrade: true }));
      await this.socket.answer();
      this.sid = JSON.parse((await this.socket.frame()).slice(1)).sid;
      return;
    }
    const opening = await (await this.say(requestOf("GET", `${this.base}&transport=polling${this.tail}`))).answer();
    this.sid = /"sid":"([^"]+)"/.exec(opening.body.replaceAll("\\", ""))[1];
    this.address = `${this.base}&transport=polling&sid=${this.sid}`;
    await this[state]();
  }

  polling() {}

  async waiting() {
    this.poll = await this.say(requestOf("GET", this.address));
    // Another method is answered 500 and harms nothing: behind its answer the poll has been read.
    await (await this.say(requestOf("PUT", this.address))).answer();
  }

  async upgrading() {
    this.socket = await this.say(requestOf("GET", `${this.base}&transport=websocket&sid=${this.sid}`, { upgrade: true }));
    await this.socket.answer();
    this.socket.send("2probe");
    equal(await this.socket.frame(), "3probe", "the probe");
  }

  async upgraded() {
    await this.upgrading();
    this.socket.send("5");
    this.socket.send("4there");
    equal(await this.socket.frame(), "4there", "the echo behind the upgrade");
  }

  async closed() {
    await (await this.say(requestOf("POST", this.address, { body: bodyOf(this.wanted, "1") }))).answer();
  }

  /** What is left of the session. */
  async left() {
    if (!this.sid) return "nothing";
    if (this.socket && this.wanted.state !== "upgrading") {
      this.socket.send("4still");
      return this.socket.frame();
    }
    const { status, body } = await (await this.say(requestOf("PUT", `${this.base}&transport=polling&sid=${this.sid}`))).answer();
    return `${status} ${body}`;
  }

  leave() {
    for (const each of [this.poll, this.socket]) each?.end();
  }
}

function bodyOf({ session, jsonp }, said) {
  const text = session === 3 && !["", "x"].includes(said) ? `${said.length}:${said}` : said;
  return jsonp ? `d=${encodeURIComponent(text)}` : text;
}

const withoutIds = (text) => text.replace(/(\\?"sid\\?":\\?")[^"\\]+/, "$1…");

async function outcome(port, each) {
  const party = new Party(port, each);
  await party.enter();
  const { method, body, transport, revision, upgrade, jsonp } = each;
  const target = `/engine.io/?EIO=${revision}${transport === undefined ? "" : `&transport=${transport}`}${jsonp ? "&j=7" : ""}${party.sid ? `&sid=${party.sid}` : ""}`;
  const asked = await party.say(requestOf(method, target, { upgrade, body: body === undefined || upgrade ? body : bodyOf(each, body) }));
  const answer = await (mayWait(each) ? asked.answerSoon(method, soon) : within(10_000, `an answer to ${JSON.stringify(each)}`, asked.answer(method)));
  const found = { status: answer?.status, type: answer?.headers["content-type"], body: withoutIds(answer?.body ?? "") };
  if (answer?.status === 101) found.frame = withoutIds((await (mayBeSilent(each) ? asked.frameSoon(soon) : asked.frame())) ?? "none");
  if (party.poll) found.poll = (await party.poll.answerSoon("GET", soon))?.body ?? "waits";
  found.left = await party.left();
  asked.end();
  party.leave();
  return found;
}

describe("requests and states of sessions", () => {
  const up = {};
  before(async () => {
    for (const name of ["kedge", "reference"]) up[name] = await targetByName(name).engineEcho();
  });
  after(async () => {
    for (const name of ["kedge", "reference"]) equal(await up[name].stop(), 0, `exit status of ${name}`);
  });

  test("each has the reference's answer", async () => {
    const queue = [...allCases()];
    const total = queue.length;
    const different = [];
    const worker = async () => {
      for (let each = queue.shift(); each; each = queue.shift()) {
        const theirs = unanswered(each) ? { status: 400, type: "application/json", body: each.method === "HEAD" ? "" : '{"code":3,"message":"Bad request"}', left: "4still" } : await outcome(up.reference.port, each);
        const ours = await outcome(up.kedge.port, each);
        if (JSON.stringify(ours) !== JSON.stringify(theirs)) different.push({ asked: each, ours, theirs });
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    equal(different.slice(0, 5), [], `${different.length} of ${total} differ`);
  });
});
