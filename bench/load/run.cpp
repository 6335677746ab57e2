#include <bench/load/run.hpp>
#include <cstdio>
#include <cstdlib>

namespace bench {

void run::connect_up_to(std::size_t count) {
    turn_until([this, count] {
        while (sessions_.size() < count && sessions_.size() - connected_ < connecting_at_once) {
            sessions_.push_back(open_session(how_.over, poll_, how_.where, sessions_.size(), *this));
        }
        return connected_ >= count;
    });
}

void run::turn_until(const std::function<bool()>& done, std::chrono::nanoseconds longest) {
    // Longer than any run takes: a server that does not answer must not keep the bench waiting for ever.
    const auto patience = steady::now() + std::chrono::minutes(3);
    while (!done()) {
        poll_.turn(longest);
        if (steady::now() > patience) {
            std::fprintf(stderr, "%s: %zu of %zu clients connected, and then nothing for three minutes\n",
                         how_.mode.c_str(), connected_, sessions_.size());
            std::exit(1);
        }
    }
}

void run::turn_for(double seconds) {
    const auto end =
        steady::now() + std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(seconds));
    turn_until([end] { return steady::now() >= end; });
}

}  // namespace bench
