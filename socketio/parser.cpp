#include <socketio/parser.hpp>

namespace kedge {
namespace {

/// How many pieces of storage a thread keeps for reuse, and up to which size.
constexpr std::size_t pool_size = 8;
constexpr std::size_t kept_bytes = 1 << 20;

/// Storage of this thread that is not in use.
template <class Storage>
class storage_pool {
  public:
    std::unique_ptr<Storage> take() {
        if (free_.empty()) return std::make_unique<Storage>();
        auto taken = std::move(free_.back());
        free_.pop_back();
        return taken;
    }

    void give(std::unique_ptr<Storage> used) noexcept {
        used->clear();
        if (free_.size() < pool_size) free_.push_back(std::move(used));
    }

    storage_pool() { free_.reserve(pool_size); }

  private:
    std::vector<std::unique_ptr<Storage>> free_;
};

template <class Storage>
storage_pool<Storage>& pool() {
    thread_local storage_pool<Storage> of_this_thread;
    return of_this_thread;
}

}  // namespace

void packet_storage::clear() noexcept {
    packet = {};
    tape.clear();
    texts.clear();
    text = {};
    attachments = {};
}

decoded decoded::failure(std::string_view what) noexcept {
    decoded made;
    made.error_ = what;
    return made;
}

decoded decoded::lease() {
    decoded made;
    made.storage_.reset(pool<packet_storage>().take().release());
    return made;
}

void decoded::give_back::operator()(packet_storage* used) const noexcept {
    pool<packet_storage>().give(std::unique_ptr<packet_storage>(used));
}

void encode_storage::clear() noexcept {
    if (buffer.capacity() > kept_bytes) {
        buffer = {};
    } else {
        buffer.clear();
    }
    attachments.clear();
}

encoded encoded::lease() {
    encoded made;
    made.storage_.reset(pool<encode_storage>().take().release());
    return made;
}

void encoded::give_back::operator()(encode_storage* used) const noexcept {
    pool<encode_storage>().give(std::unique_ptr<encode_storage>(used));
}

}  // namespace kedge
