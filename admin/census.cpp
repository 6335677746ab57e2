#include <kedge/admin/census.hpp>

#include <utility>

#include <kedge/admin/snapshot.hpp>

namespace kedge::admin {

/// The answers of all namespaces, which come on several threads.
struct census::look {
    std::mutex lock;
    std::size_t missing = 0;
    value found = value::array();

    /// True when it was the last.
    bool add(const std::string& nsp, const std::vector<remote_socket>& sockets) {
        const std::lock_guard hold(lock);
        for (const auto& each : sockets) found.push_back(describe(nsp, each));
        return --missing == 0;
    }
};

void census::show(const socket& to) {
    {
        const std::lock_guard hold(lock_);
        waiting_.push_back(to);
        if (!shown_next_.empty()) return;
        shown_next_.swap(waiting_);
    }
    begin();
}

// With servers that do not answer in time, those sockets that were found are shown.
void census::begin() {
    const auto all = all_();
    const auto looking = std::make_shared<look>();
    looking->missing = all.size();
    for (const auto& each : all)
        each.fetch_sockets().then([self = shared_from_this(), looking, name = each.name()](
                                      ack_error, const std::vector<remote_socket>& sockets) {
            if (looking->add(name, sockets)) self->finish(looking->found);
        });
}

void census::finish(const value& found) {
    std::vector<socket> shown;
    bool more = false;
    {
        const std::lock_guard hold(lock_);
        shown.swap(shown_next_);
        shown_next_.swap(waiting_);
        more = !shown_next_.empty();
    }
    for (const auto& each : shown) each.emit("all_sockets", found);
    if (more) begin();
}

}  // namespace kedge::admin
