"""python-socketio's synchronous client against the interop app: python_client.py URL TRANSPORT SCENARIO.

Ends with status 0 when the expectations hold; says on standard error what went wrong otherwise.
"""
import queue
import sys

import socketio

PATIENCE = 10
TRANSPORTS = {"polling": ["polling"], "websocket": ["websocket"], "upgrade": ["polling", "websocket"]}


def expect(actual, expected, what):
    if actual != expected:
        raise AssertionError(f"{what}: expected {expected!r}, found {actual!r}")


class Peer:
    """A client whose events wait in queues."""

    def __init__(self, url, transport, namespace="/", auth=None, wait=True):
        self.namespace = namespace
        self.client = socketio.Client(reconnection=False)
        self.inboxes = {name: queue.Queue() for name in ("auth", "message-back", "news", "disconnect", "connect_error")}
        for name, inbox in self.inboxes.items():
            self.client.on(name, lambda *args, inbox=inbox: inbox.put(list(args)), namespace=namespace)
        self.client.connect(
            url, transports=TRANSPORTS[transport], namespaces=[namespace], auth=auth, wait=wait, wait_timeout=PATIENCE)

    def next(self, name):
        return self.inboxes[name].get(timeout=PATIENCE)

    def emit(self, name, *args):
        self.client.emit(name, tuple(args), namespace=self.namespace)

    def ask(self, name, *args):
        answer = queue.Queue()
        self.client.emit(name, tuple(args), namespace=self.namespace, callback=lambda *values: answer.put(list(values)))
        return answer.get(timeout=PATIENCE)

    def close(self):
        self.client.disconnect()


def connect(url, transport):
    peer = Peer(url, transport, auth={"token": "héllo"})
    expect(peer.next("auth"), [{"token": "héllo"}], "auth")
    [facts] = peer.ask("handshake")
    expect(facts["protocol"], 4, "protocol")
    expect(facts["id"], peer.client.get_sid(), "id")
    expect(facts["transport"], "polling" if transport == "polling" else "websocket", "transport")
    peer.close()


def events(url, transport):
    peer = Peer(url, transport)
    args = [1, -0.5, True, None, "héllo 😀\u2028", [], {"a": [{"b": "c"}]}]
    peer.emit("message", *args)
    expect(peer.next("message-back"), args, "message-back")
    # Its handlers run in threads of their own, and it refuses polls of more than 16 packets.
    for i in range(12):
        peer.emit("message", i)
    expect(sorted(peer.next("message-back") for _ in range(12)), [[i] for i in range(12)], "all messages")
    peer.close()


def acks(url, transport):
    peer = Peer(url, transport)
    expect(peer.ask("message-with-ack", 1, "two", {"three": 3}), [1, "two", {"three": 3}], "ack")
    peer.client.on("question", lambda a, b: a + b)
    expect(peer.ask("ask", 5000, "question", 2, 3), ["ok", 5], "ack of the client")
    peer.close()


def binary(url, transport):
    peer = Peer(url, transport)
    args = [bytes(range(256)), {"deep": [b"\x04\x1e", {"er": b""}]}, "é"]
    expect(peer.ask("message-with-ack", *args), args, "binary ack")
    large = bytes(i & 255 for i in range(300_000))
    peer.emit("message", large)
    expect(peer.next("message-back"), [large], "large binary")
    peer.close()


def rooms(url, transport):
    first, second = Peer(url, transport), Peer(url, transport)
    room = "room-" + first.client.get_sid()
    expect(second.ask("join", room), [[room]], "rooms")
    first.ask("broadcast", {"to": [room], "self": True}, "news", "hello", b"\x01")
    expect(second.next("news"), ["hello", b"\x01"], "news")
    first.close()
    second.close()


def namespaces(url, transport):
    peer = Peer(url, transport, "/custom", {"k": 1})
    expect(peer.next("auth"), [{"k": 1}], "auth")
    peer.emit("disconnect-me", False)
    peer.next("disconnect")
    peer.close()
    refused = Peer(url, transport, "/refuse", {"token": "wrong"}, wait=False)
    expect(refused.next("connect_error"), [{"message": "not authorized", "data": {"code": 401, "hint": "token"}}], "refusal")
    refused.close()


SCENARIOS = {each.__name__: each for each in (connect, events, acks, binary, rooms, namespaces)}

if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        print("\n".join(SCENARIOS))
    else:
        server, way, scenario = sys.argv[1:]
        SCENARIOS[scenario](server, way)
