#include <kedge/transports/http/proxy_greeting.hpp>

#include <utility>

#include <kedge/transports/http/http_share.hpp>
#include <kedge/transports/net/proxy_protocol.hpp>

namespace kedge::transports {

proxy_greeting::proxy_greeting(http_share& home, detached_stream from, receiver pass_on)
    : home_(home),
      pass_on_(std::move(pass_on)),
      timer_(engine::timer::calls<&proxy_greeting::on_deadline, proxy_greeting>(), this) {
    stream_ = make_stream(home.home(), std::move(from), *this);
    home.home().timers().arm(timer_, engine::later(home.home().now(), home.options().first_byte_timeout));
}

void proxy_greeting::on_bytes(std::span<char> bytes) {
    if (gone_) return;
    input_.append(bytes.data(), bytes.size());
    const proxy_header said = read_proxy_header(input_);
    switch (said.status) {
        case proxy_header::verdict::incomplete:
            return;
        case proxy_header::verdict::complete:
            return complete(said);
        case proxy_header::verdict::absent:
            return refuse("none came");
        case proxy_header::verdict::malformed:
            return refuse("malformed");
    }
}

void proxy_greeting::complete(const proxy_header& said) {
    detached_stream freed = stream_->release(std::string_view(input_).substr(said.size));
    if (said.address) {
        freed.from.address = *said.address;
        freed.from.port = said.port;
        freed.from.secure = said.secure;
        ++freed.from.proxies;
    }
    depart();
    pass_on_(std::move(freed));
}

void proxy_greeting::refuse(std::string_view reason) {
    home_.count().bad_requests.add(1);
    home_.home().guarded([&] {
        home_.log(log_level::info, "PROXY header refused",
                  {{"reason", reason}, {"address", stream_->from().address}});
    });
    stream_->abort();
    depart();
}

void proxy_greeting::on_end() {
    if (gone_) return;
    stream_->abort();
    depart();
}

void proxy_greeting::on_fault() noexcept {
    if (!gone_) depart();
}

void proxy_greeting::on_deadline(engine::time_point) {
    refuse("it did not come in time");
}

void proxy_greeting::wind_up() {
    on_end();
}

void proxy_greeting::depart() noexcept {
    gone_ = true;
    timer_.disarm();
    home_.dismiss(*this);
}

}  // namespace kedge::transports
