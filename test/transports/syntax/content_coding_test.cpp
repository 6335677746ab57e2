#include <doctest/doctest.h>

#include <array>
#include <string>

#include <zlib.h>

#include <kedge/transports/syntax/content_coding.hpp>

namespace content_coding_test {

using namespace kedge::transports;

namespace {

constexpr std::array offered{content_coding::gzip, content_coding::deflate};

content_coding chosen(std::string_view header) {
    return choose_coding(header, offered);
}

std::string inflated(const std::string& bytes, int window_bits) {
    z_stream stream{};
    REQUIRE(inflateInit2(&stream, window_bits) == Z_OK);
    std::string out(100'000, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

}  // namespace

TEST_CASE("content_coding: negotiation by quality, then by the client's order") {
    CHECK(chosen("gzip") == content_coding::gzip);
    CHECK(chosen("gzip, deflate, br") == content_coding::gzip);
    CHECK(chosen("deflate, gzip") == content_coding::deflate);
    CHECK(chosen("gzip;q=0.5, deflate") == content_coding::deflate);
    CHECK(chosen("gzip;q=0.5, deflate;q=0.4") == content_coding::gzip);
    CHECK(chosen("GZIP") == content_coding::gzip);
    CHECK(chosen("*") == content_coding::gzip);
    CHECK(chosen("*, deflate") == content_coding::deflate);
    CHECK(chosen("gzip;q=0, *") == content_coding::deflate);
    CHECK(chosen("deflate ; x=1 ; q=0.9, gzip;q=0.8") == content_coding::deflate);
}

TEST_CASE("content_coding: none") {
    CHECK(chosen("") == content_coding::identity);
    CHECK(chosen("br") == content_coding::identity);
    CHECK(chosen("identity") == content_coding::identity);
    CHECK(chosen("gzip;q=0") == content_coding::identity);
    CHECK(chosen("gzip;q=x, deflate;q=nan") == content_coding::identity);
    CHECK(chosen("*;q=0") == content_coding::identity);
    CHECK(chosen(",,;;,=") == content_coding::identity);
}

TEST_CASE("content_coding: gzip and deflate (in zlib's wrapper) come back") {
    std::string body;
    for (int i = 0; i < 2000; ++i) body += "42[\"message\"," + std::to_string(i) + "]";
    const auto gzip = compress(content_coding::gzip, body, {});
    REQUIRE(gzip);
    CHECK(gzip->size() < body.size() / 2);
    CHECK(gzip->starts_with("\x1F\x8B"));
    CHECK(inflated(*gzip, 15 + 16) == body);
    const auto deflate = compress(content_coding::deflate, body, {});
    REQUIRE(deflate);
    CHECK(deflate->front() == '\x78');
    CHECK(inflated(*deflate, 15) == body);
    compression_options bad;
    bad.level = 77;
    CHECK_FALSE(compress(content_coding::gzip, body, bad));
    CHECK(inflated(*compress(content_coding::gzip, "", {}), 31).empty());
}

TEST_CASE("content_coding: brotli") {
    const std::string body(10'000, 'a');
    const auto brotli = compress(content_coding::brotli, body, {});
    REQUIRE(brotli);
    CHECK(brotli->size() < 100);
    CHECK(to_string(content_coding::brotli) == "br");
}

}  // namespace content_coding_test
