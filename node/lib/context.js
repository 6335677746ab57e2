"use strict";

// In whose name the addon calls JavaScript. What a program keeps for the rest of a call (AsyncLocalStorage's enterWith) is
// kept with the connection that was told of, as with a handle of Node's: another client's handlers never see it.

/** Who is told of; one that nobody holds is forgotten with what was kept for it. */
let teller = {};
/** What was kept, by who was told of. */
const kept = new WeakMap();

/** The calls from here on are about this one; about nobody that comes again, without one. */
function tells(who = {}) {
  teller = who;
}

/** The resource of all calls, as async_hooks knows one. */
const resource = new Proxy({}, {
  get: (target, key) => {
    const own = kept.get(teller);
    return own !== undefined && own.has(key) ? own.get(key) : target[key];
  },
  set: (target, key, value) => {
    const own = kept.get(teller);
    if (own === undefined) kept.set(teller, new Map([[key, value]]));
    else own.set(key, value);
    return true;
  },
});

module.exports = { resource, tells };
