#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <kedge/cluster/adapters/kin_talk.hpp>
#include <kedge/cluster/adapters/ordered_adapter.hpp>
#include <kedge/cluster/adapters/shared_order.hpp>
#include <kedge/cluster/messages/classic_form.hpp>

namespace kedge::cluster {

struct classic_options {
    std::string key = "socket.io";
    engine::duration requests_timeout{5000};
    bool publish_on_specific_response_channel = false;
    classic_parser parser = classic_parser::msgpack;
    /// Whether all who listen hear all in one order: one Redis, not a cluster of them.
    bool one_order = true;
};

/// The adapter that shares a fleet with `@socket.io/redis-adapter`: PUBLISH, SUBSCRIBE, and one PSUBSCRIBE
/// for all broadcasts of the namespace. With recovery, clients may return to another Kedge node; Node's
/// notice nothing of it.
class classic_adapter final : public ordered_adapter {
  public:
    classic_adapter(adapter_host& host, std::shared_ptr<fleet> shared, const classic_options& options);

    void init() override;
    data_form wants() const noexcept override;
    bool recovers() const noexcept override { return order_.has_value(); }

  private:
    void listen(channel_port& channels) override;
    void end_listening(channel_port& channels) override;
    std::string command_of(const outgoing_message& message) const override;
    std::string count_command(const std::vector<std::string>& named) const override;
    std::string answers_to(std::string_view uid) const override;

    std::string command_in_order(const outgoing_message& message, std::uint64_t ticket) const override;
    void when_kept(const std::string& from, verdict then) override {
        order_->when_kept(from, std::move(then));
    }
    std::string later_of(const std::string& one, const std::string& other) const override {
        return order_->later_of(one, other);
    }
    void collect(std::shared_ptr<catching_up> who, verdict then) override;
    void ask_kin(outgoing_message message, std::unique_ptr<question> what, engine::duration timeout) override;
    void answer_kin(const outgoing_message& message) override;
    void expect_return(bool more) override { order_->expect_return(more); }

    shared_order::hooks hooks_of_order();
    void look_back(const std::string& whom, const std::string& from, const std::string& until,
                   shared_order::answer then);
    void on_kin(const node_message& asked);
    void on_broadcast(std::string_view channel, std::string_view message);
    void on_request(std::string_view message);
    void on_answer(std::string_view message);

    classic_options options_;
    classic_form form_;
    std::optional<shared_order> order_;  // with recovery
    std::unique_ptr<kin_talk> kin_;      // with recovery, while there is a client
};

}  // namespace kedge::cluster
