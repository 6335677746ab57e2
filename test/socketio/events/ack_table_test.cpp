#include <kedge/socketio/events/ack_table.hpp>

#include <test/engine/fake_loop.hpp>

#include <doctest/doctest.h>

namespace ack_table_test {

using namespace kedge;
using namespace std::chrono_literals;

namespace {

struct bench : ack_table_owner {
    void on_expired(reply_handler waiting) override {
        ++expired;
        handler_context context(nullptr, std::nullopt, ack_error::cause::timed_out);
        (void)waiting(ack_error::cause::timed_out, {}, context);
    }
    reply_handler note() {
        return [this](ack_error error, const items&, handler_context&) {
            error ? ++failed : ++answered;
            return std::optional<argument_error>();
        };
    }

    testing::fake_loop loop;
    std::size_t total = 0;
    int expired = 0;
    int failed = 0;
    int answered = 0;
    ack_table table{loop, *this, total};
};

}  // namespace

TEST_CASE("an answer is taken once, by its number") {
    bench test;
    test.table.add(7, test.note(), std::nullopt);
    CHECK(test.total == 1);
    CHECK_FALSE(test.table.take(8));
    CHECK(test.table.take(7));
    CHECK_FALSE(test.table.take(7));
    CHECK(test.total == 0);
}

TEST_CASE("what is not answered in time expires, what is answered does not") {
    bench test;
    test.table.add(1, test.note(), 100ms);
    test.table.add(2, test.note(), 200ms);
    test.table.add(3, test.note(), std::nullopt);
    (void)test.table.take(1);
    test.loop.advance(150ms);
    CHECK(test.expired == 0);
    test.loop.advance(100ms);
    CHECK(test.expired == 1);
    CHECK(test.failed == 1);
    CHECK(test.table.size() == 1);
    CHECK(test.table.clear().size() == 1);
    CHECK(test.total == 0);
}

}  // namespace ack_table_test
