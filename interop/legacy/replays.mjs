// What Internet Explorer 8 to 11, HTTP/1.0 proxies and drafts of WebSocket send, and what has to come back.
import { check, equal } from "../lib/check.mjs";
import { form, hixie76, hybi07, preflight, script, xDomainRequest, xhr, xhrBinary, xhrText } from "./browsers.mjs";
import { Connection } from "./wire.mjs";

const path = (eio, rest = "") => `/socket.io/?EIO=${eio}&transport=polling&t=Q7xwtc4${rest}`;

function goodPoll({ status, headers, body, bytes }, type = "text/plain; charset=UTF-8") {
  equal(status, 200, `status, with ${body}`);
  equal(headers["content-type"], type, "content-type");
  equal(headers["content-length"], String(bytes.length), "content-length");
  equal(headers["cache-control"], "no-store", "cache-control");
  equal(headers["x-xss-protection"], "0", "x-xss-protection");
  equal(headers["x-content-type-options"], undefined, "x-content-type-options");
  return body;
}

function goodPost({ status, headers, body }) {
  equal([status, headers["content-type"], body, headers["cache-control"]], [200, "text/html", "ok", "no-store"], "answer of a POST");
}

function sameOriginAllowed({ headers }, origin = "http://old.example") {
  equal(headers["access-control-allow-origin"], origin, "access-control-allow-origin");
  equal(headers["access-control-allow-credentials"], "true", "access-control-allow-credentials");
}

