"use strict";

// The options of an engine and of listen(), as the addon takes them; and which of them only Node can serve.

const isText = (value) => typeof value === "string";
const isTextOrList = (value) => value === undefined || isText(value) || (Array.isArray(value) && value.every(isText));
const listOf = (value) => (value === undefined ? [] : isText(value) ? [value] : value);
const siteOf = (value) => (value === true ? "strict" : isText(value) ? value.toLowerCase() : undefined);

/** The `cors` option where it says nothing that has to be asked of a function; null where it does. */
function corsOf(cors) {
  if (cors === null || typeof cors !== "object") return null;
  const { origin, methods, allowedHeaders = cors.headers, exposedHeaders, credentials, maxAge, ...others } = cors;
  if (Object.keys(others).some((name) => name !== "headers")) return null;
  if (origin !== true && (!isTextOrList(origin) || origin === "")) return null;
  if (![methods, allowedHeaders, exposedHeaders].every(isTextOrList)) return null;
  return {
    ...(origin === true ? { reflect: true } : origin === undefined ? {} : { origin }),
    ...(methods === undefined ? {} : { methods: listOf(methods).join(",") }),
    allowedHeaders: listOf(allowedHeaders),
    exposedHeaders: listOf(exposedHeaders),
    credentials: credentials === true,
    ...(maxAge === undefined ? {} : { maxAge: Number(maxAge) }),
  };
}

function cookieOf({ name, path, domain, maxAge, httpOnly, secure, sameSite, ...others }) {
  if (Object.keys(others).length > 0 || !isText(path)) return null;
  return { name, path, domain, maxAge, httpOnly: Boolean(httpOnly), secure: Boolean(secure), sameSite: siteOf(sameSite) };
}

function deflateOf({ threshold, zlibDeflateOptions: { level, memLevel } = {}, ...terms }) {
  const { serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits } = terms;
  return { threshold, level, memLevel, serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits };
}

/** Why new sessions of an engine are Node's; null when they are the addon's. */
function reasonForNode({ opts, middlewares }) {
  if (opts.cors && corsOf(opts.cors) === null) return "the option cors";
  if (opts.cookie && cookieOf(opts.cookie) === null) return "the option cookie";
  if (opts.initialPacket !== undefined && !isText(opts.initialPacket)) return "the option initialPacket";
  // What the option cors has added is the first.
  if (middlewares.length > (opts.cors ? 1 : 0)) return "middlewares";
  return null;
}

/** What the addon has to know of an engine, and of the http server that gets what is not the engine's. */
function engineSettings({ opts }, { path, addTrailingSlash }, { keepAliveTimeout, headersTimeout, requestTimeout }, limits) {
  const { httpCompression, perMessageDeflate, cors, cookie } = opts;
  const { pingInterval, pingTimeout, upgradeTimeout, maxHttpBufferSize, maxBufferedBytes } = opts;
  const numbers = { pingInterval, pingTimeout, upgradeTimeout, maxHttpBufferSize, maxBufferedBytes };
  const { transports, allowUpgrades, allowEIO3, initialPacket } = opts;
  return {
    ...Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, Number(value)])),
    ...{ transports, initialPacket, allowUpgrades: Boolean(allowUpgrades), allowEIO3: Boolean(allowEIO3) },
    prefix: (path || "/engine.io").replace(/\/$/, ""),
    addTrailingSlash: addTrailingSlash !== false,
    cors: cors ? corsOf(cors) : null,
    cookie: cookie ? cookieOf(cookie) : null,
    httpCompression: httpCompression ? { threshold: 1024, ...httpCompression } : null,
    perMessageDeflate: perMessageDeflate ? deflateOf(perMessageDeflate) : null,
    keepAliveTimeout,
    headersTimeout,
    requestTimeout,
    limits: limits ?? {},
  };
}

/** TLS as the addon takes it; null where it asks for what only Node has. */
function tlsOf({ key, cert, passphrase, minVersion, ...others }) {
  const plain = (value) => isText(value) || Buffer.isBuffer(value);
  if (Object.keys(others).length > 0 || !plain(key) || !plain(cert)) return null;
  if (![undefined, "TLSv1.2", "TLSv1.3"].includes(minVersion)) return null;
  return { key: String(key), cert: String(cert), passphrase, minVersion };
}

/** Of another than the program's, what has to be said once. */
function portOf(port) {
  const number = Number(port ?? 0);
  if (!Number.isInteger(number) || number < 0 || number > 65535)
    throw Object.assign(new RangeError(`listen(): port should be >= 0 and < 65536. Received ${port}.`), { code: "ERR_SOCKET_BAD_PORT" });
  return number;
}

module.exports = { engineSettings, portOf, reasonForNode, tlsOf };
