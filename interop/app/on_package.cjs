// Loaded first (--require): puts the npm package in the place of engine.io, as "overrides" in package.json does.
const Module = require("node:module");
const path = require("node:path");

const instead = path.join(__dirname, "..", "..", "node", "index.js");
const resolve = Module._resolveFilename;

Module._resolveFilename = function(request, ...rest) {
  return resolve.call(this, request === "engine.io" ? instead : request, ...rest);
};
