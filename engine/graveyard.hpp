#pragma once

#include <cstddef>
#include <memory>

#include <kedge/engine/loop.hpp>
#include <kedge/engine/owned_list.hpp>
#include <kedge/engine/transport.hpp>

namespace kedge::engine {

/// A session, or what has served one, that has ended.
class departed : public list_link {
  public:
    virtual ~departed() = default;
    /// What is to be closed still, when the turn has ended.
    virtual std::unique_ptr<transport> take_closing_transport() noexcept { return nullptr; }
};

/// Where closed things wait until nobody can be using them: they are destroyed when the turn ends. Transports
/// that are still closing are kept until they are done. Nothing here can fail for want of memory.
class graveyard final : private turn_work, private transport_owner {
  public:
    explicit graveyard(loop& home);
    ~graveyard();

    void bury(std::unique_ptr<departed> dead) noexcept;
    void bury(std::unique_ptr<transport> dead) noexcept;
    /// Closes a transport and keeps it until it has closed.
    void see_off(std::unique_ptr<transport> leaving) noexcept;
    /// Transports that are still closing.
    std::size_t leaving() const noexcept { return leaving_count_; }

  private:
    void end_turn() override;
    void on_packet(transport&, packet&, const request*) override {}
    void on_garbage(transport&) override {}
    void on_error(transport& from, std::string_view description) override;
    void on_close(transport& from) override;
    void on_writable(transport&) override {}
    void on_drain(transport&) override {}
    void release(transport& from) noexcept;

    loop& home_;
    bool others_went_first_ = false;
    owned_list<departed> departed_;
    owned_list<transport> transports_;
    owned_list<transport> leaving_;
    std::size_t leaving_count_ = 0;
};

}  // namespace kedge::engine
