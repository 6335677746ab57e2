#pragma once

#include <memory>
#include <string>
#include <vector>

#include <kedge/cluster/adapters/fleet_adapter.hpp>
#include <kedge/cluster/messages/classic_form.hpp>

namespace kedge::cluster {

struct classic_options {
    std::string key = "socket.io";
    engine::duration requests_timeout{5000};
    bool publish_on_specific_response_channel = false;
    classic_parser parser = classic_parser::msgpack;
};

/// The adapter that shares a fleet with `@socket.io/redis-adapter`: PUBLISH, SUBSCRIBE, and one PSUBSCRIBE
/// for all broadcasts of the namespace.
class classic_adapter final : public fleet_adapter {
  public:
    classic_adapter(adapter_host& host, std::shared_ptr<fleet> shared, const classic_options& options);

    data_form wants() const noexcept override;

  private:
    void listen(channel_port& channels) override;
    void end_listening(channel_port& channels) override;
    std::string command_of(const outgoing_message& message) const override;
    std::string count_command(const std::vector<std::string>& named) const override;
    std::string answers_to(std::string_view uid) const override;

    void on_broadcast(std::string_view channel, std::string_view message);
    void on_request(std::string_view message);
    void on_answer(std::string_view message);

    classic_options options_;
    classic_form form_;
};

}  // namespace kedge::cluster
