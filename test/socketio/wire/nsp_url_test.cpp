#include <kedge/socketio/wire/nsp_url.hpp>

#include <doctest/doctest.h>

namespace nsp_url_test {

using kedge::split_nsp_url;

TEST_CASE("the namespace of an older client is resolved as a browser resolves a URL's path") {
    CHECK(split_nsp_url("/").first == "/");
    CHECK(split_nsp_url("/adm").first == "/adm");
    CHECK(split_nsp_url("/adm/").first == "/adm/");
    CHECK(split_nsp_url("/a/../b").first == "/b");
    CHECK(split_nsp_url("/a/./b/.").first == "/a/b/");
    CHECK(split_nsp_url("/a/b/..").first == "/a/");
    CHECK(split_nsp_url("/../../x").first == "/x");
    CHECK(split_nsp_url("/a/%2e%2E/b").first == "/b");
    CHECK(split_nsp_url("/a\\b").first == "/a/b");
    CHECK(split_nsp_url("/caf\xc3\xa9 \"x\"").first == "/caf%C3%A9%20%22x%22");
    CHECK(split_nsp_url("/a#b?c=d").first == "/a");
}

TEST_CASE("its query is a flat object of strings") {
    CHECK(split_nsp_url("/a").second.to_json() == "{}");
    CHECK(split_nsp_url("/a?").second.to_json() == "{}");
    CHECK(split_nsp_url("/a?k=v&k=w&b&c=1+2%26%zz").second.to_json() == R"({"k":"w","b":"","c":"1 2&%zz"})");
    CHECK(split_nsp_url("/a?k=%ff%41").second["k"].as_string() ==
          "\xEF\xBF\xBD"
          "A");
}

TEST_CASE("a query of very many names takes no more than its length") {
    std::string query;
    for (int i = 0; i < 100'000; ++i) query += std::to_string(i % 50'000) + "=" + std::to_string(i) + "&";
    const auto read = split_nsp_url("/a?" + query).second;
    CHECK(read.size() == 50'000);
    CHECK(read["7"].as_string() == "50007");
}

}  // namespace nsp_url_test
