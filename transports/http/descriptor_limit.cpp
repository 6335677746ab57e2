#include <kedge/transports/http/descriptor_limit.hpp>

#include <sys/resource.h>

#include <string>

#include <kedge/transports/http/http_share.hpp>

namespace kedge::transports {

void warn_of_few_descriptors(const http_share& first) {
    constexpr rlim_t few = 4096;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= few) return;
    first.log(log_level::warning, "few descriptors: clients beyond this number will have to wait",
              {{"limit", std::to_string(limit.rlim_cur)},
               {"advice", "raise it: ulimit -n, or LimitNOFILE of the systemd unit"}});
}

}  // namespace kedge::transports
