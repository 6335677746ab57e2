#include <test/cost/flood.hpp>

#include <stdexcept>

#include <test/transports/raw_client.hpp>
#include <test/transports/zlib_codec.hpp>

namespace kedge::cost {
namespace {

using test::raw_client;

constexpr std::string_view polling = "/socket.io/?EIO=4&transport=polling";
constexpr std::string_view websocket = "/socket.io/?EIO=4&transport=websocket";

std::string repeated(std::string_view text, std::size_t count) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) all.append(text);
    return all;
}

std::string upgrade(std::string_view more = {}) {
    return raw_client::head("GET", websocket, std::string(raw_client::upgrade_headers).append(more));
}

flood over_http(std::string said) {
    return {{}, std::move(said), 1, {}};
}
flood over_websocket(std::string said) {
    return {{upgrade(), raw_client::masked_frame(0x81, "40")}, std::move(said), 1, {}};
}
/// `said` is what stands behind the address of a session.
flood over_polling(std::string_view revision, std::string_view form, const std::string& said) {
    const std::string target =
        std::string("/socket.io/?EIO=").append(revision).append("&transport=polling").append(form);
    return {{raw_client::head("GET", target)},
            "POST " + target + "&sid=SID HTTP/1.1\r\nHost: test\r\n" + said,
            1,
            {}};
}
flood posting(std::string_view revision, std::string_view form, const std::string& body) {
    return over_polling(revision, form, "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
}

std::string chunks(std::size_t count) {
    return "Transfer-Encoding: chunked\r\n\r\n1\r\n6\r\n" +
           repeated(
               "2\r\n\x1e"
               "6\r\n",
               count) +
           "0\r\n\r\n";
}

/// Messages in a hundred pieces.
std::string fragments(std::size_t count) {
    return repeated(raw_client::masked_frame(0x01, "6") + repeated(raw_client::masked_frame(0x00, "x"), 98) +
                        raw_client::masked_frame(0x80, "x"),
                    count);
}

/// Frames of less than a kilobyte which become a message of nearly the largest size.
flood inflated(std::size_t count) {
    test::zlib_codec codec;
    const std::string packet = "42[\"take\",\"" + std::string(990'000, 'a') + "\"]";
    const std::string frame = raw_client::masked_frame(0xc1, codec.deflated(packet));
    flood made = over_websocket(repeated(frame, count));
    made.opening[0] = upgrade(
        "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; "
        "server_no_context_takeover\r\n");
    return made;
}

flood with_headers(std::size_t count) {
    std::string headers;
    for (int i = 0; i < 60; ++i) headers += "X-" + std::to_string(i) + ": v\r\n";
    return over_http(repeated(raw_client::head("GET", "/nowhere", headers), count));
}

/// Who comes, enters, and is gone.
flood coming(std::size_t count) {
    return {{}, {}, 1, std::vector<std::string>(count, upgrade() + raw_client::masked_frame(0x81, "40"))};
}

/// So many at once, each of whom says some 50 KB.
flood crowd(std::size_t count) {
    flood made = over_websocket(repeated(raw_client::masked_frame(0x89, ""), 8'000));
    made.voices = count;
    return made;
}

/// Values of one shape, a megabyte of them in one event.
flood values(std::string_view each, std::size_t count) {
    std::string event = "42[\"take\",[";
    while (event.size() < 990'000) event.append(each).append(",");
    event.back() = ']';
    return over_websocket(repeated(raw_client::masked_frame(0x81, event + "]"), count));
}

}  // namespace

flood make_flood(std::string_view kind, std::size_t count) {
    if (kind == "headers") return with_headers(count);
    if (kind == "requests") return over_http(repeated("GET / HTTP/1.1\r\nHost: a\r\n\r\n", count));
    if (kind == "handshakes") return over_http(repeated(raw_client::head("GET", polling), count));
    if (kind == "connections") return coming(count);
    if (kind == "pings") return over_websocket(repeated(raw_client::masked_frame(0x89, ""), count));
    if (kind == "frames") return over_websocket(repeated(raw_client::masked_frame(0x81, "6"), count));
    if (kind == "fragments") return over_websocket(fragments(count));
    if (kind == "inflated") return inflated(count);
    if (kind == "payload")
        return posting("4", "",
                       "6" + repeated("\x1e"
                                      "6",
                                      count));
    if (kind == "payload_3") return posting("3", "", repeated("1:6", count));
    if (kind == "base64")
        return posting("4", "",
                       "bAAAA" + repeated("\x1e"
                                          "bAAAA",
                                          count));
    if (kind == "jsonp") return posting("3", "&j=0", "d=" + repeated("1%3A6", count));
    if (kind == "crowd") return crowd(count);
    if (kind == "large_arrays") return values("[]", count);
    if (kind == "large_lists") return values("[0]", count);
    if (kind == "large_objects") return values("{\"a\":0}", count);
    if (kind == "large_numbers") return values("0", count);
    if (kind == "large_strings") return values("\"\"", count);
    if (kind == "chunks") return over_polling("4", "", chunks(count));
    throw std::invalid_argument("no such kind");
}

}  // namespace kedge::cost
