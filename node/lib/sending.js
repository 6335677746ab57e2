"use strict";

// What the sessions that live in the addon have in common when they send.
const { addon } = require("./native");

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

/** What all recipients of a broadcast have in common: the addon holds it once. */
let sharedOptions = null;
let sharedText = null;

function forgetShared() {
  sharedOptions = sharedText = null;
  addon.shareText("");
}

function share(text, options) {
  if (options === sharedOptions && text === sharedText) return;
  if (sharedOptions === null) setImmediate(forgetShared);
  addon.shareText(text, options.compress);
  sharedOptions = options;
  sharedText = text;
}

module.exports = { isThisTick, share, thisTick };
