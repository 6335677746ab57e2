// Requests that two readers of HTTP/1.1 may frame differently. Each shape is given `smuggled`, a whole request that must
// never be read as one where it is the body of another, and its own target; it gives the bytes.

const request = (target, headers, body, method = "POST") => [`${method} ${target} HTTP/1.1`, "Host: 127.0.0.1", ...headers, "", body].join("\r\n");
const chunk = (text) => `${text.length.toString(16)}\r\n${text}\r\n`;
const ending = "0\r\n\r\n";

const encodings = [
  "Transfer-Encoding: chunked", "transfer-encoding: CHUNKED", "Transfer-Encoding : chunked", "Transfer-Encoding:\tchunked", "Transfer-Encoding:chunked",
  "Transfer-Encoding: xchunked", "Transfer-Encoding: chunkedx", "Transfer-Encoding: chunked, identity", "Transfer-Encoding: identity, chunked",
  "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: chunked,", "Transfer-Encoding: ,chunked",
  "Transfer-Encoding: chunked;q=1", 'Transfer-Encoding: "chunked"', "Transfer-Encoding: 'chunked'", "Transfer-Encoding:\x0bchunked",
  "Transfer-Encoding: \x0cchunked", "Transfer-Encoding: chunked\x0b", "Transfer-Encoding: chunked \t", "Transfer-Encoding: \xa0chunked",
  "Transfer-Encoding: chunk\x00ed", "Transfer-Encoding: chunked\x00", "Transfer_Encoding: chunked", "Transfer-Encoding:\r\n chunked",
  "Transfer-Encoding:\r\n\tchunked", "X: x\r\n Transfer-Encoding: chunked", "X: x\nTransfer-Encoding: chunked", "X: x\rTransfer-Encoding: chunked",
  "X: x\r\n\rTransfer-Encoding: chunked", "Transfer-Encoding\r\n : chunked", "Transfer-Encoding: cow\r\nTransfer-Encoding: chunked",
  "Transfer-Encoding: chunked\r\nTransfer-Encoding: cow", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "Transfer-Encoding: identity",
  "Transfer-Encoding:", "\x00Transfer-Encoding: chunked", ": x\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nConnection: Transfer-Encoding",
];

// `n` is the length of the body that is sent.
const lengths = [
  (n) => `Content-Length: +${n}`, (n) => `Content-Length: -${n}`, (n) => `Content-Length: ${n} ${n}`, (n) => `Content-Length: ${n}, ${n}`,
  (n) => `Content-Length: ${n}, 0`, (n) => `Content-Length: 0, ${n}`, (n) => `Content-Length: ${n}\r\nContent-Length: ${n}`,
  (n) => `Content-Length: ${n}\r\nContent-Length: 0`, (n) => `Content-Length: 0\r\nContent-Length: ${n}`, (n) => `Content-Length: 0x${n.toString(16)}`,
  (n) => `Content-Length: 0${n}`, (n) => `Content-Length: ${n}.0`, (n) => `Content-Length: ${n}e0`, (n) => `Content-Length: ${n}\x0b`, (n) => `Content-Length:\x0c${n}`,
  (n) => `Content-Length: ${n}\x00`, (n) => `Content-Length : ${n}`, (n) => `Content-Length:\r\n ${n}`, (n) => `Content_Length: ${n}`, (n) => `X: x\nContent-Length: ${n}`,
  (n) => `X: x\rContent-Length: ${n}`, (n) => `Content-Length: ${n};`, (n) => `Content-Length: "${n}"`, (n) => `Content-Length: ${2n ** 64n + BigInt(n)}`,
  (n) => `Content-Length: ${2n ** 32n + BigInt(n)}`, () => "Content-Length:", (n) => ` Content-Length: ${n}`, (n) => `Content-Length: ${n}\r\nConnection: Content-Length`,
  (n) => `Connection: close, Content-Length\r\nContent-Length: ${n}`,
];

