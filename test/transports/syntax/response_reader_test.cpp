#include <kedge/transports/syntax/response_reader.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace response_reader_test {

using namespace kedge::transports;

namespace {

using kind = response_reader::step::kind;

/// How much of `bytes` is the answer when they come in two pieces, cut anywhere; npos when that is not always
/// the same.
std::size_t length_of(std::string_view bytes, asked_by what = asked_by::other) {
    std::size_t found = 0;
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        response_reader reader(what);
        auto got = reader.feed(bytes.substr(0, cut));
        std::size_t used = got.used;
        while (got.what == kind::more || got.what == kind::interim) {
            if (got.what == kind::more && used == bytes.size()) return std::string_view::npos;
            const std::size_t from = used < cut && got.what == kind::interim ? used : std::max(used, cut);
            got = reader.feed(bytes.substr(from));
            used = from + got.used;
        }
        if (got.what == kind::failed || (cut > 0 && used != found)) return std::string_view::npos;
        found = used;
    }
    return found;
}

}  // namespace

TEST_CASE("an answer ends where its framing says") {
    for (const std::string one :
         {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
          "HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"}) {
        CAPTURE(one);
        if (one.find(" 304 ") == one.npos) CHECK(length_of(one + "HTTP/1.1 400 Bad") == one.size());
    }
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    CHECK(length_of(head + "HTTP/1.1", asked_by::head) == head.size());
}

TEST_CASE("what an answer says of the connection is known") {
    response_reader lasting(asked_by::other);
    CHECK_FALSE(lasting.head_complete());
    CHECK(lasting.feed("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n").what == kind::more);
    CHECK(lasting.head_complete());
    CHECK(lasting.status() == 200);
    CHECK(lasting.feed("ok").what == kind::complete);
    CHECK(lasting.keeps_alive());
    response_reader last(asked_by::other);
    CHECK(last.feed("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").what ==
          kind::complete);
    CHECK_FALSE(last.keeps_alive());
}

TEST_CASE("an interim answer is not the answer") {
    response_reader reader(asked_by::other);
    const std::string_view bytes =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    const auto first = reader.feed(bytes);
    CHECK(first.what == kind::interim);
    CHECK(first.used == 25);
    CHECK_FALSE(reader.head_complete());
    const auto second = reader.feed(bytes.substr(first.used));
    CHECK(second.what == kind::complete);
    CHECK(first.used + second.used == bytes.size());
    CHECK(reader.status() == 200);
}

TEST_CASE("an answer without a length lasts until the end") {
    response_reader reader(asked_by::other);
    CHECK(reader.feed("HTTP/1.1 200 OK\r\n\r\nas long as ").what == kind::more);
    CHECK(reader.feed("it lasts").what == kind::more);
    CHECK(reader.complete_at_end());
    CHECK_FALSE(reader.keeps_alive());
    response_reader cut(asked_by::other);
    CHECK(cut.feed("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort").what == kind::more);
    CHECK_FALSE(cut.complete_at_end());
    CHECK_FALSE(response_reader(asked_by::other).complete_at_end());
}

TEST_CASE("what is no answer fails") {
    CHECK(response_reader(asked_by::other).feed("GET / HTTP/1.1\r\n\r\n").what == kind::failed);
    CHECK(response_reader(asked_by::other).feed("\x16\x03\x01").what == kind::failed);
}

}  // namespace response_reader_test
