// The servers under comparison. Each runs the interop app and the engine echo, and takes the same switches.
import { join } from "node:path";
import { built, Program, root } from "./programs.mjs";

const script = (name) => join(root, "interop/app", name);

/** The reference's own program with the npm package of node/ in the place of engine.io. */
const onPackage = (name, args, how = "on_package.cjs") => {
  process.env.KEDGE_NODE_ADDON ??= built("node/kedge_node.node");
  return Program.start(process.execPath, ["--require", script(how), script(name), ...args]);
};

const targets = {
  reference: {
    name: "reference",
    threads: false,
    app: (args) => Program.start(process.execPath, [script("reference.mjs"), "--app", ...args]),
    engineEcho: () => Program.start(process.execPath, [script("reference_engine.mjs"), "--port", "0"]),
  },
  package: {
    name: "package",
    threads: false,
    app: async (args) => onPackage("reference.mjs", ["--app", ...args]),
    engineEcho: async () => onPackage("reference_engine.mjs", ["--port", "0"]),
  },
  // The same, and Kedge accepts the clients. Not among those of every run: what is behind the door is what the others have.
  listening: {
    name: "listening",
    threads: false,
    app: async (args) => onPackage("reference.mjs", ["--app", ...args], "on_listening.cjs"),
    engineEcho: async () => onPackage("reference_engine.mjs", ["--port", "0"], "on_listening.cjs"),
  },
  kedge: {
    name: "kedge",
    threads: true,
    app: async (args) => Program.start(built("interop/interop_server"), ["--app", ...args]),
    engineEcho: async () => Program.start(built("examples/example_engine_echo"), ["--port", "0"]),
  },
};

/** The targets of this run: KEDGE_INTEROP_TARGETS, by default the reference, the package and Kedge. */
export const chosenTargets = (process.env.KEDGE_INTEROP_TARGETS ?? "reference,package,kedge").split(",").map((name) => {
  if (!targets[name]) throw new Error(`no such target: ${name}`);
  return targets[name];
});
export const targetByName = (name) => targets[name];
