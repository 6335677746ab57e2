#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/net/listener.hpp>
#include <kedge/transports/net/stream.hpp>

namespace kedge::transports {

/// Echoes each byte; a '>' moves the connection to the next worker, with the bytes behind it.
class wanderer final : public mortal, private stream_owner {
  public:
    wanderer(worker& at, detached_stream from, const std::vector<worker*>& all)
        : stream_(at, std::move(from), static_cast<stream_owner&>(*this)), all_(all) {}

  private:
    void on_bytes(std::span<char> bytes) override {
        const std::string_view text(bytes.data(), bytes.size());
        const std::size_t sign = text.find('>');
        stream_.write(text.substr(0, sign));
        if (sign == std::string_view::npos) return;
        stream_.write(">");
        worker& here = stream_.home();
        auto deliver = std::make_shared<const connected>([&all = all_](worker& to, detached_stream moved) {
            to.own(std::make_unique<wanderer>(to, std::move(moved), all));
        });
        hand_over(*all_[(here.index() + 1) % all_.size()], stream_.release(text.substr(sign + 1)),
                  std::move(deliver));
        here.bury(*this);
    }
    void on_end() override {
        stream_.close();
        stream_.home().bury(*this);
    }
    void on_fault() noexcept override { stream_.home().bury(*this); }

    stream stream_;
    const std::vector<worker*>& all_;
};

/// Workers on threads of their own, behind one listener whose connections wander among them.
class wandering_workers {
  public:
    explicit wandering_workers(unsigned count, std::shared_ptr<tls_context> tls = {}) {
        for (unsigned i = 0; i < count; ++i)
            all_.push_back(workers_.emplace_back(std::make_unique<worker>(i)).get());
        listen_options options;
        options.where.host = "127.0.0.1";
        options.tls = std::move(tls);
        gate_ = std::make_unique<listener>(
            *all_[0], all_, std::move(options), [this](worker& to, detached_stream stream) {
                to.own(std::make_unique<wanderer>(to, std::move(stream), all_));
            });
        for (auto* each : all_) threads_.emplace_back([each] { each->run(); });
    }
    ~wandering_workers() {
        for (auto* each : all_) each->stop();
        for (auto& thread : threads_) thread.join();
        gate_.reset();
    }
    wandering_workers(const wandering_workers&) = delete;
    wandering_workers& operator=(const wandering_workers&) = delete;

    std::uint16_t port() const noexcept { return gate_->port(); }
    std::size_t connections() const {
        std::size_t sum = 0;
        for (const auto* each : all_) sum += each->connections();
        return sum;
    }

  private:
    std::vector<std::unique_ptr<worker>> workers_;
    std::vector<worker*> all_;
    std::unique_ptr<listener> gate_;
    std::vector<std::thread> threads_;
};

}  // namespace kedge::transports
