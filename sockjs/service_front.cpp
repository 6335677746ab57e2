#include <kedge/sockjs/service_front.hpp>

#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include <kedge/engine/keyed_hash.hpp>
#include <kedge/sockjs/answers.hpp>
#include <kedge/sockjs/message_request.hpp>
#include <kedge/sockjs/payload.hpp>
#include <kedge/transports/http/connection.hpp>
#include <kedge/transports/http/http_share.hpp>
#include <kedge/transports/syntax/token.hpp>

namespace kedge::sockjs {

using transports::connection;

namespace {

constexpr std::size_t any_length = 1024;
constexpr std::size_t jsonp_callback_length = 32;

bool reads_by_get(resource what) noexcept {
    return what == resource::eventsource || what == resource::htmlfile || what == resource::jsonp;
}

/// What is loaded as a script or a page tells no origin, and needs none to be read.
bool tells_no_origin(resource what) noexcept {
    return what == resource::htmlfile || what == resource::jsonp || what == resource::jsonp_send;
}

bool sends(resource what) noexcept {
    return what == resource::xhr_send || what == resource::jsonp_send;
}

std::string_view name_of(resource what) noexcept {
    switch (what) {
        case resource::xhr:
            return "xhr-polling";
        case resource::xhr_streaming:
            return "xhr-streaming";
        case resource::eventsource:
            return "eventsource";
        case resource::htmlfile:
            return "htmlfile";
        case resource::jsonp:
            return "jsonp-polling";
        default:
            return "websocket";
    }
}

bool is_form(std::string_view type) noexcept {
    return type.starts_with("application/x-www-form-urlencoded");
}

}  // namespace

service_front::service_front(transports::http_share& home, std::shared_ptr<service> of)
    : home_(home), of_(std::move(of)), script_(of_->terms.sockjs_url), websockets_(home, *of_) {
    if (script_.empty()) script_ = of_->prefix + "/sockjs.min.js";
}

/// Members go with the share, which lives longer; they find nobody to tell.
service_front::~service_front() = default;

bool service_front::serves(const engine::request& asked) const noexcept {
    return read_target(asked.target(), of_->prefix).has_value();
}

void service_front::admit(connection& at) {
    const std::optional<target> asked = read_target(at.request()->target(), of_->prefix);
    if (!allowed_origin(*at.request(), of_->terms)) {
        of_->counted.refused.fetch_add(1, std::memory_order_relaxed);
        return at.answer(403);
    }
    switch (asked->what) {
        case resource::greeting:
        case resource::info:
        case resource::iframe:
        case resource::script:
        case resource::unknown:
            return admit_page(at, *asked);
        case resource::websocket:
        case resource::raw_websocket:
            return admit_websocket(at, *asked);
        default:
            return admit_session(at, *asked);
    }
}

// ---- pages

void service_front::admit_page(connection& at, const target& asked) {
    const std::string_view method = at.request()->method();
    if (asked.what == resource::unknown || (asked.what == resource::iframe && restricted()))
        return answer_not_found(at);
    if (asked.what == resource::info && method == "OPTIONS")
        return answer_preflight(at, "OPTIONS, GET", of_->terms);
    if (method != "GET" && method != "HEAD")
        return answer_wrong_method(at, asked.what == resource::info ? "OPTIONS, GET" : "GET");
    if (asked.what == resource::greeting) return answer_greeting(at);
    if (asked.what == resource::iframe) return answer_iframe(at, script_);
    if (asked.what == resource::script) return answer_script(at);
    std::uint32_t entropy = 0;
    std::array<std::byte, sizeof entropy> bytes{};
    random_.fill(bytes);
    std::memcpy(&entropy, bytes.data(), sizeof entropy);
    answer_info(at, of_->terms, entropy);
}

// ---- websockets

void service_front::admit_websocket(connection& at, const target& asked) {
    if (!of_->terms.websocket) return answer_not_found(at);
    if (at.request()->method() != "GET") return answer_wrong_method(at, "GET");
    constexpr std::string_view no_websocket = "Not a valid websocket request";
    if (!at.upgrade_wanted()) return answer_text(at, 400, plain_type, no_websocket);
    if (!transports::same_token(at.request()->find("upgrade").value_or(""), "websocket"))
        return at.refuse_upgrade(400, no_websocket);
    if (home_.closing()) return at.refuse_upgrade(503, "Service Unavailable");
    if (asked.what == resource::raw_websocket) return websockets_.admit_raw(at);
    websockets_.admit_framed(at);
}

// ---- requests of a session

void service_front::admit_session(connection& at, const target& asked) {
    const bool by_get = reads_by_get(asked.what);
    const std::string_view method = at.request()->method();
    if (restricted() && tells_no_origin(asked.what)) return answer_not_found(at);
    const bool asks_first = !by_get && asked.what != resource::jsonp_send;
    const bool preflight = asks_first && method == "OPTIONS";
    if (!preflight && method != (by_get ? "GET" : "POST"))
        return answer_wrong_method(at, by_get ? "GET" : asks_first ? "POST, OPTIONS" : "POST");
    prepare(at, asked.what);
    if (preflight) return answer_preflight(at, "OPTIONS, POST", of_->terms);
    const unsigned owner = home_of(asked.session);
    if (owner != home_.home().index()) {
        at.headers().clear();
        return at.move_to(owner);
    }
    if (!sends(asked.what)) return receive(at, asked);
    message_request::begin(
        at, of_->terms.max_message_bytes,
        [this, what = asked.what, key = std::string(asked.session)](connection& from, std::string body) {
            take_messages(from, what, key, std::move(body));
        });
}

/// The client chooses the session's id, so that every worker knows its home.
unsigned service_front::home_of(std::string_view key) const noexcept {
    return static_cast<unsigned>(engine::keyed_hash{}(key) % home_.workers());
}

void service_front::prepare(connection& at, resource what) const {
    forbid_caching(at.headers());
    add_cookie(at.headers(), *at.request(), of_->terms);
    // A page without an origin, such as a file, reads events without credentials.
    const bool nobody = what == resource::eventsource && at.request()->find("origin") == "null";
    if (!tells_no_origin(what)) add_cors(at.headers(), *at.request(), of_->terms, nobody);
}

void service_front::receive(connection& at, const target& asked) {
    const std::optional<http_receiver::terms> how = terms_of(at, asked.what);
    if (!how) return;
    session_member* who = find(asked.session);
    const bool is_new = !who;
    if (is_new) who = open(at, asked);
    if (!who) return;
    const auto kept = who->link();
    http_receiver::begin(at, who->session(), *how);
    if (is_new && kept->at) who->introduce();
}

/// How frames are sent to such a request; nothing when it was refused.
std::optional<http_receiver::terms> service_front::terms_of(connection& at, resource what) const {
    http_receiver::terms how;
    if (what != resource::xhr && what != resource::jsonp) how.limit = of_->terms.response_limit;
    std::string_view type = script_type;
    if (what == resource::eventsource) {
        how.how = wrapping::event;
        type = "text/event-stream";
    } else if (what == resource::htmlfile || what == resource::jsonp) {
        const bool page = what == resource::htmlfile;
        std::optional<std::string> callback = read_callback(at, page ? any_length : jsonp_callback_length);
        if (!callback) return std::nullopt;
        how.how = page ? wrapping::script : wrapping::call;
        how.callback = std::move(*callback);
        if (page) type = html_type;
    }
    if (what == resource::jsonp) at.headers().set("X-Content-Type-Options", "nosniff");
    at.headers().set("Content-Type", type);
    return how;
}

session_member* service_front::find(std::string_view key) const noexcept {
    const auto found = sessions_.find(key);
    return found == sessions_.end() ? nullptr : found->second;
}

session_member* service_front::open(connection& at, const target& asked) {
    const bool full = sessions_.size() >= of_->terms.max_sessions ||
                      of_->kept.load(std::memory_order_relaxed) >= of_->terms.max_kept_bytes;
    if (home_.closing() || full) {
        of_->counted.refused.fetch_add(1, std::memory_order_relaxed);
        at.close_after_answer();
        at.answer(503);
        return nullptr;
    }
    auto made = std::make_unique<session_member>(home_, *of_, static_cast<member_owner&>(*this), at.request(),
                                                 name_of(asked.what), std::string(asked.session));
    session_member* const who = made.get();
    sessions_.emplace(who->key(), who);
    home_.admit(std::move(made));
    return who;
}

void service_front::take_messages(connection& at, resource what, const std::string& key, std::string body) {
    const std::string_view type = at.request()->find("content-type").value_or("");
    if (what == resource::jsonp_send && is_form(type)) body = payload_of_form(body);
    payload got = read_payload(std::move(body));
    if (got.what == payload::outcome::nothing) return answer_text(at, 500, plain_type, "Payload expected.");
    if (got.what == payload::outcome::no_json)
        return answer_text(at, 500, plain_type, "Broken JSON encoding.");
    session_member* const who = find(key);
    if (!who) return answer_not_found(at);
    who->session().receive(std::move(got.messages));
    if (what == resource::jsonp_send) return answer_text(at, 200, plain_type, "ok");
    answer_text(at, 204, plain_type, {});
}

void service_front::on_gone(member& which) {
    sessions_.erase(static_cast<session_member&>(which).key());
    home_.dismiss(which);
}

}  // namespace kedge::sockjs
