"use strict";

// What all recipients of a broadcast have in common, which the addon holds once. Whoever uses the addon in this thread has
// this in common as well.
const { addon, held } = require("./native");

function forgetFrame() {
  held.frame = null;
  addon.share();
}

/** A text is a part of a frame for `ws`. */
const bytesOf = (part) => (typeof part === "string" ? Buffer.from(part) : part);

/** Makes the frame of a broadcast known to the addon, unless it is already. */
function shareFrame(frame) {
  if (frame === held.frame) return;
  if (frame.length <= 2) addon.share(bytesOf(frame[0]), bytesOf(frame[1]));
  else addon.share(Buffer.concat(frame));
  if (held.frame === null) setImmediate(forgetFrame);
  held.frame = frame;
}

function forgetText() {
  held.options = held.text = null;
  addon.shareText("");
}

/** The same for sessions that live in the addon, which makes the frame. */
function shareText(text, options) {
  if (options === held.options && text === held.text) return;
  if (held.options === null) setImmediate(forgetText);
  addon.shareText(text, options.compress);
  held.options = options;
  held.text = text;
}

module.exports = { shareFrame, shareText };
