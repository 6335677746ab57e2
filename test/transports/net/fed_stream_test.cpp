#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <kedge/transports/net/rope.hpp>
#include <kedge/transports/net/stream.hpp>

#include <test/transports/loopback.hpp>

namespace fed_stream_test {

using namespace kedge::transports;
using kedge::test::hand_turned;

namespace {

/// What left by an outlet.
struct left {
    std::string bytes;
    int writes = 0;
    bool ended = false;
    bool gone = false;
    bool full = false;
    stream* drained_by = nullptr;  ///< says within the call that it takes more
};

class noting final : public stream_outlet {
  public:
    explicit noting(left& to) noexcept : to_(to) {}
    ~noting() override { to_.gone = true; }
    bool write(std::string bytes) override {
        to_.bytes += bytes;
        ++to_.writes;
        if (to_.drained_by) to_.drained_by->feed_drained();
        return !to_.full;
    }
    void end() noexcept override { to_.ended = true; }

  private:
    left& to_;
};

/// A fed stream, and what its owner is told.
class fed final : private stream_owner {
  public:
    explicit fed(std::string came_before = {})
        : stream_(make_stream(turned.worker,
                              carried_by(std::make_unique<noting>(out), std::move(came_before)), *this)) {}

    stream& ours() { return *stream_; }
    void let_go() { stream_.reset(); }

    hand_turned turned;
    left out;
    std::string heard;
    int ends = 0;
    int drains = 0;
    std::function<void()> react;

  private:
    void on_bytes(std::span<char> bytes) override {
        heard.append(bytes.data(), bytes.size());
        if (react) react();
    }
    void on_end() override { ++ends; }
    void on_drain() override { ++drains; }
    void on_fault() noexcept override {}

    stream_ptr stream_;
};

}  // namespace

TEST_CASE("fed stream: what is fed comes to the owner at once, in order, and then the end") {
    fed it("early ");
    CHECK(it.heard.empty());
    CHECK(it.ours().feed("one ") == 0);
    CHECK(it.heard == "early one ");
    CHECK(it.ours().feed("two") == 0);
    it.ours().feed_end();
    CHECK(it.ends == 1);
    CHECK(it.ours().feed("too late") == 0);
    CHECK(it.heard == "early one two");
}

TEST_CASE(
    "fed stream: what came before is given in a turn to come, and what is fed within a call behind it") {
    fed it("early ");
    CHECK(it.turned.until([&] { return it.heard == "early "; }));
    it.react = [&] {
        it.react = nullptr;
        CHECK(it.ours().feed("two") == 3);
        it.ours().feed_end();
    };
    it.ours().feed("one ");
    CHECK(it.turned.until([&] { return it.ends == 1; }));
    CHECK(it.heard == "early one two");
}

TEST_CASE("fed stream: within a call nothing else is told, whoever pauses and however the bytes came") {
    fed paused;
    int ends_within = -1;
    paused.react = [&] {
        paused.ours().pause();
        paused.ours().feed_end();
        ends_within = paused.ends;
    };
    paused.ours().feed("a request");
    CHECK(ends_within == 0);
    CHECK(paused.ends == 1);

    fed carried("early ");
    std::string heard_within;
    carried.react = [&] {
        carried.react = nullptr;
        carried.ours().feed("late");
        carried.ours().feed_end();
        heard_within = carried.heard;
    };
    CHECK(carried.turned.until([&] { return carried.ends == 1; }));
    CHECK(heard_within == "early ");
    CHECK(carried.heard == "early late");
}

TEST_CASE("fed stream: what is written in one turn leaves in one piece, and the owner hears that it left") {
    fed it;
    it.turned.worker.post([&] {
        it.ours().write("one ");
        it.ours().output() += "two";
        it.ours().want_drain();
        CHECK(it.ours().unsent() == 7);
    });
    CHECK(it.turned.until([&] { return it.drains == 1; }));
    CHECK(it.out.bytes == "one two");
    CHECK(it.out.writes == 1);
}

TEST_CASE("fed stream: an outlet that has had enough is given nothing until it takes more") {
    fed it;
    it.out.full = true;
    it.turned.worker.post([&] { it.ours().write("one "); });
    CHECK(it.turned.until([&] { return it.out.writes == 1; }));
    CHECK(!it.ours().writable());
    it.turned.worker.post([&] {
        it.ours().write("two");
        it.ours().want_drain();
    });
    it.turned.settle();
    CHECK(it.out.bytes == "one ");
    CHECK(it.ours().unsent() == 3);
    it.out.full = false;
    it.ours().feed_drained();
    CHECK(it.turned.until([&] { return it.drains == 1; }));
    CHECK(it.out.bytes == "one two");
    CHECK(it.ours().writable());
}

TEST_CASE("fed stream: an outlet may say within the call that it takes more") {
    fed it;
    it.out.full = true;
    it.out.drained_by = &it.ours();
    it.turned.worker.post([&] {
        it.ours().write("one");
        it.ours().want_drain();
    });
    CHECK(it.turned.until([&] { return it.drains == 1; }));
    CHECK(it.ours().writable());
}

TEST_CASE("fed stream: a paused one keeps what is fed until it resumes") {
    fed it;
    it.ours().pause();
    it.ours().feed("kept");
    it.turned.settle();
    CHECK(it.heard.empty());
    CHECK(it.ours().feed("") == 4);
    it.ours().resume();
    CHECK(it.turned.until([&] { return it.heard == "kept"; }));
}

TEST_CASE("fed stream: a paused one notices the end behind all that was fed, before it resumes") {
    fed it;
    it.react = [&] { it.ours().pause(); };
    it.ours().feed("a request");
    it.ours().feed_end();
    CHECK(it.heard == "a request");
    CHECK(it.ends == 1);

    fed behind;
    behind.ours().pause();
    behind.ours().feed("kept");
    behind.ours().feed_end();
    behind.turned.settle();
    CHECK(behind.ends == 0);
    behind.ours().resume();
    CHECK(behind.turned.until([&] { return behind.ends == 1; }));
    CHECK(behind.heard == "kept");
}

TEST_CASE("fed stream: close() ends the outlet behind what was written, abort() never speaks to it again") {
    fed closed;
    closed.turned.worker.post([&] {
        closed.ours().write("last");
        closed.ours().close();
        closed.let_go();
    });
    CHECK(closed.turned.until([&] { return closed.out.gone; }));
    CHECK(closed.out.bytes == "last");
    CHECK(closed.out.ended);

    fed aborted;
    aborted.turned.worker.post([&] {
        aborted.ours().write("never");
        aborted.let_go();
    });
    CHECK(aborted.turned.until([&] { return aborted.out.gone; }));
    CHECK(aborted.out.bytes.empty());
    CHECK(!aborted.out.ended);
}

}  // namespace fed_stream_test
