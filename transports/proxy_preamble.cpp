#include <transports/proxy_preamble.hpp>

#include <string_view>
#include <utility>

#include <transports/proxy_protocol.hpp>
#include <transports/server_core.hpp>
#include <transports/site.hpp>

namespace kedge::transports {

proxy_preamble::proxy_preamble(site& home, detached_stream from, std::shared_ptr<tls_context> tls)
    : home_(home),
      tls_(std::move(tls)),
      stream_(home.home(), std::move(from), *this),
      timer_(engine::timer::calls<&proxy_preamble::on_timeout, proxy_preamble>(), this) {
    home.home().timers().arm(timer_, home.home().now() + home.core().options.first_byte_timeout);
}

void proxy_preamble::on_bytes(std::span<char> bytes) {
    if (stream_.closed()) return;
    read_.append(bytes.data(), bytes.size());
    const proxy_header header = read_proxy_header(read_);
    engine::origin client = stream_.from();
    switch (header.status) {
        case proxy_header::verdict::incomplete:
            return;
        case proxy_header::verdict::malformed:
            home_.log(log_level::warning, "malformed PROXY header", {{"address", client.address}});
            return leave();
        case proxy_header::verdict::absent:
            return pass_on(0, client);
        case proxy_header::verdict::complete:
            break;
    }
    if (header.address) {
        client.address = *header.address;
        client.port = header.port;
        client.secure = header.secure;
    }
    pass_on(header.size, client);
}

void proxy_preamble::pass_on(std::size_t header_size, const engine::origin& client) {
    detached_stream onward = stream_.release(std::string_view(read_).substr(header_size));
    onward.from = client;
    if (tls_) start_tls(onward, std::move(tls_));
    timer_.disarm();
    home_.receive(std::move(onward));
    home_.dismiss(*this);
}

void proxy_preamble::leave() {
    if (stream_.closed()) return;
    timer_.disarm();
    stream_.close();
    home_.dismiss(*this);
}

}  // namespace kedge::transports
