"use strict";

// A certificate for a server of this process, and a folder that goes with it.
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "kedge-node-"));
process.on("exit", () => fs.rmSync(folder, { recursive: true }));

let made = null;

function certificate() {
  if (made) return made;
  const [key, cert] = ["key.pem", "cert.pem"].map((name) => path.join(folder, name));
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
    "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost"], { stdio: "ignore" });
  made = { key: fs.readFileSync(key), cert: fs.readFileSync(cert) };
  return made;
}

module.exports = { certificate, folder };