const sidOf = (body) => body.match(/\\?"sid\\?":\\?"([\w-]{20})/)?.[1] ?? check(false, `no sid in ${body}`);

const unwrapped = (body, j) => {
  const prefix = `___eio[${j}](`;
  check(body.startsWith(prefix) && body.endsWith(");"), `a call of ___eio[${j}], not ${body}`);
  check(!/[\u2028\u2029]/.test(body), "line separators are escaped");
  return JSON.parse(body.slice(prefix.length, -2));
};

// Polls until all that is wanted was there.
async function polled(wanted, poll) {
  let all = "";
  while (!wanted.every((text) => all.includes(text))) all += await poll();
  return all;
}

const fieldOf = (text) => "d=" + encodeURIComponent(text).replace(/%20/g, "+");

async function jsonp(url, version, eio) {
  const [gets, posts] = await Promise.all([Connection.open(url), Connection.open(url)]);
  const base = path(eio, "&b64=1&j=0");
  const sid = sidOf(unwrapped(goodPoll(await gets.ask("GET", base, script(version))), 0));
  const poll = async () => unwrapped(goodPoll(await gets.ask("GET", `${base}&sid=${sid}`, script(version))), 0);
  const post = async (text) => goodPost(await posts.ask("POST", `${base}&sid=${sid}`, form(version), fieldOf(text)));
  if (eio === 4) await post("40");
  await polled(['["auth",{}]'], poll);
  const text = 'line\u2028é\\\\n "q" & + ;';
  const packet = `421["message-with-ack",${JSON.stringify(text)}]`;
  // As the client escapes it: the server undoes this before it counts.
  const escaped = packet.replace(/\\n/g, "\\\n").replace(/\n/g, "\\n");
  await post(eio === 4 ? escaped : `${packet.length}:${escaped}`);
  await polled([`431[${JSON.stringify(text)}]`], poll);
  [gets, posts].forEach((connection) => connection.close());
}

async function crossDomain(url, version, originLine, origin) {
  const [gets, posts] = await Promise.all([Connection.open(url), Connection.open(url)]);
  const headers = xDomainRequest(version, originLine);
  const base = path(3, "&b64=1");
  const ask = async (connection, ...request) => {
    const answer = await connection.ask(...request);
    sameOriginAllowed(answer, origin);
    return answer;
  };
  const sid = sidOf(goodPoll(await ask(gets, "GET", base, headers)));
  const poll = async () => goodPoll(await ask(gets, "GET", `${base}&sid=${sid}`, headers));
  await polled(['["auth",{}]'], poll);
  goodPost(await ask(posts, "POST", `${base}&sid=${sid}`, headers, '27:421["message-with-ack","é"]'));
  await polled(['431["é"]'], poll);
  const unknown = await ask(posts, "GET", `${base}&sid=AAAAAAAAAAAAAAAAAAAA`, headers);
  equal([unknown.status, unknown.body], [400, '{"code":1,"message":"Session ID unknown"}'], "unknown session");
  [gets, posts].forEach((connection) => connection.close());
}

async function xhrWithText(url, version, eio) {
  const [gets, posts] = await Promise.all([Connection.open(url), Connection.open(url)]);
  const base = path(eio);
  const handshake = await gets.ask("GET", base, xhr(version));
  sameOriginAllowed(handshake);
  const target = `${base}&sid=${sidOf(goodPoll(handshake))}`;
  const poll = async () => goodPoll(await gets.ask("GET", target, xhr(version)));
  const post = async (text) => goodPost(await posts.ask("POST", target, xhrText(version), text));
  if (eio === 4) await post("40");
  await polled(['["auth",{}]'], poll);
  const packet = '421["message-with-ack","é😀"]';
  await post(eio === 4 ? packet : `${packet.length}:${packet}`);
  await polled(['431["é😀"]'], poll);
  [gets, posts].forEach((connection) => connection.close());
}

const digits = (length) => [...String(length)].map(Number);
const stringItem = (text) => {
  const bytes = Buffer.from(text);
  return [0, ...digits(bytes.length), 255, ...bytes];
};
const binaryItem = (bytes) => [1, ...digits(bytes.length + 1), 255, 4, ...bytes];

async function xhrWithBinary(url, version) {
  const [gets, posts] = await Promise.all([Connection.open(url), Connection.open(url)]);
  const base = path(3);
  const target = `${base}&sid=${sidOf(goodPoll(await gets.ask("GET", base, xhr(version))))}`;
  const poll = async () => goodPoll(await gets.ask("GET", target, xhr(version)));
  await polled(['["auth",{}]'], poll);
  const allowed = await posts.ask("OPTIONS", target, preflight(version));
  sameOriginAllowed(allowed);
  equal([allowed.status, allowed.body], [204, ""], "preflight");
  equal(allowed.headers["access-control-allow-headers"], "content-type", "access-control-allow-headers");
  check(allowed.headers["access-control-allow-methods"].includes("POST"), "POST is allowed");
  const header = (name) => `451-["${name}",{"_placeholder":true,"num":0},"é"]`;
  const body = (name) => Buffer.from([...stringItem(header(name)), ...binaryItem([1, 2, 3])]);
  goodPost(await posts.ask("POST", target, xhrBinary(version), body("message")));
  const answer = await gets.ask("GET", target, xhr(version));
  goodPoll(answer, "application/octet-stream");
  equal(answer.bytes, body("message-back"), "binary payload");
  [gets, posts].forEach((connection) => connection.close());
}

async function http10(url) {
  const ask = async (...request) => {
    const connection = await Connection.open(url);
    const answer = await connection.ask(...request);
    await connection.closed;
    return answer;
  };
  const handshake = await ask("GET", path(3, "&b64=1"), [], "", "1.0");
  equal([handshake.status, handshake.headers["transfer-encoding"]], [200, undefined], "status and transfer-encoding");
  equal(handshake.headers["content-length"], String(handshake.bytes.length), "content-length");
  const target = path(3, `&b64=1&sid=${sidOf(handshake.body)}`);
  await polled(['["auth",{}]'], async () => (await ask("GET", target, [], "", "1.0")).body);
  equal((await ask("POST", target, [], '23:420["message-with-ack"]', "1.0")).body, "ok", "answer of a POST");
  await polled(["430[]"], async () => (await ask("GET", target, [], "", "1.0")).body);
}

// What a server must refuse so that the client stays on polling: the session lives on.
async function staysOnPolling(url, headers) {
  const [gets, posts, odd] = await Promise.all([1, 2, 3].map(() => Connection.open(url)));
  const base = path(3, "&b64=1");
  const sid = sidOf((await gets.ask("GET", base, [])).body);
  await polled(['["auth",{}]'], async () => (await gets.ask("GET", `${base}&sid=${sid}`, [])).body);
  odd.send("GET", `/socket.io/?EIO=3&transport=websocket&sid=${sid}`, headers);
  equal((await odd.receive()).status, 400, "status of the odd request");
  goodPost(await posts.ask("POST", `${base}&sid=${sid}`, [], '23:420["message-with-ack"]'));
  await polled(["430[]"], async () => (await gets.ask("GET", `${base}&sid=${sid}`, [])).body);
  [gets, posts, odd].forEach((connection) => connection.close());
}

/** Conversations by browser and way: each gets the server's URL. */
export const replays = [
  ...[8, 9].flatMap((version) => [
    { client: `IE ${version}`, transport: "jsonp, EIO=3", run: (url) => jsonp(url, version, 3) },
    { client: `IE ${version}`, transport: "jsonp, EIO=4", run: (url) => jsonp(url, version, 4) },
    { client: `IE ${version}`, transport: "XDomainRequest", run: (url) => crossDomain(url, version, "Origin: http://old.example", "http://old.example") },
    { client: `IE ${version}`, transport: "XDomainRequest, Origin: null", run: (url) => crossDomain(url, version, "Origin: null", "null") },
  ]),
  ...[10, 11].flatMap((version) => [
    { client: `IE ${version}`, transport: "XHR, EIO=3", run: (url) => xhrWithText(url, version, 3) },
    { client: `IE ${version}`, transport: "XHR, EIO=4", run: (url) => xhrWithText(url, version, 4) },
    { client: `IE ${version}`, transport: "XHR, EIO=3, binary", run: (url) => xhrWithBinary(url, version) },
  ]),
  { client: "old proxy", transport: "HTTP/1.0", run: http10 },
  { client: "old proxy", transport: "upgrade as plain GET", run: (url) => staysOnPolling(url, []) },
  { client: "draft", transport: "hixie-76", run: (url) => staysOnPolling(url, hixie76) },
  { client: "draft", transport: "hybi-07", run: (url) => staysOnPolling(url, hybi07) },
];
