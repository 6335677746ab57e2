#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include <kedge/socketio/value/value.hpp>
#include <kedge/transports/engineio/server_stats.hpp>

namespace kedge::admin {

/// What has come and gone, second by second, found out from a server's numbers: nothing is counted for it.
class traffic {
  public:
    /// What happened before is not told of.
    explicit traffic(const transports::worker_stats& begin) : last_(begin) {}

    /// What has happened since the last time, in the second that has begun at this moment.
    void note(const transports::worker_stats& now, std::int64_t milliseconds_since_1970);
    /// All that was noted since the last time: `{timestamp, type, subType?, count}` each.
    value take();

  private:
    void add(std::int64_t second, std::string_view type, std::string_view sub_type, std::uint64_t count);

    transports::worker_stats last_;
    value events_ = value::array();
};

}  // namespace kedge::admin
