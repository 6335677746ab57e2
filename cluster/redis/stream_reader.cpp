#include <kedge/cluster/redis/stream_reader.hpp>

#include <utility>

#include <kedge/cluster/redis/resp_writer.hpp>

namespace kedge::cluster {

std::optional<stream_entry> read_entry(resp_value from) {
    const auto id = stream_id::parse(from[0].text());
    if (!id) return std::nullopt;
    stream_entry made;
    made.id = *id;
    const resp_value fields = from[1];
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
        const auto name = fields[i].text();
        const auto content = fields[i + 1].text();
        if (name == "uid") made.uid = content;
        if (name == "nsp") made.nsp = content;
        if (name == "type") made.type = content;
        if (name == "data") made.data = content;
        if (name == "ticket") made.ticket = content;
    }
    return made;
}

stream_reader::stream_reader(engine::loop& home, std::string name, settings how, trouble_hook on_trouble)
    : home_(home),
      name_(std::move(name)),
      how_(how),
      trouble_(std::move(on_trouble)),
      again_(engine::timer::calls<&stream_reader::on_time, stream_reader>(), this) {}

void stream_reader::listen(const std::string& nsp, listener who) {
    auto& made = listeners_[nsp] = std::move(who);
    if (position_) made.on_position(*position_);
}

void stream_reader::end_listening(const std::string& nsp) {
    listeners_.erase(nsp);
}

void stream_reader::on_ready() {
    position_ ? check_gap() : find_end();
}

void stream_reader::on_down() {
    again_.disarm();
}

void stream_reader::send(const std::string& command, redis_link::answer on_answer) {
    if (early_) link_->send(make_command({"ASKING"}), [](resp_value) {});
    link_->send(command, std::move(on_answer));
}

void stream_reader::find_end() {
    send(make_command({"XREVRANGE", name_, "+", "-", "COUNT", "1"}), [this](resp_value reply) {
        if (reply.is_error()) return poll_later(reply.text());
        position_ =
            reply.size() > 0 ? stream_id::parse(reply[0][0].text()).value_or(stream_id{}) : stream_id{};
        tell_position();
        poll();
    });
}

/// What was trimmed while there was no connection is lost.
void stream_reader::check_gap() {
    send(make_command({"XRANGE", name_, "-", "+", "COUNT", "1"}), [this](resp_value reply) {
        const auto first = stream_id::parse(reply[0][0].text());
        if (first && *first > *position_ && *position_ != stream_id{})
            trouble_("entries of the stream were dropped before they were read", name_);
    });
    poll();
}

void stream_reader::poll() {
    if (!link_->ready()) return;
    const auto command =
        make_command({"XREAD", "COUNT", std::to_string(how_.count), "BLOCK",
                      std::to_string(how_.block.count()), "STREAMS", name_, position_->text()});
    send(command, [this](resp_value reply) { on_polled(reply); });
}

void stream_reader::on_polled(resp_value reply) {
    if (reply.is_error()) return poll_later(reply.text());
    // RESP2 has a list of [name, entries], RESP3 a map of them.
    const resp_value entries = reply.kind() == resp_kind::map ? reply[1] : reply[0][1];
    const auto before = position_;
    for (const auto each : entries) {
        const auto entry = read_entry(each);
        if (!entry) continue;
        position_ = entry->id;
        link_->figures().heard.add();
        const auto found = listeners_.find(entry->nsp);
        if (found != listeners_.end()) found->second.on_entry(*entry);
    }
    if (reply.is_null()) return poll();  // nothing came
    if (position_ == before) return poll_later("what came is no answer");
    tell_position();
    poll();
}

void stream_reader::tell_position() {
    for (const auto& [nsp, each] : listeners_) each.on_position(*position_);
}

void stream_reader::poll_later(std::string_view why) {
    if (!link_->ready()) return;  // on_ready() will
    if (refused_ && refused_(why)) return;
    trouble_("the stream cannot be read", why);
    home_.timers().arm(again_, home_.now() + how_.after_error);
}

void stream_reader::on_time(engine::time_point) {
    if (link_->ready()) position_ ? poll() : find_end();
}

}  // namespace kedge::cluster
