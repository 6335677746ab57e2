#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <kedge/socketio/rooms/adapter_host.hpp>
#include <kedge/socketio/wire/codec.hpp>

#include <test/engine/fake_loop.hpp>

namespace kedge::testing {

/// A namespace with several workers on the test's thread: what is posted to one waits until the test lets it
/// run.
class scripted_host final : public adapter_host {
  public:
    explicit scripted_host(unsigned workers) : queues_(workers) {}

    /// Lets a worker do what was posted to it.
    void turn(unsigned worker) {
        for (auto& each : std::exchange(queues_[worker], {})) on(worker, each);
    }
    bool waits(unsigned worker) const { return !queues_[worker].empty(); }
    template <class F>
    void on(unsigned worker, F&& work) {
        const unsigned before = std::exchange(here_, worker);
        work();
        here_ = before;
    }
    /// An event as an adapter that wants JSON gets it.
    static packet_ptr event(const std::string& name) {
        return broadcast_packet::event(json_parser(), "/", std::nullopt, name, {},
                                       {.wanted = data_form::json});
    }

    fake_loop clock;
    std::vector<std::string>
        delivered;  ///< "worker:event", with "@offset" if it has one, ">id" if it is for one, and
                    ///< "-id" if it is not for one

    const std::string& nsp() const noexcept override { return nsp_; }
    void log(log_level, std::string_view, std::span<const log_record::field>) const override {}
    const std::optional<recovery_options>& recovery() const noexcept override { return recovery_; }
    unsigned workers() const noexcept override { return static_cast<unsigned>(queues_.size()); }
    std::optional<unsigned> here() const noexcept override { return here_; }
    void run(unsigned worker, engine::task work) override {
        worker == here_ ? work() : post(worker, std::move(work));
    }
    void post(unsigned worker, engine::task work) override { queues_[worker].push_back(std::move(work)); }
    void on_worker(engine::task work) override { work(); }
    std::function<void(engine::task)> way_back() const override {
        return [](engine::task work) { work(); };
    }
    engine::loop& loop() const noexcept override { return const_cast<fake_loop&>(clock); }
    boost::asio::execution_context* context(unsigned) const noexcept override { return nullptr; }
    packet_ptr make_event(const event_data& data, const broadcast_flags&, std::string offset) const override {
        const packet_head head{packet_type::event, "/", std::nullopt};
        event_data_writer form(data);
        const auto write = [&](writer& to) { form.write(to, offset); };
        return std::make_shared<const broadcast_packet>(json_parser(), head, write,
                                                        packet_making{.offset = offset});
    }
    packet_ptr make_question(const event_data&, const broadcast_flags&) override { return nullptr; }
    void deliver(packet_ptr packet, broadcast_options to) override { deliver_here(*packet, to); }
    void deliver_here(const broadcast_packet& packet, const broadcast_options& to) override {
        std::string others;
        for (const auto& each : to.except) others += "-" + each;
        note(packet, others);
    }
    void deliver_to(std::string_view id, const broadcast_packet& packet, const broadcast_flags&) override {
        note(packet, ">" + std::string(id));
    }
    void ask(packet_ptr, broadcast_options, completion<std::size_t>, completion<value>) override {}
    void raise(const event_data&, completion<value>) override {}
    bool has_room(std::string_view) const override { return true; }
    void rooms(completion<std::vector<std::string>>) override {}
    void sockets(std::vector<std::string>, completion<std::vector<std::string>>) override {}
    void rooms_of(std::string, completion<std::optional<std::vector<std::string>>>) override {}
    void describe(broadcast_options, completion<std::vector<socket_details>>) override {}
    void join(broadcast_options, std::vector<std::string>) override {}
    void leave(broadcast_options, std::vector<std::string>) override {}
    void disconnect(broadcast_options, bool) override {}
    void cut(std::string_view) override {}

  private:
    void note(const broadcast_packet& packet, const std::string& to) {
        const auto& offset = packet.offset();
        delivered.push_back(std::to_string(here_) + ":" + std::string(packet.data()[0].as_string()) +
                            (offset.empty() ? "" : "@" + offset) + to);
    }

    std::string nsp_ = "/";
    std::optional<recovery_options> recovery_;
    unsigned here_ = 0;
    std::vector<std::deque<engine::task>> queues_;
};

}  // namespace kedge::testing
