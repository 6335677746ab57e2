#include <doctest/doctest.h>

#include <string>

#include <test/transports/server_under_test.hpp>

namespace engine_server_jsonp_test {

using namespace kedge;
using namespace kedge::test;

namespace {

constexpr std::string_view form = "Content-Type: application/x-www-form-urlencoded\r\n";

/// A page's poll by script, with the sid taken out of the escaped open packet.
struct jsonp_client : raw_client {
    jsonp_client(server_under_test& on, std::string_view target) : raw_client(on.port()) {
        opening = get(target);
        std::string plain;
        for (const char c : opening.body)
            if (c != '\\') plain.push_back(c);
        address = of(target, sid_in(plain));
    }
    answer opening;
    std::string address;
};

}  // namespace

TEST_CASE("JSONP: the payload is handed to the page's callback") {
    server_under_test on;
    for (const auto& [target, begins] :
         {std::pair{"/engine.io/?EIO=3&transport=polling&b64=1&j=3", "___eio[3](\"118:0{\\\"sid\\\":\\\""},
          std::pair{"/engine.io/?EIO=4&transport=polling&b64=1&j=0", "___eio[0](\"0{\\\"sid\\\":\\\""},
          std::pair{"/engine.io/?EIO=4&transport=polling&j=abc7", "___eio[7](\"0{"},
          std::pair{"/engine.io/?EIO=4&transport=polling&j=", "___eio[](\"0{"}}) {
        const jsonp_client client(on, target);
        CHECK(client.opening.status == 200);
        CHECK(client.opening.header("content-type") == "text/plain; charset=UTF-8");
        CHECK_FALSE(client.opening.has("x-content-type-options"));
        CHECK(client.opening.body.starts_with(begins));
        CHECK(client.opening.body.ends_with("\");"));
    }
}

TEST_CASE("JSONP: what breaks scripts is escaped, bytes are counted") {
    server_under_test on;
    jsonp_client client(on, "/engine.io/?EIO=4&transport=polling&b64=1&j=1");
    CHECK(client.post(client.address, "d=4%E2%80%A8%E2%80%A9%22%5C%C3%A9%1E4second", form).body == "ok");
    const answer got = client.get(client.address);
    CHECK(got.body == "___eio[1](\"4\\u2028\\u2029\\\"\\\\é\\u001e4second\");");
    CHECK(got.header("content-length") == std::to_string(got.body.size()));
}

TEST_CASE("JSONP: the answer to a post can be shown in a hidden frame") {
    server_under_test on;
    jsonp_client client(on, "/engine.io/?EIO=3&transport=polling&b64=1&j=1");
    const answer got = client.post(client.address, "d=2%3A4x", form);
    CHECK(got.status == 200);
    CHECK(got.header("content-type") == "text/html");
    CHECK(got.header("cache-control") == "no-store");
    CHECK_FALSE(got.has("x-content-type-options"));  // "nosniff" would stop the script
    CHECK(got.body == "ok");
    CHECK(client.get(client.address).body == "___eio[1](\"2:4x\");");
}

TEST_CASE("JSONP: newlines are put right before lengths are counted") {
    server_under_test on;
    jsonp_client client(on, "/engine.io/?EIO=3&transport=polling&b64=1&j=1");
    // "a<LF>b": browsers make two characters of the newline; and a literal backslash-n comes with two
    // backslashes.
    CHECK(client.post(client.address, "d=4%3A4a%5Cnb", form).body == "ok");
    CHECK(client.get(client.address).body == "___eio[1](\"4:4a\\nb\");");
    CHECK(client.post(client.address, "d=5%3A4a%5C%5Cnb", form).body == "ok");
    CHECK(client.get(client.address).body == "___eio[1](\"5:4a\\\\nb\");");
    CHECK(client.post(client.address, "d=5%3A4a+%2Bb", form).body == "ok");
    CHECK(client.get(client.address).body == "___eio[1](\"5:4a +b\");");
}

TEST_CASE("JSONP: a form without d, or with several, is ignored") {
    server_under_test on;
    witness other(on);
    for (const char* target :
         {"/engine.io/?EIO=3&transport=polling&j=1", "/engine.io/?EIO=4&transport=polling&j=1"}) {
        jsonp_client client(on, target);
        for (const char* body : {"", "x=1", "d=1&d=2", "4x"})
            CHECK(client.post(client.address, body, form).body == "ok");
        CHECK(client.post(client.address, std::string("d=") + (target[16] == '3' ? "2%3A4x" : "4x"), form)
                  .body == "ok");
        CHECK(client.get(client.address).body ==
              (target[16] == '3' ? "___eio[1](\"2:4x\");" : "___eio[1](\"4x\");"));
    }
    CHECK(other.undisturbed());
}

TEST_CASE("JSONP: binary goes as base64") {
    server_under_test on;
    jsonp_client client(on, "/engine.io/?EIO=3&transport=polling&b64=1&j=1");
    CHECK(client.post(client.address, "d=6%3Ab4AQID", form).body == "ok");
    CHECK(client.get(client.address).body == "___eio[1](\"6:b4AQID\");");
    // Whether b64 was said or not: no script can hold anything else.
    jsonp_client silent(on, "/engine.io/?EIO=3&transport=polling&j=1");
    CHECK(silent.post(silent.address, "d=6%3Ab4AQID2%3A4x", form).body == "ok");
    const answer got = silent.get(silent.address);
    CHECK(got.header("content-type") == "text/plain; charset=UTF-8");
    CHECK(got.body == "___eio[1](\"6:b4AQID2:4x\");");
}

TEST_CASE("JSONP: the size of the form is what counts") {
    transports::server_options options = with_eio3();
    options.engine.max_http_buffer_size = 20;
    server_under_test on(options);
    witness other(on);
    jsonp_client client(on, "/engine.io/?EIO=4&transport=polling&j=1");
    CHECK(client.post(client.address, "d=4%61%61%61%61%61%6", form).status == 200);
    CHECK(client.post(client.address, "d=4%61%61%61%61%61%61", form).status == 413);
    CHECK(other.undisturbed());
}

TEST_CASE("JSONP: the index of the first request holds for the session") {
    server_under_test on;
    jsonp_client client(on, "/engine.io/?EIO=4&transport=polling&j=5");
    CHECK(client.post(client.address + "&j=6", "d=4x", form).body == "ok");
    CHECK(client.get(client.address + "&j=6").body == "___eio[5](\"4x\");");
}

}  // namespace engine_server_jsonp_test
