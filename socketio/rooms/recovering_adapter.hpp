#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <kedge/socketio/rooms/local_adapter.hpp>
#include <kedge/socketio/rooms/recovery_options.hpp>

namespace kedge {

class recovery;

/// The adapter of one server that keeps events and sessions for clients that come back, in memory.
class recovering_adapter final : public local_adapter {
  public:
    recovering_adapter(adapter_host& host, const recovery_options& settings);
    ~recovering_adapter() override;

    void close(completion<> done) override;
    void broadcast(packet_ptr packet, broadcast_options to) override;
    void unicast(const std::string& id, packet_ptr packet, const broadcast_flags& flags) override;

    bool recovers() const noexcept override { return true; }
    std::string make_offset() override;
    std::string position() override;
    void enrol(const std::string& pid, const std::string& id) override;
    void withdraw(const std::string& pid, const std::string& id) override;
    void persist_session(stored_session session) override;
    void restore_session(std::string pid, std::string offset,
                         completion<std::optional<stored_session>> done) override;
    void missed_packets(const stored_session& session,
                        completion<std::optional<std::vector<packet_ptr>>> done) override;

  private:
    class purger;
    struct return_of;

    unsigned here() const noexcept { return *host().here(); }
    engine::time_point now() const noexcept { return host().loop().now(); }
    bool catch_up(unsigned worker);
    void catch_up_soon(unsigned worker);
    void restore(std::shared_ptr<return_of> asked);
    void collect(stored_session session, completion<std::optional<std::vector<packet_ptr>>> done);

    std::shared_ptr<recovery> kept_;
    std::vector<char> delivering_;  // one for each worker, touched by it alone
    std::shared_ptr<purger> purger_;
};

}  // namespace kedge
