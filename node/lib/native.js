"use strict";

// The addon, if this machine can have it, and what its users have in common.
const path = require("node:path");
const { begin } = require("./told");

const folder = path.join(__dirname, "..");
const candidates = [
  process.env.KEDGE_NODE_ADDON,
  path.join(folder, "prebuilds", `${process.platform}-${process.arch}`, "kedge_node.node"),
].filter(Boolean);

/** The addon's functions; null without it. */
let addon = null;

/** Why there is no addon; null when there is. */
function load() {
  if (process.env.KEDGE_NODE === "off") return "switched off by KEDGE_NODE=off";
  if (process.platform !== "linux") return `no addon for ${process.platform}`;
  // They have Node-API, but not the loop that the addon is on.
  const other = ["bun", "deno"].find((name) => process.versions[name] !== undefined);
  if (other !== undefined) return `no addon for ${other}`;
  const failures = [];
  for (const file of candidates) {
    try {
      const loaded = require(file);
      // Another instance of this package may have begun it: a second copy, or one of a registry of its own, as of a test.
      loaded.common ??= begin(loaded);
      addon = loaded;
      return null;
    } catch (error) {
      failures.push(error.message.split("\n")[0]);
    }
  }
  return `the addon could not be loaded: ${failures.join("; ")}`;
}

const reason = load();

module.exports = { addon, reason, ...addon?.common };
