"use strict";

/** A path and a query in which nothing has to be decoded. */
const plain = /^\/(?!\/)[\w./-]*\?([\w.~*=&-]*)$/;

/** The query of a request as the reference reads it, without an URL being made; null where that is not so simple. */
function queryOf(url) {
  const found = plain.exec(url);
  if (found === null || url.includes("__proto__")) return null;
  const query = {};
  for (const pair of found[1].split("&")) {
    const end = pair.indexOf("=");
    if (end >= 0) query[pair.slice(0, end)] = pair.slice(end + 1);
    else if (pair !== "") query[pair] = "";
  }
  return query;
}

module.exports = { queryOf };
