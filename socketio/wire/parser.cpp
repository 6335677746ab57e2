#include <kedge/socketio/wire/parser.hpp>

namespace kedge {
namespace {

/// How many pieces of storage a thread keeps for reuse, and up to which size.
constexpr std::size_t pool_size = 8;
constexpr std::size_t kept_bytes = 4 << 20;

/// Storage of this thread that is not in use.
template <class Storage>
class storage_pool {
  public:
    static std::unique_ptr<Storage> take() {
        auto* const pool = of_this_thread();
        if (!pool || pool->free_.empty()) return std::make_unique<Storage>();
        auto taken = std::move(pool->free_.back());
        pool->free_.pop_back();
        return taken;
    }

    static void give(std::unique_ptr<Storage> used) noexcept {
        used->clear();
        auto* const pool = of_this_thread();
        if (pool && pool->free_.size() < pool_size) pool->free_.push_back(std::move(used));
    }

  private:
    storage_pool() { free_.reserve(pool_size); }
    ~storage_pool() { gone_ = true; }

    /// Null when the thread is ending: what a destructor of the program's still emits then gets storage of
    /// its own.
    static storage_pool* of_this_thread() {
        if (gone_) return nullptr;
        thread_local storage_pool pool;
        return &pool;
    }

    static inline thread_local bool gone_ = false;
    std::vector<std::unique_ptr<Storage>> free_;
};

}  // namespace

void packet_storage::clear() noexcept {
    packet = {};
    tape.clear();
    texts.clear();
    std::string().swap(text);
    std::vector<engine::message_ptr>().swap(attachments);
}

decoded decoded::failure(std::string_view what) noexcept {
    decoded made;
    made.error_ = what;
    return made;
}

decoded decoded::lease() {
    decoded made;
    made.storage_.reset(storage_pool<packet_storage>::take().release());
    return made;
}

void decoded::give_back::operator()(packet_storage* used) const noexcept {
    storage_pool<packet_storage>::give(std::unique_ptr<packet_storage>(used));
}

void encode_storage::clear() noexcept {
    if (buffer.capacity() > kept_bytes) {
        std::string().swap(buffer);
    } else {
        buffer.clear();
    }
    attachments.clear();
}

encoded encoded::lease() {
    encoded made;
    made.storage_.reset(storage_pool<encode_storage>::take().release());
    return made;
}

void encoded::give_back::operator()(encode_storage* used) const noexcept {
    storage_pool<encode_storage>::give(std::unique_ptr<encode_storage>(used));
}

}  // namespace kedge
