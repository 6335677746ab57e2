// How the tests of the harness are named and grouped; the reporter reads the table back from the names.
import assert from "node:assert/strict";
import { relative } from "node:path";
import { after, before, describe, test } from "node:test";
import { haste, judge, knownDifference } from "./matrix.mjs";
import { root } from "./programs.mjs";
import { chosenTargets } from "./targets.mjs";

const differs = " # differs: ";

/** The reference shows what is right, and is not what is tested: where a busy machine makes it late, it is asked again. */
const asOftenAsNeeded = ({ name }, attempt) => (name === "reference" ? () => attempt().catch(attempt) : attempt);

/** The runner takes this file for the one that cells are in: what fails says which program it failed in. */
const namesItsFile = (attempt) => () => attempt().catch((error) => {
  throw new Error(`${error.message}\n  ${relative(root, process.argv[1])}`, { cause: error });
});

/** Registers one cell of the table; `attempt` rejects when the expectations do not hold. */
export function cell({ client, transport, scenario, differs: note }, target, attempt) {
  const name = [client, transport, scenario, target.name].join(" | ") + (note ? differs + note : "");
  test(name, namesItsFile(asOftenAsNeeded(target, attempt)));
}

/** The fields of a name made by `cell`, or nothing. */
export function fieldsOf(name) {
  const [fields, note] = name.split(differs);
  const [client, transport, scenario, target, ...rest] = fields.split(" | ");
  return target && !rest.length ? { client, transport, scenario, target, note } : undefined;
}

/** Registers a cell of the scenario matrix; a known difference has to show. `perform({ patience })` runs it. */
export function scenarioCell(spot, target, perform, { client = spot.client.name, transport = spot.transport } = {}) {
  const note = knownDifference(spot, target);
  cell({ client, transport, scenario: spot.scenario.name, differs: note }, target, async () => {
    const { error } = await judge(spot, target, () => perform({ patience: haste(spot, target) }));
    if (error) throw error;
  });
}

/**
 * A group of tests for each target. `register(target, up)` registers them; `start(target)` gives the programs (or promises
 * of programs) by name that they find in `up`, started before and told to end after them, which they have to do in good order. `can(target)` leaves
 * out targets that do not offer what the tests are about.
 */
export function againstEachTarget(title, { concurrency = 12, start, can = () => true }, register) {
  for (const target of chosenTargets.filter(can)) {
    describe(`${title}, ${target.name}`, { concurrency }, () => {
      const up = {};
      before(async () => Object.assign(up, await start(target)));
      after(async () => {
        for (const [name, program] of Object.entries(up)) assert.equal(await (await program).stop(), 0, `exit status of ${name}`);
      });
      register(target, up);
    });
  }
}
