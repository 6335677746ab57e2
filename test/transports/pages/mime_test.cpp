#include <doctest/doctest.h>

#include <kedge/transports/pages/mime.hpp>

namespace mime_test {

using kedge::transports::compressible;
using kedge::transports::mime_type;

TEST_CASE("types go by the last extension, in any case") {
    CHECK(mime_type("index.html") == "text/html; charset=utf-8");
    CHECK(mime_type("A.B.PNG") == "image/png");
    CHECK(mime_type("live/stream.m3u8") == "application/vnd.apple.mpegurl");
    CHECK(mime_type("segment1.ts") == "video/mp2t");
    CHECK(mime_type("noextension") == "application/octet-stream");
    CHECK(mime_type("strange.zzz") == "application/octet-stream");
    CHECK(mime_type("") == "application/octet-stream");
}

TEST_CASE("texts are compressed, pictures are not") {
    CHECK(compressible(mime_type("a.js")));
    CHECK(compressible(mime_type("a.svg")));
    CHECK(compressible(mime_type("a.m3u8")));
    CHECK_FALSE(compressible(mime_type("a.png")));
    CHECK_FALSE(compressible(mime_type("a.ts")));
    CHECK_FALSE(compressible(mime_type("a.woff2")));
}

}  // namespace mime_test
