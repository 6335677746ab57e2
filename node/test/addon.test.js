"use strict";

// The addon as a file: what it needs of others, and what it lets others see.
const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const { test } = require("node:test");
const { addon } = require("./targets");

const symbols = (...how) =>
  execFileSync("nm", ["-D", ...how, addon], { encoding: "utf8" }).trim().split("\n").map((line) => line.trim().split(/\s+/).at(-1));

test("kedge: of Node's own symbols the addon is bound to Node-API and libuv alone", () => {
  // Node exports its own OpenSSL, zlib, brotli and llhttp: what bears such a name would be bound to those.
  const needed = symbols("--undefined-only").map((name) => name.split("@")[0]);
  assert.ok(needed.includes("napi_create_function"));
  const others = needed.filter((name) => /^_?(llhttp|inflate|deflate|crc32|adler32|z_|Brotli|SSL|CRYPTO|EVP|BIO|OPENSSL|X509|ERR_|SHA1|RAND|nghttp|ares|ZSTD)/i.test(name));
  assert.deepEqual(others, []);
  assert.deepEqual(needed.filter((name) => /^_ZN?K?(2v8|4node|5boost)/.test(name)), []);
});

test("kedge: the addon exports nothing but what Node looks for", () => {
  assert.deepEqual(symbols("--defined-only").sort(), ["napi_register_module_v1", "node_api_module_get_api_version_v1"]);
});

test("kedge: the addon needs no library that a machine with Node may lack", () => {
  const needed = [...execFileSync("readelf", ["-d", addon], { encoding: "utf8" }).matchAll(/NEEDED.*\[(.*)\]/g)].map(([, name]) => name);
  const everywhere = /^(libc|libm|libpthread|libdl|librt|ld-linux.*|libasan|libubsan|libstdc\+\+|libgcc_s)\.so/;
  assert.deepEqual(needed.filter((name) => !everywhere.test(name)), []);
});
