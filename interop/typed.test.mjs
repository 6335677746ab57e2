// The declaration that a catalogue of events writes, judged by the compiler of TypeScript and socket.io-client's types.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { built, root } from "./lib/programs.mjs";

const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");

const opening = `
import { io, Socket } from "socket.io-client";
import type { ClientToServerEvents, ServerToClientEvents } from "./events.js";
const socket: Socket<ServerToClientEvents, ClientToServerEvents> = io();
`;
const right = `
socket.emit("join", { room: "red", name: "Ada" }, (rooms) => rooms.map((room) => room.toUpperCase()));
socket.emit("say", { text: "hi" });
socket.emit("say", { text: "hi", meant: "joke" });
socket.on("said", (event) => new Date(event.at).getTime() + event.name.length);
socket.on("joined", ({ name, age }) => name + (age ?? 0));
`;
const wrong = [
  ["an event that is not there", `socket.emit("jion", { room: "red", name: "Ada" }, () => {});`],
  ["a member that is missing", `socket.emit("join", { room: "red" }, () => {});`],
  ["a name that is none of the enum's", `socket.emit("say", { text: "hi", meant: "earnest" });`],
  ["an answer of another type", `socket.emit("join", { room: "red", name: "Ada" }, (rooms: number) => rooms);`],
  ["an event of the other direction", `socket.on("say", () => {});`],
];

describe("events declared for TypeScript", () => {
  let folder;
  const compiled = (text) => {
    writeFileSync(join(folder, "client.ts"), opening + text);
    return spawnSync(process.execPath, [tsc, "--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2022", "client.ts"], { cwd: folder, encoding: "utf8" });
  };

  before(() => {
    // Below the project, where the client's types are found.
    mkdirSync(join(root, "build"), { recursive: true });
    folder = mkdtempSync(join(root, "build/typed-"));
    writeFileSync(join(folder, "events.ts"), execFileSync(built("examples/example_typed_events"), ["--typescript", "yes"]));
  });
  after(() => rmSync(folder, { recursive: true }));

  test("a client that keeps to them compiles", () => {
    const { status, stdout } = compiled(right);
    assert.equal(stdout, "");
    assert.equal(status, 0);
  });

  test("one that does not is refused, line by line", () => {
    const { status, stdout } = compiled(wrong.map(([, line]) => line).join("\n"));
    assert.notEqual(status, 0);
    const first = opening.split("\n").length;
    wrong.forEach(([what], index) => assert.match(stdout, new RegExp(`client\\.ts\\(${first + index},`), what));
  });
});
