#include <kedge/transports/http/arrival_log.hpp>

#include <kedge/transports/http/http_share.hpp>

namespace kedge::transports {

void tell_listening(const http_share& at, std::string_view address, std::string_view serves, bool tls) {
    at.log(log_level::info, "listening",
           {{"address", address}, {"serves", serves}, {"tls", tls ? "yes" : "no"}});
}

void tell_refused(const http_share& at, limit_reason why, std::string_view address) {
    at.log(log_level::info, "connection refused", {{"reason", to_string(why)}, {"address", address}});
}

}  // namespace kedge::transports
