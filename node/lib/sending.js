"use strict";

// What the sessions that live in the addon have in common when they send.
let tick = 0;
let ticking = false;

/** The number of this tick: it is another one when what is sent now is on its way. */
function thisTick() {
  if (!ticking) {
    ticking = true;
    process.nextTick(() => {
      ticking = false;
      tick++;
    });
  }
  return tick;
}

const isThisTick = (number) => ticking && number === tick;

module.exports = { isThisTick, thisTick };
