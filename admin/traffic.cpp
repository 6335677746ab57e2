#include <kedge/admin/traffic.hpp>

#include <cstddef>
#include <string>

#include <kedge/engine/error.hpp>

namespace kedge::admin {

void traffic::note(const transports::worker_stats& now, std::int64_t milliseconds_since_1970) {
    const std::int64_t second = milliseconds_since_1970 / 1000 * 1000;
    add(second, "rawConnection", {}, now.sessions_opened - last_.sessions_opened);
    for (std::size_t i = 0; i < now.sessions_closed.size(); ++i)
        add(second, "rawDisconnection", engine::to_string(static_cast<engine::close_reason>(i)),
            now.sessions_closed[i] - last_.sessions_closed[i]);
    add(second, "packetsIn", {}, now.packets_in - last_.packets_in);
    add(second, "bytesIn", {}, now.bytes_in - last_.bytes_in);
    add(second, "packetsOut", {}, now.packets_out - last_.packets_out);
    add(second, "bytesOut", {}, now.bytes_out - last_.bytes_out);
    last_ = now;
}

void traffic::add(std::int64_t second, std::string_view type, std::string_view sub_type,
                  std::uint64_t count) {
    if (count == 0) return;
    value one = value::object({{"timestamp", second}, {"type", type}});
    if (!sub_type.empty()) one.append("subType", sub_type);
    one.append("count", count);
    events_.push_back(std::move(one));
}

value traffic::take() {
    return std::exchange(events_, value::array());
}

}  // namespace kedge::admin
