#include <kedge/node/addon/sockets.hpp>

#include <fcntl.h>

#include <utility>

#include <kedge/node/addon/outlet.hpp>
#include <kedge/transports/loop/kernel.hpp>
#include <kedge/transports/net/detached_stream.hpp>

namespace kedge::node {

namespace {

// JavaScript holds back what the kernel refuses; what may pile up here are answers to pings.
constexpr std::size_t max_unsent = 16 * 1024 * 1024;

constexpr int no_descriptor = -1;

}  // namespace

sockets::sockets(std::unique_ptr<transports::host> loop, std::unique_ptr<javascript> above,
                 std::span<std::uint8_t> pending)
    : above_(std::move(above)), pending_(pending), home_(0, std::move(loop)) {}

sockets::~sockets() {
    above_->silence();
    for (auto& [limit, each] : groups_) each.clear();
    home_.forget(*this);
}

transports::ws_group& sockets::group(std::size_t max_message) {
    const transports::ws_limits limits{.max_message = max_message, .max_unsent = max_unsent};
    return groups_.try_emplace(max_message, home_, limits).first->second;
}

std::optional<std::uint32_t> sockets::open(int descriptor, std::string read, std::size_t max_message,
                                           const std::optional<agreed_deflate>& deflate) {
    const int own = transports::os().fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (own < 0) return std::nullopt;
    // Node has made it one that does not block and does not delay, and it is Node who knows whose it is.
    transports::detached_stream taken;
    taken.descriptor = own;
    taken.unread = std::move(read);
    return begin(std::move(taken), own, max_message, deflate);
}

std::optional<std::uint32_t> sockets::carry(napi_value websocket, std::string read, std::size_t max_message,
                                            const std::optional<agreed_deflate>& deflate) {
    auto leaves_by = std::make_unique<outlet>(*above_, websocket);
    return begin(transports::carried_by(std::move(leaves_by), std::move(read)), no_descriptor, max_message,
                 deflate);
}

std::optional<std::uint32_t> sockets::begin(transports::detached_stream on, int descriptor,
                                            std::size_t max_message,
                                            const std::optional<agreed_deflate>& deflate) {
    if (free_.empty() && all_.size() == most) return std::nullopt;
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(all_.size()));
        all_.push_back(nullptr);
    }
    std::unique_ptr<transports::ws_deflate> compression;
    if (deflate)
        compression = std::make_unique<transports::ws_deflate>(deflate->options, deflate->terms, max_message);
    const std::uint32_t id = free_.back();
    auto made = std::make_unique<socket>(*this, id, descriptor, group(max_message), std::move(on),
                                         std::move(compression));
    made->peer().pause();
    socket& opened = *made;
    home_.own(std::move(made));
    free_.pop_back();
    all_[id] = &opened;
    pending(id, false);
    return id;
}

void sockets::release(socket& ended) {
    const std::uint32_t id = ended.id();
    if (find(id) != &ended) return;
    all_[id] = nullptr;
    pending(id, false);
    free_.push_back(id);
    home_.bury(ended);
}

void sockets::share(std::string frame) {
    shared_ = frame.empty() ? nullptr
                            : engine::message::make(engine::content_kind::binary, std::move(frame), false);
}

bool sockets::enter(std::uint32_t id) {
    if (!above_->enter(id)) return false;
    home_.at_end_of_turn(*this);
    return true;
}

socket::socket(sockets& home, std::uint32_t id, int descriptor, transports::ws_group& group,
               transports::detached_stream on, std::unique_ptr<transports::ws_deflate> deflate)
    : home_(home), id_(id), descriptor_(descriptor), peer_(group, std::move(on), std::move(deflate), *this) {}

std::optional<traffic> socket::carried() const noexcept {
    auto known = traffic_of(descriptor_);
    if (known) known->written += peer_.unsent();
    return known;
}

transports::socket_address socket::local() const noexcept {
    return transports::socket_address::local(descriptor_);
}

// ---- what is sent

void socket::begin(std::string_view answer) {
    if (!answer.empty()) peer_.send_raw(answer);
}

void socket::message(std::string_view text) {
    if (!peer_.sends()) return;
    peer_.send(transports::ws_opcode::text, 1 + text.size(), [text](std::string& to) {
        to.push_back('4');
        to.append(text);
    });
    sent();
}

void socket::text(std::string_view text) {
    peer_.text(text);
    sent();
}

void socket::binary(std::string_view data) {
    peer_.binary(data);
    sent();
}

void socket::shared() {
    if (!peer_.sends() || !home_.shared()) return;
    peer_.send_frame(home_.shared()->data(), home_.shared());
    sent();
}

void socket::sent() {
    if (std::exchange(sent_, true)) return;
    home_.pending(id_, true);
    peer_.want_drain();
}

bool socket::blocked() noexcept {
    if (peer_.writable()) return false;
    drain_wanted_ = true;
    return true;
}

// ---- what arrives

std::size_t socket::feed(std::string_view bytes) {
    const javascript::stay within(home_.above());
    return peer_.feed(bytes);
}

void socket::feed_end() {
    const javascript::stay within(home_.above());
    peer_.feed_end();
}

void socket::on_text(transports::ws_peer&, std::span<char> text) {
    if (home_.find(id_) != this || !home_.enter(id_)) return;
    const std::string_view said(text.data(), text.size());
    if (said.starts_with('4'))
        home_.above().tell_text(javascript::event::message, id_, said.substr(1));
    else
        home_.above().tell_text(javascript::event::packet, id_, said);
}

void socket::on_binary(transports::ws_peer&, std::span<char> data) {
    tell(javascript::event::binary, data);
}

void socket::on_ping(transports::ws_peer&, std::span<const char> data) {
    tell(javascript::event::ping, data);
}

void socket::on_pong(transports::ws_peer&, std::span<const char> data) {
    tell(javascript::event::pong, data);
}

void socket::tell(javascript::event which, std::span<const char> data) {
    if (home_.find(id_) == this && home_.enter(id_)) home_.above().tell_bytes(which, id_, data);
}

/// The ticks of the messages before it come first, and what they send.
void socket::on_breach(transports::ws_peer&) {
    if (home_.above().telling(id_)) home_.above().leave();
}

/// Told in a scope of its own: the ticks of the messages before it come first, and know that it is closing.
void socket::on_close(transports::ws_peer&, const transports::ws_end& end) {
    if (home_.find(id_) != this) return;
    const std::string reason(end.reason);
    const std::optional<traffic> last = carried();
    if (end.how == transports::ws_end::kind::closed && home_.above().telling(id_))
        home_.above().tell_plainly(javascript::event::closing, id_);
    home_.above().leave();
    if (home_.find(id_) != this) return;  // the ticks closed it
    home_.release(*this);
    if (end.how == transports::ws_end::kind::flooded) peer_.abort();
    if (!home_.enter(id_)) return;
    home_.above().tell_close(id_, static_cast<int>(end.how), end.code, reason,
                             last ? static_cast<double>(last->read) : -1,
                             last ? static_cast<double>(last->written) : -1);
    home_.above().leave();
}

void socket::on_drain(transports::ws_peer&) {
    sent_ = false;
    if (home_.find(id_) != this) return;
    home_.pending(id_, false);
    if (!std::exchange(drain_wanted_, false) || !home_.enter(id_)) return;
    home_.above().tell_plainly(javascript::event::drain, id_);
    home_.above().leave();
}

}  // namespace kedge::node