// Of chunks, where what follows may be read as data or as the next request.
const chunks = [
  (s) => `5;a=b\r\nhello\r\n${ending}`, (s) => `5;a="\r\nhello\r\n${ending}`, (s) => `5;\nhello\r\n${ending}`, (s) => `5\nhello\r\n${ending}`, (s) => `5\rhello\r\n${ending}`,
  (s) => `0x5\r\nhello\r\n${ending}`, (s) => `+5\r\nhello\r\n${ending}`, (s) => `-5\r\nhello\r\n${ending}`, (s) => ` 5\r\nhello\r\n${ending}`, (s) => `5 \r\nhello\r\n${ending}`,
  (s) => `05\r\nhello\r\n${ending}`, (s) => `5\r\nhello${ending}`, (s) => `5\r\nhello\n${ending}`, (s) => `5\r\nhelloXX${ending}`, (s) => `\r\n5\r\nhello\r\n${ending}`,
  (s) => `10000000000000005\r\nhello\r\n${ending}`, (s) => `100000005\r\nhello\r\n${ending}`, (s) => `\r\n\r\n${s}`, (s) => `0\r\n${s}`, (s) => `0\n\n${s}`, (s) => `0\r\n\n${s}`,
  (s) => `0\n\r\n${s}`, (s) => `0;\r\n\r\n${s}`, (s) => `00\r\n\r\n${s}`, (s) => `0\r\nContent-Length: 5\r\n\r\n${s}`, (s) => `0\r\nTransfer-Encoding: chunked\r\n\r\n${s}`,
  (s) => `0\r\nHost: other\r\n\r\n${s}`, (s) => `0\r\nX: y\n\n${s}`, (s) => `0\r\n X: y\r\n\r\n${s}`, (s) => `${chunk(s)}0;x=\n\r\n\r\n`, (s) => `2;\n${"x".repeat(40)}\r\n${s.length.toString(16)}\r\n${s}\r\n${ending}`,
];

const lines = [
  (t, s) => request(`http://127.0.0.1${t}`, [`Content-Length: ${s.length}`], s), (t, s) => request(`http://other.example${t}`, [`Content-Length: ${s.length}`], s),
  (t, s) => request(t, ["Host: other.example", `Content-Length: ${s.length}`], s), (t, s) => `POST ${t} HTTP/1.1\r\nContent-Length: ${s.length}\r\n\r\n${s}`,
  (t, s) => `POST ${t} HTTP/1.1\r\nHost : 127.0.0.1\r\nContent-Length: ${s.length}\r\n\r\n${s}`, (t, s) => `POST ${t} HTTP/1.1\nHost: 127.0.0.1\nContent-Length: ${s.length}\n\n${s}`,
  (t, s) => `POST ${t} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${s.length}\n\r\n${s}`, (t, s) => `POST ${t} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${s.length}\r\n\n${s}`,
  (t, s) => `POST ${t} HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n${ending}${s}`, (t, s) => `POST ${t} HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Length: ${s.length}\r\nConnection: keep-alive\r\n\r\n${s}`,
  (t, s) => `POST ${t} HTTP/1.2\r\nHost: 127.0.0.1\r\nContent-Length: ${s.length}\r\n\r\n${s}`, (t, s) => `POST ${t} HTTP/2.0\r\nHost: 127.0.0.1\r\nContent-Length: ${s.length}\r\n\r\n${s}`,
  (t, s) => `POST ${t}\r\n\r\n${s}`, (t, s) => `GET ${t}\r\n${s}`, (t, s) => `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${s}`,
  (t, s) => `POST  ${t}  HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${s.length}\r\n\r\n${s}`, (t, s) => `POST\t${t}\tHTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${s.length}\r\n\r\n${s}`,
  (t, s) => `POST ${t} HTTP/1.1 \r\nHost: 127.0.0.1\r\nContent-Length: ${s.length}\r\n\r\n${s}`, (t, s) => `POST ${t} HTTP/1.1\r\nHost: 127.0.0.1\r\n\tContent-Length: ${s.length}\r\n\r\n${s}`,
  (t, s) => `\r\n\r\n${request(t, [`Content-Length: ${s.length}`], s)}`, (t, s) => ` ${request(t, [`Content-Length: ${s.length}`], s)}`,
  (t, s) => request(t, [`Content-Length: ${s.length}`], s, "GET"), (t, s) => request(t, ["Transfer-Encoding: chunked"], chunk(s) + ending, "GET"),
  (t, s) => request(t, [`Content-Length: ${s.length}`], s, "HEAD"), (t, s) => request(t, [`Content-Length: ${s.length}`], s, "OPTIONS"),
  (t, s) => request(t, [`Content-Length: ${s.length}`], s, "DELETE"), (t, s) => request(t, [`Content-Length: ${s.length}`], s, "TRACE"),
  (t, s) => request(t, [`Content-Length: ${s.length}`], s, "post"), (t, s) => request("127.0.0.1:80", [], s, "CONNECT"), (t, s) => request("*", [`Content-Length: ${s.length}`], s, "OPTIONS"),
  (t, s) => request(t, ["GET / HTTP/1.1"], s), (t, s) => request(`${t}\x00`, [`Content-Length: ${s.length}`], s), (t, s) => request(`${t}#x`, [`Content-Length: ${s.length}`], s),
  (t, s) => request(`${t}%0d%0aX:%20y`, [`Content-Length: ${s.length}`], s), (t, s) => request(t, ["X: a\rb", `Content-Length: ${s.length}`], s),
];

