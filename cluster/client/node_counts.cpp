#include <kedge/cluster/client/node_counts.hpp>

namespace kedge::cluster {

void node_counts::add(resp_value reply) {
    if (reply.is_error()) error_ = reply.text();
    for (std::size_t i = 0; i + 1 < reply.size(); i += 2) {
        if (i / 2 == sums_.size()) sums_.emplace_back(reply[i].text(), 0);
        sums_[i / 2].second += reply[i + 1].integer();
    }
    if (--open_ == 0) tell();
}

void node_counts::tell() {
    if (sums_.empty()) return answer_with_error(told_, error_);
    std::string bytes;
    std::vector<resp_node> nodes(1);
    nodes.front().kind = resp_kind::array;
    nodes.front().size = sums_.size() * 2;
    nodes.front().extent = nodes.front().size + 1;
    for (const auto& [name, sum] : sums_) {
        resp_node text;
        text.kind = resp_kind::text;
        text.at = bytes.size();
        text.size = name.size();
        bytes += name;
        resp_node number;
        number.kind = resp_kind::integer;
        number.integer = sum;
        nodes.push_back(text);
        nodes.push_back(number);
    }
    std::exchange(told_, {})(resp_value(nodes.data(), bytes.data()));
}

}  // namespace kedge::cluster
