#include <kedge/socketio/core/broadcast_replies.hpp>

#include <memory>
#include <optional>
#include <utility>

#include <kedge/socketio/core/desk.hpp>
#include <kedge/socketio/core/nsp_state.hpp>

namespace kedge {
namespace {

class collection : public std::enable_shared_from_this<collection> {
  public:
    explicit collection(adapter::completion<ack_error, std::vector<value>> done) : done_(std::move(done)) {}

    void start(nsp_state& where, packet_ptr packet, broadcast_options to) {
        const auto timeout = *to.flags.timeout;
        if (to.flags.local) servers_ = 1;
        auto& over = where.adapter();
        over.broadcast_with_ack(
            std::move(packet), std::move(to),
            [self = shared_from_this()](std::size_t clients) { self->on_count(clients); },
            [self = shared_from_this()](value response) { self->on_response(std::move(response)); });
        if (!servers_)
            over.server_count([self = shared_from_this()](std::size_t servers) {
                self->servers_ = servers;
                self->check();
            });
        if (done_)
            where.owner().here()->after(
                timeout, [self = shared_from_this()] { self->finish(ack_error::cause::timed_out); });
    }

  private:
    void on_count(std::size_t clients) {
        ++reported_;
        expected_ += clients;
        check();
    }
    void on_response(value response) {
        responses_.push_back(std::move(response));
        check();
    }
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

void collect_replies(nsp_state& where, packet_ptr packet, broadcast_options to,
                     adapter::completion<ack_error, std::vector<value>> done) {
    std::make_shared<collection>(std::move(done))->start(where, std::move(packet), std::move(to));
}

}  // namespace kedge
