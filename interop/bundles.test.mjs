// The client's files as Kedge and the reference serve them: the same answers to the same requests.
import { after, before, describe, test } from "node:test";
import { request } from "node:http";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { equal, within } from "./lib/check.mjs";
import { root } from "./lib/programs.mjs";
import { targetByName } from "./lib/targets.mjs";

const decoders = { br: brotliDecompressSync, gzip: gunzipSync, deflate: inflateSync };
const names = ["socket.io", "socket.io.min", "socket.io.esm.min", "socket.io.msgpack.min"].flatMap((name) => [`${name}.js`, `${name}.js.map`]);
const file = "/socket.io/socket.io.min.js";
// What belongs to the connection and to the moment, and the length, which Kedge tells and the reference does not.
const ownHeaders = ["date", "connection", "keep-alive", "transfer-encoding", "content-length"];

const fetched = ({ port }, path, headers, method) =>
  new Promise((resolve, reject) => {
    const asked = request({ port, path, headers, method, host: "127.0.0.1", agent: false }, (response) => {
      const pieces = [];
      response.on("data", (piece) => pieces.push(piece));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces) }));
    });
    asked.on("error", reject).end();
  });

const decoded = ({ headers, body }) => (body.length && decoders[headers["content-encoding"]]?.(body)) || body;
const told = ({ headers }) => Object.fromEntries(Object.entries(headers).filter(([name]) => !ownHeaders.includes(name)));

describe("client bundles", () => {
  const up = {};
  before(async () => {
    for (const name of ["kedge", "reference"]) up[name] = await targetByName(name).app(["--port", "0"]);
  });
  after(async () => {
    for (const name of ["kedge", "reference"]) equal(await up[name].stop(), 0, `exit status of ${name}`);
  });

  async function same(path, headers = {}, method = "GET") {
    const asked = `${method} ${path} ${JSON.stringify(headers)}`;
    const [ours, theirs] = await within(20_000, asked, Promise.all([up.kedge, up.reference].map((at) => fetched(at, path, headers, method))));
    equal(ours.status, theirs.status, `status of ${asked}`);
    equal(told(ours), told(theirs), `headers of ${asked}`);
    equal(decoded(ours), decoded(theirs), `body of ${asked}`);
    return ours;
  }

  for (const name of names) {
    test(name, async () => {
      const content = readFileSync(join(root, "node_modules/socket.io/client-dist", name));
      equal((await same(`/socket.io/${name}`)).body, content, "the file");
      for (const coding of ["br", "gzip", "deflate"]) {
        const answer = await same(`/socket.io/${name}`, { "accept-encoding": coding });
        equal(answer.headers["content-encoding"], coding, "coding");
        equal(decoded(answer), content, `the file as ${coding}`);
      }
    });
  }
  test("codings by preference", async () => {
    const asked = ["gzip, deflate, br", "*", "identity", "gzip;q=0", "br;q=0.1, gzip;q=1", "gzip;q=0.5, br;q=0.5", "zstd", "BR", "", "*;q=0", "gzip;q=0, *"];
    for (const codings of asked) await same(file, { "accept-encoding": codings });
  });
  test("ETags, strong and weak", async () => {
    const { headers } = await same(file);
    for (const tag of [headers.etag, `W/${headers.etag}`])
      for (const method of ["GET", "HEAD"]) equal((await same(file, { "if-none-match": tag }, method)).status, 304, tag);
    for (const tag of ['"1.0.0"', `${headers.etag}, "x"`, "*", headers.etag.slice(1, -1)])
      equal((await same(file, { "if-none-match": tag })).status, 200, tag);
  });
  test("methods, with and without an origin", async () => {
    for (const method of ["HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
      await same(file, {}, method);
      await same(file, { origin: "http://page.example", "accept-encoding": "gzip" }, method);
    }
  });
  test("names that are no files", async () => {
    const tails = ["socket.io.jsx", "/socket.io.js", "SOCKET.IO.JS", "socket.io.slim.js", "x/socket.io.js", "socket.io.js/", "%73ocket.io.js", "bundle.js", "", "?a=/socket.io.js"];
    for (const tail of tails) equal((await same(`/socket.io/${tail}`)).status, 400, tail);
    for (const path of ["/socket.io.js", "/socket.iosocket.io.js", "/other/socket.io.js", "/"]) equal((await same(path)).status, 404, path);
    equal((await same(`${file}?v=1`)).status, 200, "with a query");
  });
});
