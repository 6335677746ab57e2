#include <doctest/doctest.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <kedge/transports/pages/file_path.hpp>

namespace file_path_test {

using kedge::transports::file_path;
using kedge::transports::place_below;

TEST_CASE("a request path becomes a relative path") {
    CHECK(file_path("/", false) == "");
    CHECK(file_path("/a/b.html", false) == "a/b.html");
    CHECK(file_path("/a/", false) == "a/");
    CHECK(file_path("/a%20b%C3%A9", false) == "a b\xc3\xa9");
}

TEST_CASE("whatever could leave the folder is refused") {
    for (const char* bad :
         {"", "a", "/..", "/../x", "/a/../b", "/%2e%2e/x", "/%2E./x", "/a%2fb", "/a%2Fb", "/a\\..\\b",
          "/a%5cb", "/a%00b", "/a%0", "/a%zz", "//a", "/a//b", "/.", "/a/./b", "/%"}) {
        CAPTURE(bad);
        CHECK_FALSE(file_path(bad, false));
    }
    CHECK_FALSE(file_path("/../x", true));
}

TEST_CASE("dot files are hidden unless asked for") {
    CHECK_FALSE(file_path("/.git/config", false));
    CHECK_FALSE(file_path("/a/%2egit", false));
    CHECK(file_path("/.git/config", true) == ".git/config");
    CHECK(file_path("/a.b", false) == "a.b");
}

TEST_CASE("links out of the folder lead nowhere") {
    namespace fs = std::filesystem;
    const auto base = fs::temp_directory_path() / ("kedge-file-path-" + std::to_string(getpid()));
    fs::create_directories(base / "root" / "sub");
    fs::create_directories(base / "root-beside");
    std::ofstream(base / "root" / "sub" / "in") << "in";
    std::ofstream(base / "secret") << "out";
    std::ofstream(base / "root-beside" / "secret") << "out";
    fs::create_symlink("../secret", base / "root" / "out");
    fs::create_symlink("../root-beside", base / "root" / "beside");
    fs::create_symlink("sub/in", base / "root" / "alias");
    const std::string root = fs::canonical(base / "root");
    CHECK(place_below(root, "sub/in") == root + "/sub/in");
    CHECK(place_below(root, "alias") == root + "/sub/in");
    CHECK_FALSE(place_below(root, "out"));
    CHECK_FALSE(place_below(root, "beside/secret"));
    CHECK_FALSE(place_below(root, "nothing"));
    fs::remove_all(base);
}

}  // namespace file_path_test
