// One client of each kind. Each `open` is given what to call when it is there, when it has gone, and when somebody said
// something; it returns how to say something.
const kinds = {
  "Socket.IO": {
    how: "socket.io-client 4",
    open(on) {
      const socket = io({ forceNew: true });
      socket.on("connect", on.here).on("disconnect", on.gone).on("said", (who, text) => on.said(who, text));
      return (who, text) => socket.emit("say", who, text);
    }
  },
  "Socket.IO of 2018": {
    how: "socket.io-client 2",
    open(on) {
      const socket = io2({ forceNew: true });
      socket.on("connect", on.here).on("disconnect", on.gone).on("said", (who, text) => on.said(who, text));
      return (who, text) => socket.emit("say", who, text);
    }
  },
  SockJS: {
    how: "sockjs-client, xhr-streaming",
    open(on) {
      const socket = new SockJS("/sockjs", null, { transports: "xhr-streaming" });
      socket.onopen = on.here;
      socket.onclose = on.gone;
      // An event of the room is a message: the array of its name and its arguments.
      socket.onmessage = ({ data }) => {
        const [event, ...args] = JSON.parse(data);
        if (event === "said") on.said(...args);
      };
      return (who, text) => socket.send(JSON.stringify([who, text]));
    }
  },
  STOMP: {
    how: "@stomp/stompjs 7",
    open(on) {
      const client = new StompJs.Client({ brokerURL: `${location.origin.replace("http", "ws")}/stomp` });
      let last = "";
      client.onConnect = () => {
        client.watchForReceipt("lobby", on.here);
        client.subscribe("/topic/lobby", ({ headers, body }) => {
          last = headers["event-id"] ?? last;
          if (headers.event === "said") on.said(...JSON.parse(body));
        }, { receipt: "lobby", ...(last && { "last-event-id": last }) });
      };
      client.onWebSocketClose = on.gone;
      client.activate();
      return (who, text) => client.publish({ destination: "/app/say", body: JSON.stringify([who, text]) });
    }
  },
  EventSource: {
    how: "the browser's own, and fetch",
    open(on) {
      const source = new EventSource("/events");
      source.onopen = on.here;
      source.onerror = on.gone;
      source.addEventListener("said", ({ data }) => on.said(...JSON.parse(data)));
      return (who, text) => fetch("/say", { method: "POST", body: JSON.stringify([who, text]) });
    }
  }
};

function element(name, parent, text = "") {
  const made = parent.appendChild(document.createElement(name));
  made.textContent = text;
  return made;
}

for (const [name, { how, open }] of Object.entries(kinds)) {
  const section = element("section", document.getElementById("clients"));
  section.dataset.kind = name;
  element("h2", section, name);
  element("small", section, how);
  const log = element("ol", section);
  const say = open({
    here: () => section.classList.add("here"),
    gone: () => section.classList.remove("here"),
    said(who, text) {
      const line = element("li", log);
      element("b", line, `${who}: `);
      line.append(text);
    }
  });
  const form = element("form", section);
  const input = element("input", form);
  input.placeholder = "say something";
  element("button", form, "Say");
  form.onsubmit = (event) => {
    event.preventDefault();
    if (input.value) say(name, input.value);
    input.value = "";
  };
}
