"use strict";

// What thousands of clients leave behind: nothing.
const assert = require("node:assert/strict");
const { execFile } = require("node:child_process");
const path = require("node:path");
const { test } = require("node:test");
const { addon } = require("./targets");

const sessions = 500;

for (const way of ["descriptor", "tls", "listen"])
  test(`kedge: clients that came by ${way} have left nothing behind`, { timeout: 120_000 }, async () => {
    const { failure, stdout, stderr } = await new Promise((resolve) => {
      execFile(process.execPath, ["--expose-gc", path.join(__dirname, "churn.js"), sessions, sessions / 5, way],
        { env: { ...process.env, KEDGE_NODE_ADDON: addon } }, (error, out, err) => resolve({ failure: error, stdout: out, stderr: err }));
    });
    assert.equal(failure, null, stderr);
    const { megabytes, rss, ...left } = JSON.parse(stdout);
    assert.deepEqual(left, { way, sessions, atOnce: sessions / 5, native: sessions, descriptors: 0, handles: true });
    // A websocket whose memory stayed would be 12 KB of it each.
    assert.ok(megabytes < 40, `${megabytes} MB more, ${rss} MB`);
  });
