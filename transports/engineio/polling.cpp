#include <kedge/transports/engineio/polling.hpp>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <kedge/transports/engineio/engine_share.hpp>
#include <kedge/transports/engineio/header_hooks.hpp>
#include <kedge/transports/engineio/jsonp.hpp>
#include <kedge/transports/http/connection.hpp>
#include <kedge/transports/syntax/content_coding.hpp>

namespace kedge::transports {

namespace {

engine::outbound bare(engine::packet_type type) {
    return {.type = type,
            .content = engine::content_kind::text,
            .compress = false,
            .data = {},
            .shared = nullptr};
}

/// Whether the filter of old Internet Explorers would blank the answer.
bool has_xss_filter(const engine::request& asking) {
    const std::string_view agent = asking.find("user-agent").value_or("");
    return agent.find(";MSIE") != std::string_view::npos || agent.find("Trident/") != std::string_view::npos;
}

}  // namespace

/// What an answer is, and the headers that say so where nobody adds to them.
struct polling::answer_form {
    std::string_view content_type;
    std::string_view lines;

    static const answer_form text;
    static const answer_form binary;
    static const answer_form posted;
};

constexpr polling::answer_form polling::answer_form::text{
    "text/plain; charset=UTF-8", "Content-Type: text/plain; charset=UTF-8\r\ncache-control: no-store\r\n"};
constexpr polling::answer_form polling::answer_form::binary{
    "application/octet-stream", "Content-Type: application/octet-stream\r\ncache-control: no-store\r\n"};
constexpr polling::answer_form polling::answer_form::posted{
    "text/html", "Content-Type: text/html\r\ncache-control: no-store\r\n"};

polling::polling(engine_share& home, const engine::request_facts& first, const lobby::opener& from)
    : guest(home.lobby(), from),
      home_(home),
      codec_(first.protocol, first.base64 || first.jsonp),  // scripts cannot hold binary
      intake_(home, codec_, first.jsonp.has_value(), *this),
      close_timer_(engine::timer::calls<&polling::on_close_timeout, polling>(), this) {
    if (first.jsonp) jsonp_index_ = std::make_unique<std::string>(*first.jsonp);
}

polling::~polling() {
    home_.home().forget(*this);
    if (poll_) poll_->abandon();
}

// ---- requests

void polling::admit(connection& from) {
    const std::string_view method = from.request()->method();
    if (method == "GET") return admit_poll(from);
    if (method == "POST") return intake_.admit(from);
    from.answer(500);
}

void polling::admit_poll(connection& from) {
    if (poll_) {
        owner()->on_error(*this, "overlap from client");
        return from.answer(400);
    }
    park(&from);
    from.await(*this);
    if (owner()) {
        settle();
        owner()->on_writable(*this);
    }
    if (poll_ != &from || !closing_) return;
    const std::array<engine::outbound, 2> last{bare(engine::packet_type::noop),
                                               bare(engine::packet_type::close)};
    answer_poll(last);
    finish_close();
}

void polling::on_gone(connection&) {
    park(nullptr);
    if (!closed_) owner()->on_error(*this, "poll connection closed prematurely");
}

void polling::park(connection* poll) noexcept {
    poll_ = poll;
    poll ? attend() : wait();
}

// ---- packets in

bool polling::take(engine::packet& received, const engine::request& via) {
    if (closed_) return false;
    const bool last = received.type == engine::packet_type::close;
    const auto tell = [&] { last ? on_close_packet() : owner()->on_packet(*this, received, &via); };
    // One handler's exception must not cost the packets behind it; what found no memory must.
    if (!home_.home().within_memory(tell)) fail();
    return !last && !closed_;
}

void polling::on_garbage() {
    if (closed_) return;
    if (!home_.home().within_memory([&] { owner()->on_garbage(*this); })) fail();
}

void polling::on_post_error(std::string_view description) {
    if (!closed_) owner()->on_error(*this, description);
}

/// What a session was to hear is lost for want of memory.
void polling::fail() noexcept {
    if (closed_) return;
    leave();
    closed_ = true;
    home_.home().guarded([this] { owner()->on_error(*this, "out of memory"); });
}

void polling::on_close_packet() {
    if (poll_) answer_with(engine::packet_type::noop);
    leave();
    closed_ = true;
    close_timer_.disarm();
    owner()->on_close(*this);
}

// ---- packets out

void polling::send(std::span<const engine::outbound> packets) {
    if (!poll_) return;
    if (!closing_) return answer_poll(packets);
    std::vector<engine::outbound> all(packets.begin(), packets.end());
    all.push_back(bare(engine::packet_type::close));
    answer_poll(all);
    finish_close();
}

void polling::want_drain() {
    home_.home().at_end_of_turn(*this);
}

/// The answer is on its way.
void polling::end_turn() {
    if (!closed_) owner()->on_drain(*this);
}

void polling::answer_with(engine::packet_type only) {
    const engine::outbound packet = bare(only);
    answer_poll({&packet, 1});
}

void polling::answer_poll(std::span<const engine::outbound> packets) {
    connection& to = *poll_;
    park(nullptr);
    try {
        answer_poll(to, packets);
    } catch (...) {  // what cannot be answered for want of memory must not wait for ever
        to.cut();
        throw;
    }
}

void polling::answer_poll(connection& to, std::span<const engine::outbound> packets) {
    std::string body = home_.http().borrow_text();
    const engine::payload_format format = codec_.append(body, packets);
    if (jsonp_index_) {
        std::string script;
        append_jsonp(script, *jsonp_index_, body);
        body = std::move(script);
    }
    const bool compressible = std::any_of(packets.begin(), packets.end(),
                                          [](const engine::outbound& each) { return each.compress; });
    const auto& compression = home_.options().http_compression;
    content_coding coding = content_coding::identity;
    if (compressible && compression && body.size() >= compression->threshold)
        coding = compress_body(to, body, *compression);
    const answer_rank rank = greeted_ ? answer_rank::later : answer_rank::first;
    greeted_ = true;
    respond(to, format == engine::payload_format::binary ? answer_form::binary : answer_form::text, coding,
            rank, body);
    home_.http().give_back(std::move(body));
}

void polling::answer_post(connection& post) {
    respond(post, answer_form::posted, content_coding::identity, answer_rank::later, "ok");
}

void polling::respond(connection& to, const answer_form& form, content_coding coding, answer_rank rank,
                      std::string_view body) {
    header_list& headers = to.headers();
    const bool filtered = has_xss_filter(*to.request());
    const bool usual = coding == content_coding::identity && !filtered && headers.empty();
    if (usual && !has_header_hooks(home_)) return to.answer_plainly(form.lines, body);
    headers.set("Content-Type", form.content_type);
    if (filtered) headers.set("X-XSS-Protection", "0");
    headers.set("cache-control", "no-store");
    if (coding != content_coding::identity) headers.set("Content-Encoding", to_string(coding));
    run_header_hooks(home_, to, rank);
    to.answer(200, body);
}

/// Returns what became of it.
content_coding polling::compress_body(connection& to, std::string& body,
                                      const compression_options& how) const {
    static constexpr std::array offered{content_coding::gzip, content_coding::deflate};
    const std::optional<std::string> accepted = to.request()->header("accept-encoding");
    const content_coding coding = choose_coding(accepted.value_or(""), offered);
    if (coding == content_coding::identity) return coding;
    const std::string_view packed = home_.packer().pack(coding, body, how, home_.home().turn());
    if (packed.empty()) return content_coding::identity;
    body.assign(packed);
    return coding;
}

// ---- the end

void polling::close() {
    if (closing_ || closed_) return;
    intake_.drop();
    if (poll_) {
        answer_with(engine::packet_type::close);
        return finish_close();
    }
    closing_ = true;
    worker& clock = home_.home();
    clock.timers().arm(close_timer_, engine::later(clock.now(), home_.options().engine.close_timeout));
}

void polling::discard() {
    leave();
    closed_ = true;
    close_timer_.disarm();
    intake_.drop();
    if (poll_) answer_with(engine::packet_type::close);
}

void polling::on_evicted() {
    home_.home().guarded([this] { owner()->on_error(*this, "no poll came, and others did"); });
}

void polling::abort() noexcept {
    leave();
    closed_ = true;
    close_timer_.disarm();
    intake_.cut();
    if (!poll_) return;
    connection& waiting = *poll_;
    park(nullptr);
    waiting.cut();
}

void polling::on_close_timeout(engine::time_point) {
    finish_close();
}

void polling::finish_close() {
    if (closed_) return;
    leave();
    closed_ = true;
    close_timer_.disarm();
    owner()->on_close(*this);
}

}  // namespace kedge::transports
