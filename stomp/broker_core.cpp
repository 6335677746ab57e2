#include <kedge/stomp/broker_core.hpp>

#include <algorithm>
#include <array>

#include <kedge/engine/random.hpp>
#include <kedge/engine/sid.hpp>
#include <kedge/socketio/value/json_writer.hpp>
#include <kedge/stomp/client_end.hpp>
#include <kedge/transports/net/random_openssl.hpp>

namespace kedge::stomp {

bool below(std::string_view destination, std::string_view prefix) noexcept {
    return destination.size() > prefix.size() && destination.starts_with(prefix);
}

std::string chosen_protocol(const std::vector<std::string>& offered) {
    constexpr std::array<std::string_view, 3> best_first{"v12.stomp", "v11.stomp", "v10.stomp"};
    for (const std::string_view each : best_first) {
        if (std::find(offered.begin(), offered.end(), each) != offered.end()) return std::string(each);
    }
    return {};
}

std::string make_id() {
    transports::random_openssl random;
    return engine::sid_source(random, 0).next();
}

std::string write_body(const outgoing_arguments& sent) {
    std::string text;
    json_writer to(text);
    if (sent.count != 1) to.begin_array(sent.count);
    if (sent.write) sent.write(to);
    if (sent.count != 1) to.end_array();
    return text;
}

kept_ptr keep(std::string json) {
    auto made = std::make_shared<kept_message>();
    made->headers.emplace_back("content-type", "application/json");
    made->body = std::move(json);
    return made;
}

std::string user_room(std::string_view user) {
    return "\x1Fuser:" + std::string(user);
}

void handler_call::reply(const outgoing_arguments& results) {
    sent.from.send_json(reply_to_, write_body(results));
}

void client::send_arguments(std::string_view destination, const outgoing_arguments& sent) const {
    send_json(destination, write_body(sent));
}

void client::send_json(std::string_view destination, std::string json) const {
    link_->way->pass([link = link_, to = std::string(destination), text = std::move(json)] {
        if (link->at) link->at->tell(to, text);
    });
}

void client::refuse(std::string_view message) const {
    link_->way->pass([link = link_, why = std::string(message)] {
        if (link->at) link->at->refuse(why);
    });
}

/// Says no when nobody has said anything.
struct connect_request::decision {
    explicit decision(std::shared_ptr<client_link> of) noexcept : from(std::move(of)) {}
    ~decision() {
        if (from) client(from).refuse("the server could not decide");
    }
    decision(const decision&) = delete;
    decision& operator=(const decision&) = delete;

    std::shared_ptr<client_link> from;
};

connect_request::connect_request(std::shared_ptr<client_link> from)
    : link_(from), decision_(std::make_shared<decision>(std::move(from))) {}

std::string_view connect_request::login() const noexcept {
    return header("login");
}
std::string_view connect_request::passcode() const noexcept {
    return header("passcode");
}
std::string_view connect_request::header(std::string_view name) const noexcept {
    return link_->connect.value(name);
}
const engine::request& connect_request::request() const noexcept {
    return *link_->request;
}

void connect_request::accept(std::string user) const {
    if (const auto from = std::exchange(decision_->from, nullptr)) {
        from->way->pass([from, user = std::move(user)]() mutable {
            if (from->at) from->at->accept(std::move(user));
        });
    }
}

void connect_request::refuse(std::string message) const {
    if (const auto from = std::exchange(decision_->from, nullptr)) client(from).refuse(message);
}

}  // namespace kedge::stomp
