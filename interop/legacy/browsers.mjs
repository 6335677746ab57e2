// The header sets that old browsers send, line by line, as they go over the wire.

const ie = (agent, more = []) => ["Accept: */*", "Accept-Language: en-US", ...more, `User-Agent: ${agent}`, "Accept-Encoding: gzip, deflate"];
const agents = {
  8: "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0; SLCC2; .NET CLR 2.0.50727; Media Center PC 6.0)",
  9: "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0)",
  10: "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)",
  11: "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
};
const page = "Referer: http://old.example/chat.html";
const origin = "Origin: http://old.example";

/** A script element: GET only, no Origin. */
export const script = (version) => ie(agents[version], [page]);

/** A hidden form that posts into an iframe. */
export const form = (version) => [
  "Accept: image/gif, image/jpeg, image/pjpeg, application/x-ms-application, application/xaml+xml, application/x-ms-xbap, */*",
  page, "Accept-Language: en-US", `User-Agent: ${agents[version]}`, "Content-Type: application/x-www-form-urlencoded",
  "Accept-Encoding: gzip, deflate", "Cache-Control: no-cache",
];

/** XDomainRequest of IE 8 and 9: no cookies, no Content-Type, whatever the method. */
export const xDomainRequest = (version, from = origin) => ["Accept: */*", from, "Accept-Language: en-US", `User-Agent: ${agents[version]}`];

/** XMLHttpRequest of IE 10 and 11, across origins, with a cookie. */
export const xhr = (version) => ie(agents[version], [origin, page, "DNT: 1", "Cookie: io=something; a=b"]);
export const xhrText = (version) => [...xhr(version), "Content-type: text/plain;charset=UTF-8", "Cache-Control: no-cache"];
export const xhrBinary = (version) => [...xhr(version), "Content-type: application/octet-stream", "Cache-Control: no-cache"];
export const preflight = (version) => [
  ...ie(agents[version], [origin]), "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: content-type",
];

/** WebSocket as it was before RFC 6455. */
export const hixie76 = [
  "Upgrade: WebSocket", "Connection: Upgrade", origin, "Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5", "Sec-WebSocket-Key2: 12998 5 Y3 1  .P00",
];
export const hybi07 = [
  "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Origin: http://old.example", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 7",
];
