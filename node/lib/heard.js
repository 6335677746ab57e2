"use strict";

/** Whether somebody listens: emit() looks as well, but behind the making of its arguments, and a broadcast asks seven times
 * for each of its recipients. */
const heard = (emitter, name) => emitter._events[name] !== undefined;

module.exports = { heard };
