#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <kedge/transports/pages/static_folder.hpp>
#include <kedge/transports/syntax/content_coding.hpp>
#include <test/transports/server_under_test.hpp>
#include <test/transports/sockets.hpp>

namespace static_folder_test {

using namespace kedge;
using namespace kedge::test;
using transports::static_folder;
using transports::static_options;

namespace {

const std::string page = [] {
    std::string text = "<!doctype html>\n";
    while (text.size() < 4000) text += "<p>The kedge is dropped ahead, and the ship hauled up to it.\n";
    return text;
}();

/// A folder with a bit of everything, served on a real socket.
class site_of_files {
  public:
    explicit site_of_files(static_options options = {}) {
        write("index.html", page);
        write("small.txt", "0123456789");
        write("page.html", page);
        write("styles/main.css", "body { color: teal }\n");
        write("styles/index.html", "the styles");
        write("empty.txt", "");
        write(".env", "secret");
        write(".git/config", "secret");
        write("with space.txt", "spaced");
        write("naïve.txt", "unicode");
        write("app.js", page);
        write("app.js.br", *transports::compress(transports::content_coding::brotli, page, {}));
        write("app.js.gz", *transports::compress(transports::content_coding::gzip, page, {}));
        std::filesystem::create_directories(outside_.path() / "private");
        std::ofstream(outside_ / "private/secret.txt") << "secret";
        std::ofstream(outside_.path().string() + "-twin.txt") << "secret";
        std::filesystem::create_symlink(outside_ / "private/secret.txt", folder_ / "link.txt");
        std::filesystem::create_symlink(outside_ / "private", folder_ / "linked");
        std::filesystem::create_symlink(folder_ / "small.txt", folder_ / "inside.txt");
        on_ = std::make_unique<server_under_test>(with_eio3(), [&](transports::engine_server& server) {
            server.on_request(static_folder(folder_.path().string(), std::move(options)));
        });
    }
    ~site_of_files() { std::filesystem::remove(outside_.path().string() + "-twin.txt"); }

    std::string write(const std::string& name, const std::string& text) const {
        const auto place = folder_.path() / name;
        std::filesystem::create_directories(place.parent_path());
        std::ofstream(place, std::ios::binary) << text;
        return place.string();
    }
    raw_client connect() const { return on_->connect(); }
    answer get(std::string_view target, std::string_view headers = {}) const {
        return connect().get(target, headers);
    }
    /// A HEAD, behind which nothing must follow but the next answer.
    answer head(std::string_view target, std::string_view headers = {}) const {
        raw_client client = connect();
        client.send(raw_client::head("HEAD", target, headers) + raw_client::head("GET", "/small.txt"));
        answer got = client.read_answer(true);
        CHECK(client.read_answer().body == "0123456789");
        return got;
    }
    const std::filesystem::path& path() const { return folder_.path(); }
    const std::filesystem::path& outside() const { return outside_.path(); }

