#include <algorithm>
#include <new>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <kedge/transports/loop/poll_set_kinds.hpp>

namespace kedge::transports {

namespace {

using boost::asio::posix::stream_descriptor;

/// async_wait for each descriptor. It reports levels, so it waits again only where want() asked for it.
class wait_set final : public poll_set {
  public:
    wait_set(boost::asio::io_context& context, poll_sink& sink)
        : context_(context), sink_(sink), anchor_(std::make_shared<wait_set*>(this)) {}
    ~wait_set() override {
        *anchor_ = nullptr;
        for (auto& [descriptor, each] : members_) each.handle.release();
    }

    void add(int descriptor, pollable& who) override {
        // Who fails here must not close what is not his yet.
        const auto made =
            members_.emplace(descriptor, member{stream_descriptor(context_), &who, ++generation_}).first;
        try {
            made->second.handle.assign(descriptor);
        } catch (...) {
            members_.erase(made);
            throw;
        }
        want(descriptor, ready::read);
    }
    bool replace(int descriptor, pollable& from, pollable& to) noexcept override {
        forget_in_batch(from);
        const auto found = members_.find(descriptor);
        if (found == members_.end()) return false;
        found->second.who = &to;
        want(descriptor, ready::read);
        return true;
    }
    void remove(int descriptor, pollable& who) noexcept override {
        forget_in_batch(who);
        const auto found = members_.find(descriptor);
        if (found == members_.end()) return;
        found->second.handle.release();
        members_.erase(found);
    }
    void want(int descriptor, ready what) noexcept override {
        const auto found = members_.find(descriptor);
        if (found == members_.end()) return;
        member& it = found->second;
        bool& waits = what == ready::read ? it.waits_read : it.waits_write;
        if (std::exchange(waits, true)) return;
        try {
            begin_wait(it, descriptor, what);
        } catch (const std::bad_alloc&) {
            waits = false;
            unheard_ = true;
        }
    }

    void dispatch() override {
        batch_ = std::exchange(arrived_, {});
        for (std::size_t i = 0; i < batch_.size(); ++i) {
            const auto [who, what] = batch_[i];
            if (who) sink_.on_ready(*who, what);
        }
        batch_.clear();
    }
    /// What found no memory to wait with waits from the next turn's end on.
    void arm() override {
        if (!std::exchange(unheard_, false)) return;
        for (auto& [descriptor, each] : members_) {
            want(descriptor, ready::read);
            want(descriptor, ready::write);
        }
    }
    bool empty() const noexcept override { return members_.empty(); }

  private:
    struct member {
        stream_descriptor handle;
        pollable* who;
        std::uint64_t generation;  // descriptors are used again, and completions may come late
        bool waits_read = false;
        bool waits_write = false;
    };
    struct event {
        pollable* who;
        ready what;
    };

    void begin_wait(member& it, int descriptor, ready what) {
        const auto side = what == ready::read ? stream_descriptor::wait_read : stream_descriptor::wait_write;
        it.handle.async_wait(side, [anchor = anchor_, descriptor, generation = it.generation,
                                    what](const boost::system::error_code& error) {
            if (!error && *anchor) (*anchor)->on_event(descriptor, generation, what);
        });
    }
    void on_event(int descriptor, std::uint64_t generation, ready what) {
        const auto found = members_.find(descriptor);
        if (found == members_.end() || found->second.generation != generation) return;
        (what == ready::read ? found->second.waits_read : found->second.waits_write) = false;
        // Whether the peer has hung up is not told here: reading until nothing is left finds out.
        if (what == ready::read) what = what | ready::hang_up;
        arrived_.push_back({found->second.who, what});
        sink_.on_wake();
    }
    void forget_in_batch(pollable& who) noexcept {
        for (auto* list : {&batch_, &arrived_})
            for (event& each : *list)
                if (each.who == &who) each.who = nullptr;
    }

    boost::asio::io_context& context_;
    poll_sink& sink_;
    std::shared_ptr<wait_set*> anchor_;  // for completions that outlive this
    std::unordered_map<int, member> members_;
    std::vector<event> arrived_;
    std::vector<event> batch_;
    std::uint64_t generation_ = 0;
    bool unheard_ = false;
};

}  // namespace

std::unique_ptr<poll_set> make_wait_set(boost::asio::io_context& context, poll_sink& sink) {
    return std::make_unique<wait_set>(context, sink);
}

}  // namespace kedge::transports
