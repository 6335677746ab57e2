#include <kedge/socketio/core/broadcast_replies.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include <kedge/socketio/core/desk.hpp>
#include <kedge/socketio/core/nsp_state.hpp>

namespace kedge {
namespace {

class collection final : public broadcast_answers, public std::enable_shared_from_this<collection> {
  public:
    explicit collection(adapter::completion<ack_error, std::vector<value>> done) : done_(std::move(done)) {}

    void start(nsp_state& where, packet_ptr packet, broadcast_options to) {
        const auto timeout = *to.flags.timeout;
        where.adapter().broadcast_with_ack(std::move(packet), std::move(to), shared_from_this());
        if (done_)
            where.owner().here()->after(
                timeout, [self = shared_from_this()] { self->finish(ack_error::cause::timed_out); });
    }

  private:
    void expect_servers(std::size_t count) override {
        servers_ = count;
        check();
    }
    void on_recipients(std::size_t count) override {
        ++reported_;
        expected_ += count;
        check();
    }
    void on_answer(value first) override {
        responses_.push_back(std::move(first));
        check();
    }
    void give_up(std::size_t recipients) override {
        expected_ -= std::min(recipients, expected_);
        check();
    }
    void fail(ack_error why) override { finish(why); }

    void check() {
        if (servers_ && reported_ >= *servers_ && responses_.size() >= expected_) finish({});
    }
    void finish(ack_error error) {
        if (auto done = std::exchange(done_, {})) done(error, std::move(responses_));
    }

    adapter::completion<ack_error, std::vector<value>> done_;
    std::optional<std::size_t> servers_;
    std::size_t reported_ = 0;
    std::size_t expected_ = 0;
    std::vector<value> responses_;
};

}  // namespace

void ask_sockets(std::shared_ptr<nsp_state> where, packet_ptr question, broadcast_options to,
                 adapter::completion<ack_error, std::vector<value>> done) {
    auto& owner = where->owner();
    owner.on_some_worker([where = std::move(where), question = std::move(question), to = std::move(to),
                          done = std::move(done)]() mutable {
        std::make_shared<collection>(std::move(done))->start(*where, std::move(question), std::move(to));
    });
}

}  // namespace kedge
