#include <kedge/cluster/client/spread_way.hpp>

#include <algorithm>
#include <utility>

#include <kedge/cluster/client/lane.hpp>

namespace kedge::cluster {

spread_way::spread_way(std::size_t lanes, const maker& make, hooks told)
    : hooks_(std::move(told)), lanes_(lanes) {
    for (std::size_t i = 0; i < lanes; ++i) lanes_[i].way = make(hooks_of(i));
}

bool spread_way::all(bool lane::*which) const noexcept {
    return std::all_of(lanes_.begin(), lanes_.end(), [which](const lane& each) { return each.*which; });
}

/// It is there when all of them are, and is not when one has gone.
redis_way::hooks spread_way::hooks_of(std::size_t index) {
    return {.on_ready =
                [this, index] {
                    lanes_[index].ready = true;
                    if (all(&lane::ready)) hooks_.on_ready();
                },
            .on_not_ready =
                [this, index] {
                    const bool was = all(&lane::ready);
                    lanes_[index].ready = false;
                    if (was) hooks_.on_not_ready();
                },
            .on_live =
                [this, index](bool again) {
                    lanes_[index].live = true;
                    lanes_[index].again = again;
                    if (!all(&lane::live)) return;
                    const bool lost = std::any_of(lanes_.begin(), lanes_.end(),
                                                  [](const lane& each) { return each.again; });
                    for (auto& each : lanes_) each.again = false;
                    hooks_.on_live(lost);
                },
            .on_not_live =
                [this, index] {
                    const bool was = all(&lane::live);
                    lanes_[index].live = false;
                    if (was) hooks_.on_not_live();
                },
            .on_trouble = hooks_.on_trouble};
}

void spread_way::start(bool listening) {
    for (const auto& each : lanes_) each.way->start(listening);
}

void spread_way::stop() {
    for (const auto& each : lanes_) each.way->stop();
}

std::unique_ptr<redis_way::reading> spread_way::read(const std::string& name,
                                                     const stream_reader::settings& how) {
    return lanes_.front().way->read(name, how);
}

// --- Commands

command_port& spread_way::spread_commands::port_for(std::string_view command) const noexcept {
    return of_.lanes_[lane_of(command, of_.lanes_.size())].way->commands();
}

bool spread_way::spread_commands::ready() const noexcept {
    return std::all_of(of_.lanes_.begin(), of_.lanes_.end(),
                       [](const lane& each) { return each.way->commands().ready(); });
}

void spread_way::spread_commands::send(std::string_view command, answer on_answer) {
    port_for(command).send(command, std::move(on_answer));
}

void spread_way::spread_commands::send_or_drop(std::string_view command) {
    port_for(command).send_or_drop(command);
}

void spread_way::spread_commands::ask(std::string_view command, answer on_answer) {
    port_for(command).ask(command, std::move(on_answer));
}

// --- Channels

channel_port& spread_way::spread_channels::port_for(channel_kind kind, std::string_view name) const noexcept {
    return of_.lanes_[lane_of(kind, name, of_.lanes_.size())].way->channels();
}

void spread_way::spread_channels::add(channel_kind kind, const std::string& name, channel_listener listener,
                                      std::function<void()> effective) {
    port_for(kind, name).add(kind, name, std::move(listener), std::move(effective));
}

void spread_way::spread_channels::remove(channel_kind kind, const std::string& name) {
    port_for(kind, name).remove(kind, name);
}

bool spread_way::spread_channels::has(channel_kind kind, std::string_view name) const {
    return port_for(kind, name).has(kind, name);
}

}  // namespace kedge::cluster
