// What other nodes of a fleet say, in each form: whatever it is, it is read or passed over; what was read,
// and is written again, is read the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kedge/cluster/adapters/look_back.hpp>
#include <kedge/cluster/messages/classic_form.hpp>
#include <kedge/cluster/messages/cluster_form.hpp>
#include <kedge/cluster/messages/kept_session.hpp>
#include <kedge/cluster/messages/stream_data.hpp>
#include <kedge/socketio/value/value.hpp>

using namespace kedge;
using namespace kedge::cluster;

namespace {

/// A message with everything that it points to.
struct copy {
    explicit copy(const node_message& from)
        : what(from.what),
          request(from.request),
          options(from.options),
          rooms(from.rooms),
          data(from.data),
          close(from.close),
          count(from.count) {}

    template <class Form>
    std::string written_by(const Form& form) const {
        const auto write = [this](writer& to) { data.write(to); };
        outgoing_message message{.what = what, .request = request, .data = write};
        if (what <= verb::ask || (what >= verb::join && what <= verb::fetch)) message.options = &options;
        message.rooms = rooms;
        message.close = close;
        message.count = count;
        return form.write(message);
    }
    void expect(const node_message& again) const {
        const bool same = again.what == what && again.request == request && again.rooms == rooms &&
                          again.close == close && again.count == count &&
                          again.options.rooms == options.rooms && again.options.except == options.except &&
                          again.options.flags.is_volatile == options.flags.is_volatile;
        if (!same) std::abort();
    }

    verb what;
    std::string request;
    broadcast_options options;
    std::vector<std::string> rooms;
    value data;
    bool close;
    std::size_t count;
};

void read_classic(std::string_view bytes, classic_parser parser) {
    const classic_form form("socket.io", "/", "sender", parser);
    message_reader reader;
    if (!reader.read(bytes)) return;
    std::vector<copy> found;
    const auto look = [&](auto member) {
        node_message read;
        if ((form.*member)(reader.root(), read)) found.emplace_back(read);
    };
    look(&classic_form::read_broadcast);
    look(&classic_form::read_request);
    look(&classic_form::read_response);
    for (const auto& each : found) {
        // Names are asked for in forms that we do not write.
        if (each.what == verb::list_ids || each.what == verb::list_rooms) continue;
        if (!reader.read(each.written_by(form))) std::abort();
    }
    std::string_view room;
    (void)form.room_of(bytes, room);
    (void)form.is_own(bytes);
}

void read_cluster(std::string_view bytes) {
    const cluster_form form("/", "sender");
    message_reader reader;
    node_message read;
    if (!reader.read(bytes) || !form.read(reader.root(), read)) return;
    // What is no UTF-8 is written as something else once, and then stays.
    const std::string bytes_again = copy(read).written_by(form);
    node_message second;
    if (!reader.read(bytes_again) || !form.read(reader.root(), second)) std::abort();
    const copy kept(second);
    node_message third;
    if (!reader.read(kept.written_by(form)) || !form.read(reader.root(), third)) std::abort();
    kept.expect(third);
}

void read_entry(std::string_view bytes) {
    message_reader reader;
    node_message read;
    const auto type = bytes.substr(0, 1);
    bytes.remove_prefix(type.size());
    if (read_stream_data(type, bytes, reader, read)) (void)copy(read);
    if (const auto session = read_session(bytes))
        if (!read_session(write_session(*session))) std::abort();
    (void)stream_index(bytes, 3);
}

/// What another node says that it has heard is put before what was heard here, or it is not.
void read_heard(std::string_view bytes) {
    message_reader reader;
    if (!reader.read(bytes)) return;
    stretch_wanted wanted;
    (void)read_wanted(reader.root(), wanted);
    auto pieces = read_pieces(reader.root());
    if (!pieces) return;
    heard_log log({});
    log.on_mark("m", {});
    const auto last = *log.on_message("x", {});
    const bool meets = heard_log::name_behind("f-0", *pieces) == "m-0";
    const auto many = pieces->size();
    const bool put = log.prepend("f-0", std::move(*pieces), {});
    if (put && !meets) std::abort();
    std::size_t found = 0;
    if (const auto from = log.find("f-0")) log.each(*from, last, many + 1, [&](auto, auto) { ++found; });
    if (found > many + 1 || (found > 0) != put) std::abort();
    (void)log.find(bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
    switch (data[0]) {
        case 'c':
            read_classic(bytes, classic_parser::msgpack);
            break;
        case 'j':
            read_classic(bytes, classic_parser::json);
            break;
        case 's':
            read_entry(bytes);
            break;
        case 'h':
            read_heard(bytes);
            break;
        default:
            read_cluster(bytes);
    }
    return 0;
}