const key = ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="];
const socketio = "/socket.io/?EIO=4&transport=websocket";
const departures = [
  (t, s) => request(t, ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"], s, "GET"),
  (t, s) => request(t, ["Connection: Upgrade", "Upgrade: h2c", `Content-Length: ${s.length}`], s), (t, s) => request(t, ["Connection: Upgrade", "Upgrade: websocket", ...key], s, "GET"),
  (t, s) => request(t, ["Connection: Upgrade", "Upgrade: websocket", ...key, `Content-Length: ${s.length}`], s, "GET"),
  (t, s) => request(socketio, ["Connection: Upgrade", "Upgrade: websocket", ...key], s, "GET"),
  (t, s) => request(socketio, ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 1337", key[1]], s, "GET"),
  (t, s) => request(socketio, ["Connection: Upgrade", "Upgrade: websocket", ...key, `Content-Length: ${s.length}`], s, "GET"),
  (t, s) => request(socketio, ["Connection: Upgrade", "Upgrade: websocket", ...key, "Transfer-Encoding: chunked"], chunk(s) + ending, "GET"),
  (t, s) => request(`${socketio}&sid=AAAAAAAAAAAAAAAAAAAA`, ["Connection: Upgrade", "Upgrade: websocket", ...key], s, "GET"),
  (t, s) => request(socketio, ["Connection: Upgrade", "Upgrade: websocket", ...key], s, "POST"), (t, s) => request(socketio, ["Upgrade: websocket", ...key], s, "GET"),
  (t, s) => request(t, ["Expect: 100-continue", `Content-Length: ${s.length}`], s), (t, s) => request(t, ["Expect: 100-continue", "Content-Length: 0"], s),
  (t, s) => request(t, ["Expect: 100-continue", "Transfer-Encoding: chunked"], chunk(s) + ending), (t, s) => request(t, ["Expect: other", `Content-Length: ${s.length}`], s),
  (t, s) => request("/socket.io/?EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAA", [`Content-Length: ${s.length}`], s),
  (t, s) => request("/socket.io/?EIO=4&transport=polling", ["Transfer-Encoding: chunked"], chunk(s) + ending),
];

// A body that one reader ends at once, and that is one whole for the other.
const lengthHides = (header) => (t, s) => request(t, [`Content-Length: ${ending.length + s.length}`, header], ending + s);
const lengthHidesAhead = (header) => (t, s) => request(t, [header, `Content-Length: ${ending.length + s.length}`], ending + s);
const chunkHides = (header) => (t, s) => request(t, ["Content-Length: 4", header], chunk(s) + ending);
const chunkAlone = (header) => (t, s) => request(t, [header], chunk(s) + ending);

/** All of them, as `(target, smuggled) => bytes`. */
export const ambiguous = [
  ...encodings.flatMap((header) => [lengthHides(header), lengthHidesAhead(header), chunkHides(header), chunkAlone(header)]),
  ...lengths.map((header) => (t, s) => request(t, [header(s.length)], s)),
  ...lengths.map((header) => (t, s) => request(t, [header(s.length), "X: y"], s, "GET")),
  ...chunks.map((body) => (t, s) => request(t, ["Transfer-Encoding: chunked"], body(s))),
  ...lines,
  ...departures,
];
