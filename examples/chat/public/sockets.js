// Loads the client library, and connects the way the panel asks for. Shared by the chat and by the status page.
// `?client=2` takes socket.io-client 2.5, to show old and new clients in one room.
(function() {
  "use strict";

  var parameters = new URLSearchParams(location.search);
  var generation = parameters.get("client") === "2" ? 2 : 4;
  var NativeWebSocket = window.WebSocket;
  var blocked = false;

  // The client library takes window.WebSocket once, when it is loaded; so the switch must be in place before.
  function SwitchedWebSocket(url, protocols) {
    if (!blocked) return protocols ? new NativeWebSocket(url, protocols) : new NativeWebSocket(url);
    var refused = { readyState: 3, close: function() {}, send: function() {} };
    setTimeout(function() {
      if (refused.onerror) refused.onerror(new Event("error"));
      if (refused.onclose) refused.onclose({ code: 1006, reason: "", wasClean: false });
    }, 300);
    return refused;
  }
  if (NativeWebSocket) {
    SwitchedWebSocket.CONNECTING = 0;
    SwitchedWebSocket.OPEN = 1;
    SwitchedWebSocket.CLOSING = 2;
    SwitchedWebSocket.CLOSED = 3;
    window.WebSocket = SwitchedWebSocket;
  }

  function load() {
    return new Promise(function(resolve, reject) {
      var script = document.createElement("script");
      script.src = generation === 2 ? "client2/socket.io.js" : "socket.io/socket.io.js";
      script.onload = resolve;
      script.onerror = function() { reject(new Error("the client library could not be loaded from " + script.src)); };
      document.head.appendChild(script);
    });
  }

  function transportOptions(mode) {
    if (mode === "polling") return { transports: ["polling"] };
    if (mode === "jsonp") return { transports: ["polling"], forceJSONP: true };
    if (mode === "websocket") return { transports: ["websocket"] };
    return { transports: ["polling", "websocket"] };
  }

  window.kedge = {
    generation: generation,
    load: load,
    block: function(on) { blocked = on; },
    connect: function(namespace, mode, auth) {
      var options = transportOptions(mode);
      options.forceNew = true;
      options.auth = auth || {};
      options.reconnectionDelay = 500;
      options.reconnectionDelayMax = 3000;
      return window.io(namespace, options);
    }
  };
})();
