#include <kedge/transports/engineio/session.hpp>

#include <atomic>
#include <utility>

#include <kedge/engine/handler.hpp>
#include <kedge/engine/session.hpp>
#include <kedge/transports/http/http_share.hpp>
#include <kedge/transports/loop/door.hpp>
#include <kedge/transports/loop/worker.hpp>

namespace kedge::transports {

/// What the handles of one session share.
class live_session {
  public:
    live_session(engine::session& on, http_share& home)
        : id(on.id()),
          first(on.first_request()),
          protocol(on.revision()),
          kind(on.kind()),
          at_(&on),
          way_(home.way()),
          worker_(home.home()) {}

    /// Runs `f(engine::session&)` on the session's thread unless it is gone: at once if this is that thread.
    template <class F>
    static void reach(const std::shared_ptr<live_session>& self, F f) {
        self->way_->pass([self, f = std::move(f)]() mutable {
            if (self->at_) f(*self->at_);
        });
    }
    /// The handlers may hold handles of their own session: they are let go of, or it would never be freed.
    void gone() noexcept {
        at_ = nullptr;
        open.store(false, std::memory_order_relaxed);
        on_message = {};
        on_close = {};
        on_upgrade = {};
    }
    bool here() const noexcept { return at_ != nullptr; }
    /// Calls a handler, on the session's thread.
    template <class Call>
    void tell(Call&& call) {
        worker_.guarded(call);
    }

    const std::string id;
    const engine::request_ptr first;
    const engine::revision protocol;
    std::atomic<engine::transport_kind> kind;
    std::atomic<bool> open{true};
    // Shared while they run, since they may replace themselves or close the session.
    std::shared_ptr<const session::message_handler> on_message;
    session::close_handler on_close;
    std::shared_ptr<const std::function<void()>> on_upgrade;

  private:
    engine::session* at_;
    std::shared_ptr<door> way_;
    worker& worker_;  // there as long as the session is
};

namespace {

/// Passes on to the handles' handlers what the engine tells.
class live_handler final : public engine::session_handler, public engine::session_observer {
  public:
    explicit live_handler(std::shared_ptr<live_session> live) noexcept : live_(std::move(live)) {}
    ~live_handler() override { live_->gone(); }

    void on_text(engine::session&, std::span<char> text, const engine::request* via) override {
        receive({{text.data(), text.size()}, engine::content_kind::text}, via);
    }
    void on_binary(engine::session&, std::span<char> data, const engine::request* via) override {
        receive({{data.data(), data.size()}, engine::content_kind::binary}, via);
    }
    void on_upgrade(engine::session&, engine::transport& to) override {
        live_->kind.store(to.kind(), std::memory_order_relaxed);
        if (const auto told = live_->on_upgrade) live_->tell([&] { (*told)(); });
    }
    void on_close(engine::session&, engine::close_reason reason, std::string_view description) override {
        const auto tell = std::move(live_->on_close);
        live_->gone();
        if (tell) live_->tell([&] { tell(reason, description); });
    }

  private:
    void receive(const received_message& message, const engine::request* via) {
        if (const auto told = live_->on_message) live_->tell([&] { (*told)(message, via); });
    }
    std::shared_ptr<live_session> live_;
};

}  // namespace

const std::string& session::id() const noexcept {
    return live_->id;
}
std::string_view session::transport_name() const noexcept {
    return engine::to_string(live_->kind.load(std::memory_order_relaxed));
}
int session::protocol() const noexcept {
    return static_cast<int>(live_->protocol);
}
std::string_view session::remote_address() const noexcept {
    return live_->first->remote_address();
}
const engine::request& session::request() const noexcept {
    return *live_->first;
}
bool session::open() const noexcept {
    return live_->open.load(std::memory_order_relaxed);
}

void session::on_message(message_handler receive) const {
    if (live_->here()) live_->on_message = std::make_shared<const message_handler>(std::move(receive));
}
void session::on_close(close_handler tell) const {
    if (live_->here()) live_->on_close = std::move(tell);
}
void session::on_upgrade(std::function<void()> tell) const {
    if (!live_->here()) return;
    live_->on_upgrade = tell ? std::make_shared<const std::function<void()>>(std::move(tell)) : nullptr;
}

void session::send(std::string_view text, sent_callback sent) const {
    send(engine::content_kind::text, text, std::move(sent));
}
void session::send(std::span<const std::byte> data, sent_callback sent) const {
    send(engine::content_kind::binary, {reinterpret_cast<const char*>(data.data()), data.size()},
         std::move(sent));
}
void session::send(engine::content_kind content, std::string_view data, sent_callback sent) const {
    if (sent) sent = [live = live_, call = std::move(sent)]() mutable { live->tell(call); };
    live_session::reach(
        live_, [content, kept = std::string(data), sent = std::move(sent)](engine::session& to) mutable {
            to.send(content, kept, true, std::move(sent));
        });
}
void session::close(bool discard) const {
    live_session::reach(live_, [discard](engine::session& which) { which.close(discard); });
}

std::unique_ptr<engine::session_handler> make_live(engine::session& on, http_share& home,
                                                   const std::function<void(session)>& opened) {
    auto live = std::make_shared<live_session>(on, home);
    auto handler = std::make_unique<live_handler>(live);
    on.observe(handler.get());
    if (opened && !home.home().guarded([&] { opened(session(live)); })) on.close(true);
    return handler;
}

}  // namespace kedge::transports