  private:
    scratch_folder folder_;
    scratch_folder outside_;
    std::unique_ptr<server_under_test> on_;
};

std::string line(std::string_view name, std::string_view value) {
    return std::string(name).append(": ").append(value).append("\r\n");
}

void make_older(const std::string& place, int seconds) {
    std::filesystem::last_write_time(place,
                                     std::filesystem::last_write_time(place) - std::chrono::seconds(seconds));
}

}  // namespace

TEST_CASE("a file comes with its type, length and validators") {
    const site_of_files site;
    const answer got = site.get("/small.txt");
    CHECK(got.status == 200);
    CHECK(got.body == "0123456789");
    CHECK(got.header("Content-Type") == "text/plain; charset=utf-8");
    CHECK(got.header("Content-Length") == "10");
    CHECK(got.header("Accept-Ranges") == "bytes");
    CHECK(got.header("Cache-Control") == "public, max-age=0");
    CHECK(got.header("ETag").front() == '"');
    CHECK(got.header("Last-Modified").ends_with(" GMT"));
    CHECK(site.get("/small.txt?version=2").body == "0123456789");
    CHECK(site.get("/with%20space.txt").body == "spaced");
    CHECK(site.get("/na%C3%AFve.txt").body == "unicode");
    CHECK(site.get("/inside.txt").body == "0123456789");
    const answer empty = site.get("/empty.txt");
    CHECK(empty.status == 200);
    CHECK(empty.header("Content-Length") == "0");
    CHECK(site.get("/nothing.txt").status == 404);
    const answer written = site.connect().post("/small.txt", "x");
    CHECK(written.status == 405);
    CHECK(written.header("Allow") == "GET, HEAD");
}

TEST_CASE("a HEAD tells what a GET would, without a body") {
    const site_of_files site;
    for (const char* target : {"/small.txt", "/page.html", "/empty.txt", "/nothing.txt", "/styles", "/"}) {
        CAPTURE(target);
        const answer asked = site.head(target);
        const answer got = site.get(target);
        CHECK(asked.status == got.status);
        for (const char* name : {"Content-Length", "Content-Type", "ETag", "Location", "Last-Modified"})
            CHECK(asked.header(name) == got.header(name));
    }
    CHECK(site.head("/page.html", "Accept-Encoding: gzip\r\n").header("Content-Encoding") == "gzip");
    CHECK(site.head("/small.txt", "Range: bytes=0-3\r\n").header("Content-Length") == "10");
}

TEST_CASE("who has it already is told so, without a body") {
    const site_of_files site;
    const answer got = site.get("/small.txt");
    const std::string etag = got.header("ETag");
    raw_client client = site.connect();
    for (const std::string& condition :
         {line("If-None-Match", etag), line("If-None-Match", "\"other\", W/" + etag),
          line("If-None-Match", "*"), line("If-Modified-Since", got.header("Last-Modified"))}) {
        CAPTURE(condition);
        const answer same = client.get("/small.txt", condition);
        CHECK(same.status == 304);
        CHECK_FALSE(same.has("Content-Length"));
        CHECK_FALSE(same.has("Content-Type"));
        CHECK(same.header("ETag") == etag);
        CHECK(same.header("Cache-Control") == "public, max-age=0");
        CHECK(site.head("/small.txt", condition).status == 304);
    }
    CHECK(client.get("/small.txt", line("If-None-Match", "\"other\"")).body == "0123456789");
    CHECK(client.get("/small.txt", "If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT\r\n").status == 200);
    CHECK(client.get("/small.txt", "If-Match: \"other\"\r\n").status == 412);
    CHECK(client.get("/small.txt", line("If-Match", etag)).status == 200);
    CHECK(client.get("/small.txt", "If-Unmodified-Since: Sat, 01 Jan 2000 00:00:00 GMT\r\n").status == 412);
}

TEST_CASE("a changed file has another tag") {
    const site_of_files site;
    const std::string before = site.get("/small.txt").header("ETag");
    const std::string place = site.write("small.txt", "9876543210");
    make_older(place, 5);
    const answer after = site.get("/small.txt", line("If-None-Match", before));
    CHECK(after.status == 200);
    CHECK(after.body == "9876543210");
}

TEST_CASE("one range") {
    const site_of_files site;
    raw_client client = site.connect();
    const auto range = [&](std::string_view wanted) {
        return client.get("/small.txt", line("Range", std::string("bytes=").append(wanted)));
    };
    const answer first = range("0-3");
    CHECK(first.status == 206);
    CHECK(first.body == "0123");
    CHECK(first.header("Content-Range") == "bytes 0-3/10");
    CHECK(first.header("Content-Type") == "text/plain; charset=utf-8");
    CHECK(range("4-").body == "456789");
    CHECK(range("-2").body == "89");
    CHECK(range("8-99").header("Content-Range") == "bytes 8-9/10");
    CHECK(range("-99").body == "0123456789");
    const answer beyond = range("10-");
    CHECK(beyond.status == 416);
    CHECK(beyond.header("Content-Range") == "bytes */10");
    CHECK(range("x-y").status == 200);
    CHECK(client.get("/small.txt", "Range: lines=0-1\r\n").status == 200);
    CHECK(client.get("/empty.txt", "Range: bytes=0-\r\n").status == 416);
}

TEST_CASE("several ranges") {
    const site_of_files site;
    raw_client client = site.connect();
    const answer got = client.get("/small.txt", "Range: bytes=0-1,5-6,-1\r\n");
    CHECK(got.status == 206);
    const std::string type = got.header("Content-Type");
    const std::string boundary = type.substr(type.find("boundary=") + 9);
    CHECK(type.starts_with("multipart/byteranges; boundary="));
    std::string wanted;
    for (const auto& [place, bytes] : {std::pair{"0-1", "01"}, {"5-6", "56"}, {"9-9", "9"}})
        wanted += "\r\n--" + boundary +
                  "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes " + place +
                  "/10\r\n\r\n" + bytes;
    CHECK(got.body == wanted + "\r\n--" + boundary + "--\r\n");
    CHECK(client.get("/small.txt", "Range: bytes=0-1,50-60\r\n").body == "01");
}

TEST_CASE("If-Range gives the whole file when it has changed") {
    const site_of_files site;
    const answer whole = site.get("/small.txt");
    const std::string range = "Range: bytes=0-3\r\n";
    CHECK(site.get("/small.txt", range + line("If-Range", whole.header("ETag"))).body == "0123");
    CHECK(site.get("/small.txt", range + line("If-Range", whole.header("Last-Modified"))).body == "0123");
    CHECK(site.get("/small.txt", range + line("If-Range", "\"other\"")).body == "0123456789");
    CHECK(site.get("/small.txt", range + line("If-Range", "W/" + whole.header("ETag"))).status == 200);
    CHECK(site.get("/small.txt", range + "If-Range: Sat, 01 Jan 2000 00:00:00 GMT\r\n").status == 200);
}

TEST_CASE("compression by what the client accepts") {
    const site_of_files site;
    const auto coding = [&](std::string_view target, std::string_view accepted) {
        const answer got = site.get(target, line("Accept-Encoding", accepted));
        CHECK(got.header("Vary") == "Accept-Encoding");
        CHECK(got.body.size() == std::stoul(got.header("Content-Length")));
        return got.header("Content-Encoding");
    };
    for (const char* target : {"/page.html", "/app.js"}) {
        CAPTURE(target);
        CHECK(coding(target, "gzip, deflate, br") == "br");
        CHECK(coding(target, "gzip, deflate") == "gzip");
        CHECK(coding(target, "gzip, br;q=0.5") == "gzip");
        CHECK(coding(target, "*") == "br");
        CHECK(coding(target, "br;q=0, gzip") == "gzip");
        CHECK(coding(target, "identity") == "");
        CHECK(coding(target, "br;q=0, gzip;q=0") == "");
    }
    CHECK(coding("/small.txt", "br, gzip") == "");  // not worth it
    const answer plain = site.get("/page.html");
    CHECK(plain.body == page);
    const answer zipped = site.get("/page.html", "Accept-Encoding: gzip\r\n");
    CHECK(zipped.body == *transports::compress(transports::content_coding::gzip, page, {}));
    CHECK(zipped.header("ETag") != plain.header("ETag"));
    CHECK(site.get("/page.html", "Accept-Encoding: gzip\r\n" + line("If-None-Match", zipped.header("ETag")))
              .status == 304);
    // A range is of the plain file.
    const answer part = site.get("/page.html", "Accept-Encoding: br, gzip\r\nRange: bytes=0-8\r\n");
    CHECK(part.status == 206);
    CHECK(part.body == "<!doctype");
    CHECK_FALSE(part.has("Content-Encoding"));
}

TEST_CASE("a compressed file beside the file is used while it is not older") {
    const site_of_files site;
    const std::string neighbour = site.write("app.js.gz", "made by the build");
    CHECK(site.get("/app.js", "Accept-Encoding: gzip\r\n").body == "made by the build");
    make_older(neighbour, 60);
    CHECK(site.get("/app.js", "Accept-Encoding: gzip\r\n").body != "made by the build");
    CHECK(site.get("/app.js").body == page);
    CHECK(site.get("/app.js", "Accept-Encoding: gzip\r\n").header("Content-Type") ==
          "text/javascript; charset=utf-8");

    site.write("page.html.gz", "the only one");
    CHECK(site.get("/page.html", "Accept-Encoding: gzip, br\r\n").body == "the only one");
    CHECK(site.get("/page.html", "Accept-Encoding: gzip;q=0, br\r\n").header("Content-Encoding") == "br");

    static_options none;
    none.precompressed = false;
    none.compress_up_to = 0;
    const site_of_files plain(none);
    CHECK_FALSE(plain.get("/app.js", "Accept-Encoding: br, gzip\r\n").has("Content-Encoding"));
}

TEST_CASE("index files, extensions, and folders without their slash") {
    static_options options;
    options.extensions = {"html"};
    options.cache_control = "public, max-age=31536000, immutable";
    const site_of_files site(options);
    CHECK(site.get("/").body == page);
    CHECK(site.get("/").header("Cache-Control") == "public, max-age=31536000, immutable");
    CHECK(site.get("/styles/").body == "the styles");
    const answer moved = site.get("/styles?a=b");
    CHECK(moved.status == 301);
    CHECK(moved.header("Location") == "/styles/?a=b");
    CHECK(site.get("/page").body == page);
    CHECK(site.get("/small").status == 404);
    CHECK(site.get("/small.txt/").status == 404);
    std::filesystem::create_directories(site.path() / "bare");
    CHECK(site.get("/bare").status == 404);
    CHECK(site.get("/bare/").status == 404);
}

TEST_CASE("a folder is redirected to on this server alone") {
    const site_of_files site;
    std::filesystem::create_directories(site.path() / "evil.example");
    site.write("evil.example/index.html", "here");
    for (const char* target : {"//evil.example", "//evil.example/..", "///evil.example"}) {
        CAPTURE(target);
        CHECK(site.get(target).status == 404);
    }
}

TEST_CASE("dot files are hidden, unless they are wanted") {
    const site_of_files site;
    for (const char* target : {"/.env", "/%2eenv", "/.git/config", "/%2Egit/config", "/styles/../.env"}) {
        CAPTURE(target);
        CHECK(site.get(target).status == 404);
    }
    static_options options;
    options.dot_files = true;
    const site_of_files open(options);
    CHECK(open.get("/.env").body == "secret");
    CHECK(open.get("/.git/../.env").status == 404);
}

TEST_CASE("nothing outside of the folder is reached, by no encoding and no link") {
    const site_of_files site;
    const std::string parent = site.outside().filename().string() + "/private/secret.txt";
    const std::string twin = site.outside().filename().string() + "-twin.txt";
    std::vector<std::string> targets{"/link.txt",
                                     "/linked/secret.txt",
                                     "/linked",
                                     "/linked/",
                                     "//" + site.outside().string() + "/private/secret.txt",
                                     "/%00",
                                     "/small.txt%00.html",
                                     "/small.txt%0",
                                     "/%zz",
                                     "/%"};
    for (const char* up : {"..", "%2e%2e", "%2E.", ".%2e", "%252e%252e", "..%c0%af", "%c0%ae%c0%ae", "..%5c",
                           "..\\", "..%2f", "..;", "%uff0e%uff0e", ".../", "styles/../.."})
        for (const std::string& place : {parent, twin, std::string("etc/passwd")}) {
            targets.push_back(std::string("/") + up + "/" + place);
            targets.push_back(std::string("/styles/") + up + "/" + up + "/" + place);
            targets.push_back(std::string("/") + up + "%2f" + place);
            targets.push_back(std::string("/") + up + "\\" + place);
        }
    raw_client client = site.connect();
    for (const std::string& target : targets) {
        CAPTURE(target);
        raw_client fresh = site.connect();
        const answer got = fresh.get(target);
        CHECK((got.status == 404 || got.status == 400));
        CHECK(got.body.find("secret") == std::string::npos);
        CHECK(got.body.find("root:") == std::string::npos);
    }
    CHECK(client.get("/small.txt").status == 200);
}

TEST_CASE("a folder that becomes a link while it is looked into leads nowhere") {
    const site_of_files site;
    site.write("docs/secret.txt", "harmless");
    const auto docs = site.path() / "docs", aside = site.path() / "aside";
    std::filesystem::create_symlink(site.outside() / "private", aside);
    raw_client client = site.connect();
    std::atomic<bool> done = false;
    std::thread changing([&] {
        while (!done) ::renameat2(AT_FDCWD, docs.c_str(), AT_FDCWD, aside.c_str(), RENAME_EXCHANGE);
    });
    int served = 0;
    int led_astray = 0;
    for (int i = 0; i < 2000; ++i) {
        client.send(raw_client::head("GET", "/docs/secret.txt"));
        const answer got = client.read_answer();
        if (got.status == 200) ++(got.body == "harmless" ? served : led_astray);
    }
    done = true;
    changing.join();
    CHECK(served > 0);
    CHECK(led_astray == 0);
}

TEST_CASE("what is no regular file is not served") {
    const site_of_files site;
    REQUIRE(::mkfifo((site.path() / "pipe.txt").c_str(), 0600) == 0);
    CHECK(site.get("/pipe.txt").status == 404);
    std::filesystem::create_symlink(site.path() / "loop.txt", site.path() / "loop.txt");
    CHECK(site.get("/loop.txt").status == 404);
    std::filesystem::create_symlink(site.outside() / "private/secret.txt", site.path() / "page.html.br");
    CHECK(site.get("/page.html", "Accept-Encoding: br\r\n").body.find("secret") == std::string::npos);
    CHECK_THROWS_AS(static_folder((site.path() / "small.txt").string()), std::invalid_argument);
    CHECK_THROWS_AS(static_folder((site.path() / "absent").string()), std::invalid_argument);
}

TEST_CASE("a file that cannot be opened for want of descriptors is not said to be absent") {
    const site_of_files site;
    raw_client client = site.connect();
    CHECK(client.get("/small.txt").status == 200);
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    rlimit none = before;
    none.rlim_cur = 3;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    const int status = client.get("/small.txt").status;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(status == 500);
    CHECK(client.get("/small.txt").status == 200);
}

TEST_CASE("a player plays: playlists and segments of HTTP live streaming") {
    const site_of_files site;
    const std::string playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nseg0.ts\n";
    std::string segment(188 * 50, 'G');
    for (std::size_t i = 0; i < segment.size(); ++i) segment[i] = static_cast<char>(i * 31);
    site.write("live/index.m3u8", playlist);
    site.write("live/seg0.ts", segment);
    site.write("live/init.mp4", segment);
    site.write("live/seg0.m4s", segment);
    site.write("live/subtitles.vtt", "WEBVTT\n");
    raw_client player = site.connect();
    const answer list = player.get("/live/index.m3u8", "Accept-Encoding: gzip, br\r\n");
    CHECK(list.header("Content-Type") == "application/vnd.apple.mpegurl");
    CHECK(list.body == playlist);
    CHECK(player.get("/live/seg0.m4s").header("Content-Type") == "video/iso.segment");
    CHECK(player.get("/live/init.mp4").header("Content-Type") == "video/mp4");
    CHECK(player.get("/live/subtitles.vtt").header("Content-Type") == "text/vtt; charset=utf-8");
    const answer whole = player.get("/live/seg0.ts", "Accept-Encoding: gzip, br\r\n");
    CHECK(whole.header("Content-Type") == "video/mp2t");
    CHECK_FALSE(whole.has("Content-Encoding"));
    CHECK(whole.body == segment);
    const answer probe = player.get("/live/seg0.ts", "Range: bytes=0-1\r\n");
    CHECK(probe.status == 206);
    CHECK(probe.header("Content-Range") == "bytes 0-1/" + std::to_string(segment.size()));
    CHECK(player.get("/live/seg0.ts", "Range: bytes=188-375\r\n").body == segment.substr(188, 188));
    // A live playlist is written anew while it is played.
    site.write("live/index.m3u8", playlist + "#EXTINF:4,\nseg1.ts\n");
    CHECK(player.get("/live/index.m3u8", line("If-None-Match", list.header("ETag"))).status == 200);
}

TEST_CASE("a large file is never in memory whole, however slowly it is taken") {
    const site_of_files site;
    constexpr std::uint64_t size = std::uint64_t{3} << 30;
    const std::string place = site.write("large.bin", "begin");
    std::filesystem::resize_file(place, size);  // sparse
    {
        std::fstream file(place, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(size - 3));
        file << "end";
    }
    const auto memory = [] {
        rusage used{};
        ::getrusage(RUSAGE_SELF, &used);
        return used.ru_maxrss;
    };
    const auto before = memory();
    std::vector<raw_client> slow;
    for (int i = 0; i < 20; ++i) {
        slow.push_back(site.connect());
        slow.back().send(raw_client::head("GET", "/large.bin"));
        const std::string head = slow.back().take_until("\r\n\r\n");
        CHECK(head.find("Content-Length: " + std::to_string(size)) != std::string::npos);
    }
    raw_client client = site.connect();
    client.send(raw_client::head("GET", "/large.bin"));
    client.take_until("\r\n\r\n");
    for (int i = 0; i < 16; ++i) client.take(1024 * 1024);
    CHECK(memory() - before < 1024 * 1024);  // KiB
    CHECK(site.get("/large.bin", "Range: bytes=-3\r\n").body == "end");
    CHECK(site.get("/large.bin", "Range: bytes=3221225469-\r\n").body == "end");
}

TEST_CASE("a file that shrinks while it is sent cuts the connection") {
    const site_of_files site;
    const std::string place = site.write("shrinks.bin", std::string(64 * 1024 * 1024, 'x'));
    raw_client client = site.connect();
    client.send(raw_client::head("GET", "/shrinks.bin"));
    client.take_until("\r\n\r\n");
    std::filesystem::resize_file(place, 1000);
    CHECK(client.take_all().size() < 64 * 1024 * 1024);
}

}  // namespace static_folder_test
