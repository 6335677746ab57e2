#include <kedge/cluster/adapters/asked.hpp>

#include <algorithm>
#include <utility>

#include <kedge/cluster/messages/message_reader.hpp>

namespace kedge::cluster {

namespace {

constexpr std::size_t most_recipients = 1'000'000'000;  // that a server may claim to have

}  // namespace

// --- fetch_sockets

void fetch_question::on_response(const node_message& response) {
    if (response.what != verb::sockets) return;
    count.on_response(response.uid);
    for (const item each : response.data.as_array()) {
        if (!each["id"].is_string()) continue;
        socket_details one{
            std::string(each["id"].as_string()), value(each["handshake"]), {}, value(each["data"])};
        if (read_names(each["rooms"], one.rooms)) found_.push_back(std::move(one));
    }
}

void fetch_question::end(ack_error why) {
    back_(
        [why, found = std::move(found_), done = std::move(done_)]() mutable { done(why, std::move(found)); });
}

// --- server_side_emit

void emit_question::on_response(const node_message& response) {
    if (response.what != verb::reply) return;
    count.on_response(response.uid);
    replies_.emplace_back(response.data);
}

void emit_question::end(ack_error why) {
    back_([why, all = std::move(replies_), done = std::move(done_)]() mutable { done(why, std::move(all)); });
}

// --- broadcast_with_ack

template <class F>
void ask_question::tell(F&& what) {
    back_([answers = answers_, what = std::forward<F>(what)]() mutable { what(*answers); });
}

void ask_question::on_response(const node_message& response) {
    std::ptrdiff_t& owed = pending_[std::string(response.uid)];
    if (response.what == verb::recipients) {
        count.on_response(response.uid);
        const std::size_t many = std::min(response.count, most_recipients);
        owed += static_cast<std::ptrdiff_t>(many);
        tell([many](broadcast_answers& all) { all.on_recipients(many); });
    } else if (response.what == verb::answer) {
        --owed;
        tell([first = value(response.data)](broadcast_answers& all) mutable {
            all.on_answer(std::move(first));
        });
    }
}

void ask_question::on_count() {
    expect();
    for (auto& [uid, owed] : pending_) {
        if (owed <= 0 || !count.gone(uid)) continue;
        const auto many = static_cast<std::size_t>(std::exchange(owed, 0));
        tell([many](broadcast_answers& all) { all.give_up(many); });
    }
}

void ask_question::expect() {
    if (std::exchange(expected_, count.expected()) == count.expected()) return;
    tell([many = expected_](broadcast_answers& all) { all.expect_servers(many); });
}

bool ask_question::over() const {
    return count.complete() &&
           std::all_of(pending_.begin(), pending_.end(), [](const auto& each) { return each.second <= 0; });
}

// Who asked has a time limit of his own. Without Redis, this server's clients are all that will still answer.
void ask_question::end(ack_error why) {
    if (why.why() != ack_error::cause::unreachable) return;
    std::size_t lost = 0;
    for (const auto& [uid, owed] : pending_)
        lost += static_cast<std::size_t>(std::max<std::ptrdiff_t>(owed, 0));
    tell([many = count.answered() + 1, lost](broadcast_answers& all) {
        all.expect_servers(many);
        if (lost != 0) all.give_up(lost);
    });
}

}  // namespace kedge::cluster
