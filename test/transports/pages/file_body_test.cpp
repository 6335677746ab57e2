#include <doctest/doctest.h>

#include <unistd.h>
#include <cstdio>
#include <memory>
#include <string>

#include <kedge/transports/pages/file_body.hpp>

namespace file_body_test {

using kedge::transports::byte_range;
using kedge::transports::file_body;
using kedge::transports::open_file;

namespace {

std::shared_ptr<const open_file> file_with(const std::string& text) {
    std::FILE* const temporary = std::tmpfile();
    std::fwrite(text.data(), 1, text.size(), temporary);
    std::fflush(temporary);
    const int descriptor = dup(fileno(temporary));
    std::fclose(temporary);
    return std::make_shared<open_file>(descriptor);
}

std::string read_in_steps(file_body& body, std::size_t step) {
    std::string result;
    std::string piece(step, '\0');
    while (const auto count = body.read(piece)) result.append(piece, 0, count);
    return result;
}

}  // namespace

TEST_CASE("parts of a file and text between them come in order, whatever the steps") {
    const auto file = file_with("0123456789");
    for (const std::size_t step : {1, 3, 7, 100}) {
        file_body body(file);
        body.add(byte_range{2, 4});
        body.add("-");
        body.add("");
        body.add(byte_range{9, 9});
        CHECK(body.length() == 5);
        CHECK(read_in_steps(body, step) == "234-9");
    }
}

TEST_CASE("a file that became shorter ends the body early") {
    file_body body(file_with("01"));
    body.add(byte_range{0, 9});
    CHECK(read_in_steps(body, 4) == "01");
}

}  // namespace file_body_test
