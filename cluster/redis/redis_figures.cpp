#include <kedge/cluster/redis/redis_figures.hpp>

#include <array>
#include <string_view>

namespace kedge {

namespace {

struct shown {
    std::string_view name;
    std::string_view help;
    redis_figures::figure redis_figures::*which;
};

constexpr std::array all{
    shown{"commands_sent", "Commands given to Redis.", &redis_figures::sent},
    shown{"commands_dropped", "Commands that were dropped since Redis did not take them.",
          &redis_figures::dropped},
    shown{"commands_unanswered", "Commands under way when a connection was lost.",
          &redis_figures::unanswered},
    shown{"commands_refused", "Commands that Redis answered by an error.", &redis_figures::refused},
    shown{"connections_made", "Connections to Redis.", &redis_figures::connections},
    shown{"connections_lost", "Connections that were lost, and attempts that failed.",
          &redis_figures::losses},
    shown{"messages_heard", "Messages and entries of streams.", &redis_figures::heard},
    shown{"messages_not_understood", "Messages that made no sense.", &redis_figures::not_understood},
};

}  // namespace

std::string redis_figures::text() const {
    std::string made;
    for (const auto& [name, help, which] : all) {
        const std::string whole = "kedge_redis_" + std::string(name) + "_total";
        made.append("# HELP ").append(whole).append(" ").append(help).append("\n# TYPE ").append(whole);
        made.append(" counter\n").append(whole).append(" ").append(std::to_string((this->*which).value()));
        made.append("\n");
    }
    return made;
}

}  // namespace kedge
