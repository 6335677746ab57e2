#include <kedge/admin/login.hpp>

#include <doctest/doctest.h>

#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include <test/socketio/threaded_world.hpp>

#include "passwords.hpp"

namespace login_test {

using namespace kedge;
using namespace kedge::testing;
using kedge::socket;

namespace {

using remote_peer = threaded_world::remote_peer;

/// A store whose answers the test gives, when it likes.
class slow_store final : public admin::session_store {
  public:
    void find(std::string, std::function<void(bool)> done) override {
        const std::lock_guard hold(lock_);
        waiting_.push_back(std::move(done));
    }
    void save(std::string) override { throw std::runtime_error("the disk is full"); }
    std::vector<std::function<void(bool)>> take() {
        const std::lock_guard hold(lock_);
        return std::exchange(waiting_, {});
    }

  private:
    std::mutex lock_;
    std::vector<std::function<void(bool)>> waiting_;
};

struct guarded_world : threaded_world {
    explicit guarded_world(
        std::shared_ptr<admin::session_store> given = std::make_shared<admin::memory_store>())
        : threaded_world(2), store(std::move(given)) {
        door = std::make_shared<admin::login>(std::make_shared<admin::page>(of("/admin")),
                                              admin::basic_auth{"ada", std::string(cheap_hash)}, store);
        of("/admin").use([door = door](const socket& one, const next& answer) { door->decide(one, answer); });
    }

    ~guarded_world() { door->close(); }

    remote_peer enter(const std::string& auth) {
        auto made = open(1);
        made.send("40/admin," + auth);
        return made;
    }
    /// What becomes of who enters so: "session" and "in", or the refusal.
    lines outcome(const std::string& auth) { return outcome(enter(auth)); }
    static lines outcome(const remote_peer& one) {
        while (one.count("40/admin,") + one.count("44/admin,") == 0) std::this_thread::yield();
        return one.home->ask([&] {
            lines all(one.record->sent.begin() + 1, one.record->sent.end());
            for (auto& each : all)
                if (each.starts_with("42/admin,[\"session\",\"")) {
                    CHECK(each.size() == 39);
                    each = "session";
                } else if (each.starts_with("40/admin,")) {
                    each = "in";
                }
            return all;
        });
    }
    static std::string session_of(const remote_peer& one) {
        return one.home->ask([&] { return one.record->sent.at(1).substr(21, 16); });
    }

    std::shared_ptr<admin::session_store> store;
    std::shared_ptr<admin::login> door;
};

const lines wrong{R"(44/admin,{"message":"invalid credentials"})"};
const lines too_often{R"(44/admin,{"message":"too many attempts"})"};

}  // namespace

TEST_CASE("mt: who knows the name and the password comes in, and is told a session first") {
    guarded_world all;
    CHECK(all.outcome(R"({"username":"ada","password":"secret"})") == lines{"session", "in"});
    for (const char* const auth :
         {"", "{}", R"({"username":"ada"})", R"({"username":"ada","password":"Secret"})",
          R"({"username":"bob","password":"secret"})", R"({"username":["ada"],"password":{"x":1}})",
          R"({"sessionId":5})", R"({"sessionId":"0123456789abcdef"})"}) {
        CAPTURE(auth);
        CHECK(all.outcome(auth) == wrong);
    }
}

TEST_CASE("mt: who has a session comes in with it alone") {
    guarded_world all;
    const auto first = all.enter(R"({"username":"ada","password":"secret"})");
    REQUIRE(guarded_world::outcome(first) == lines{"session", "in"});
    const auto session = guarded_world::session_of(first);
    CHECK(session.find_first_not_of("0123456789abcdef") == std::string::npos);
    CHECK(all.outcome(R"({"sessionId":")" + session + R"("})") == lines{"in"});
    CHECK(all.outcome(R"({"sessionId":"x","username":"ada","password":"secret"})") == lines{"session", "in"});
}

TEST_CASE("mt: who tries again and again is not heard any more") {
    guarded_world all;
    for (int i = 0; i < 10; ++i) CHECK(all.outcome("{}") == wrong);
    CHECK(all.outcome(R"({"username":"ada","password":"secret"})") == too_often);
}

TEST_CASE("mt: a store may answer late, never, and from anywhere, and may fail to save") {
    const auto store = std::make_shared<slow_store>();
    std::vector<std::function<void(bool)>> kept;
    {
        guarded_world all(store);
        const auto known = all.enter(R"({"sessionId":"a"})");
        all.settle();
        for (const auto& answer : store->take()) answer(true);
        CHECK(guarded_world::outcome(known) == lines{"in"});
        CHECK(all.outcome(R"({"username":"ada","password":"secret"})") == lines{"session", "in"});
        const auto gone = all.enter(R"({"sessionId":"b","username":"ada","password":"secret"})");
        all.settle();
        gone.vanish();
        all.settle();
        for (const auto& answer : store->take()) answer(false);
        const auto late = all.enter(R"({"sessionId":"c"})");
        all.settle();
        kept = store->take();
        CHECK(kept.size() == 1);
    }
    for (const auto& answer : kept) answer(true);
}

}  // namespace login_test
