#include <kedge/transports/http/application_front.hpp>

#include <memory>
#include <string_view>
#include <utility>

#include <kedge/transports/http/connection.hpp>
#include <kedge/transports/http/http_share.hpp>
#include <kedge/transports/http/responder.hpp>
#include <kedge/transports/http/right_to_answer.hpp>
#include <kedge/transports/http/ticket.hpp>

namespace kedge::transports {

namespace {

/// Collects the body of a request, then asks the application. Lives with the request's ticket.
class collector final : public ticket::companion, public responder {
  public:
    collector(ticket& held, const std::function<void(exchange)>& ask) noexcept : held_(held), ask_(ask) {}

    static void begin(connection& at, const std::function<void(exchange)>& ask) {
        if (at.framing() == body_framing::length &&
            at.content_length() > at.home().options().max_request_body)
            return refuse(at);
        ticket& held = *at.share();
        auto made = std::make_unique<collector>(held, ask);
        collector& reader = *made;
        held.keep(std::move(made));
        at.read_body(reader);
    }

  private:
    void on_body(connection& from, std::string_view bytes) override {
        if (held_.body().size() + bytes.size() > from.home().options().max_request_body) return refuse(from);
        held_.body().append(bytes);
    }
    void on_body_end(connection& from) override {
        exchange asked(std::make_shared<right_to_answer>(held_.shared_from_this()));
        from.home().home().guarded([&] { ask_(std::move(asked)); });
    }
    std::size_t held() const noexcept override { return held_.body().capacity(); }
    void on_gone(connection&) override {}

    static void refuse(connection& from) {
        from.close_after_answer();
        from.answer(413);
    }

    ticket& held_;
    const std::function<void(exchange)>& ask_;
};

}  // namespace

void application_front::admit(connection& at) {
    if (at.upgrade_wanted() && (hooks_->upgrades || hooks_->on_upgrade)) return wait_for_claim(at);
    if (!hooks_->on_request) return at.answer(404);
    collector::begin(at, hooks_->on_request);
}

void application_front::wait_for_claim(connection& at) {
    at.hold(hooks_->claim_timeout);
    if (!hooks_->on_upgrade) return;
    upgrade_offer offer(at.share());
    at.home().home().guarded([&] { hooks_->on_upgrade(std::move(offer)); });
}

}  // namespace kedge::transports
