"use strict";

// The reference, engine.io itself under another name, and the `ws` that it uses.
const path = require("node:path");

const engine = require("engine.io-reference");
const folder = path.dirname(require.resolve("engine.io-reference"));
const ws = require(require.resolve("ws", { paths: [folder] }));
const { serialize } = require(require.resolve("cookie", { paths: [folder] }));

module.exports = { engine, ws, serialize };
