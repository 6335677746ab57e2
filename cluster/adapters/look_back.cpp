#include <kedge/cluster/adapters/look_back.hpp>

#include <span>

namespace kedge::cluster {

void write_wanted(writer& to, const stretch_wanted& what) {
    to.begin_array(3);
    to.string(what.from);
    to.string(what.until);
    to.boolean(what.itself);
    to.end_array();
}

bool read_wanted(const item& from, stretch_wanted& to) {
    to = {from[0].as_string(), from[1].as_string(), from[2].as_boolean()};
    return from.size() == 3 && !to.from.empty() && !to.until.empty();
}

void write_pieces(writer& to, const std::vector<heard_log::piece>& all) {
    to.begin_array(all.size());
    for (const auto& each : all)
        each.mark ? to.string(each.text) : to.binary(std::as_bytes(std::span(each.text)));
    to.end_array();
}

std::optional<std::vector<heard_log::piece>> read_pieces(const item& from) {
    if (!from.is_array()) return std::nullopt;
    std::vector<heard_log::piece> all;
    all.reserve(from.size());
    for (const item each : from.as_array()) {
        if (!each.is_string() && !each.is_binary()) return std::nullopt;
        const auto bytes = each.as_binary();
        all.push_back(
            {each.is_string(), each.is_string()
                                   ? std::string(each.as_string())
                                   : std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size())});
    }
    return all;
}

void look_back_question::on_response(const node_message& response) {
    if (response.what != verb::heard || !whom_.empty()) return;
    count.on_response(response.uid);
    found_ = read_pieces(response.data);
    if (found_ || response.data.as_boolean()) whom_ = response.uid;
}

}  // namespace kedge::cluster
