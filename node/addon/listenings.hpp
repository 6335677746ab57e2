#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include <kedge/node/addon/conversation.hpp>
#include <kedge/node/addon/javascript.hpp>
#include <kedge/node/addon/listening.hpp>

namespace kedge::node {

/// The engines of one environment that accept their clients themselves, by number, and their sessions.
class listenings final {
  public:
    explicit listenings(javascript& above) noexcept : above_(above) {}

    listening& add(std::unique_ptr<uv_host> loop, transports::server_options options) {
        const std::uint32_t number = ++last_;
        auto made = std::make_unique<listening>(number, talks_, above_, std::move(loop), std::move(options));
        return *all_.emplace(number, std::move(made)).first->second;
    }
    /// Null when it has ended.
    listening* find(std::uint32_t number) const noexcept {
        const auto at = all_.find(number);
        return at == all_.end() ? nullptr : at->second.get();
    }
    /// Ends one, which is told when it is over.
    void close(std::uint32_t number, engine::duration grace) {
        if (listening* const which = find(number))
            which->close(grace,
                         [this, number] { listening::part(std::move(all_.extract(number).mapped())); });
    }
    conversations& talks() noexcept { return talks_; }
    void flush() noexcept {
        for (const auto& [number, each] : all_) each->flush();
    }
    transports::server_stats stats() const {
        transports::server_stats sum;
        for (const auto& [number, each] : all_) {
            const transports::server_stats one = each->stats();
            sum.total += one.total;
            sum.workers.insert(sum.workers.end(), one.workers.begin(), one.workers.end());
            sum.accepted += one.accepted;
            sum.refused_connections += one.refused_connections;
            sum.shed_connections += one.shed_connections;
        }
        return sum;
    }

  private:
    javascript& above_;
    conversations talks_;
    std::map<std::uint32_t, std::unique_ptr<listening>> all_;
    std::uint32_t last_ = 0;
};

}  // namespace kedge::node
