#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include <kedge/engine/loop.hpp>
#include <kedge/engine/transport.hpp>

namespace kedge::engine {

class session;
class upgrade;

/// Where closed things wait until nobody can be using them: they are destroyed when the turn ends. Transports
/// that are still closing are kept until they are done.
class graveyard final : private turn_work, private transport_owner {
  public:
    explicit graveyard(loop& home);
    ~graveyard();

    void bury(std::unique_ptr<session> dead);
    void bury(std::unique_ptr<upgrade> dead);
    void bury(std::unique_ptr<transport> dead);
    /// Closes a transport and keeps it until it has closed.
    void see_off(std::unique_ptr<transport> leaving);
    /// Transports that are still closing.
    std::size_t leaving() const noexcept { return leaving_.size(); }

  private:
    void end_turn() override;
    void on_packet(transport&, packet&, const request*) override {}
    void on_garbage(transport&) override {}
    void on_error(transport& from, std::string_view description) override;
    void on_close(transport& from) override;
    void on_writable(transport&) override {}
    void on_drain(transport&) override {}
    void release(transport& from);

    loop& home_;
    bool others_went_first_ = false;
    std::vector<std::unique_ptr<session>> sessions_;
    std::vector<std::unique_ptr<upgrade>> upgrades_;
    std::vector<std::unique_ptr<transport>> transports_;
    std::unordered_map<const transport*, std::unique_ptr<transport>> leaving_;
};

}  // namespace kedge::engine
