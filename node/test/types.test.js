"use strict";

// A program in TypeScript, on socket.io and on the engine: what is declared is what a program may say.
const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { folder } = require("./certificate");
const { root } = require("./targets");

const program = `
import { createServer } from "node:http";
import { Server, attach, listen, Socket, Transport, metrics, health, protocol } from "engine.io";
import type { ServerOptions, AttachOptions, BaseServer, ErrorCallback } from "engine.io";
import { Server as Io } from "socket.io";

const http = createServer();
const options: ServerOptions & AttachOptions = { path: "/own", transports: ["websocket"] };
const engine: BaseServer = attach(http, { ...options, maxBufferedBytes: 1 << 20 });
engine.on("connection", (socket: Socket) => {
  const transport: Transport = socket.transport;
  socket.send(transport.name, { compress: false }, () => socket.close());
});
const done: ErrorCallback = () => {};
const byNode: Server = listen(0, { maxBufferedBytes: 1 << 20 }, () => {});
const itself = listen({ port: 0, hand_back: http, limits: { connections: 10 } }).unref();
listen({ host: "::1" }, { path: "/own" }, () => {});
const code: number = Server.errors.UNKNOWN_SID;
const revision: 4 = protocol;
new Io(http).bind(byNode);
const reason: string | null = byNode.native.reason;
export const said = [metrics(itself), health(itself).ok, code, revision, reason, done];
// @ts-expect-error: there is no such option
new Server({ maxBufferedByte: 1 });
`;

test("what the package declares compiles", { timeout: 120_000 }, () => {
  const modules = path.join(folder, "node_modules");
  fs.mkdirSync(modules, { recursive: true });
  for (const name of fs.readdirSync(path.join(root, "node_modules")))
    if (name !== "engine.io" && !name.startsWith(".")) fs.symlinkSync(path.join(root, "node_modules", name), path.join(modules, name));
  fs.symlinkSync(path.join(root, "node"), path.join(modules, "engine.io"));
  fs.writeFileSync(path.join(folder, "program.ts"), program);
  const tsc = path.join(root, "node_modules", "typescript", "bin", "tsc");
  const said = () => execFileSync(process.execPath, [tsc, "--noEmit", "--strict", "--esModuleInterop", "--preserveSymlinks", "--skipLibCheck",
    "--module", "nodenext", "--target", "es2022", "--types", "node", "program.ts"], { cwd: folder, encoding: "utf8" });
  assert.doesNotThrow(() => assert.equal(said(), ""), (error) => assert.fail(error.stdout || error.message));
});
