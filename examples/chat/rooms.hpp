#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <kedge/server.hpp>

#include "nodes.hpp"

namespace chat {

/// One thing that was said. With a type it announces a picture, whose bytes come beside it.
struct entry {
    std::uint64_t id = 0;
    std::string who;  // the page that said it; two people may have one name
    std::string from;
    std::string text;
    std::string type;
    double at = 0;  // milliseconds since 1970, as JavaScript counts
};

/// Somebody in a room, as the page lists them.
struct member {
    std::string name;
    int protocol = 0;
    std::string transport;
};

/// Something that was said, as the servers of one chat tell each other.
struct note {
    std::string room;
    std::string key;
    entry said;
};

/// The last things said in each room, for those who come in. Shared by all threads of the server.
class history {
  public:
    /// `node`: numbers of what is said on different servers differ.
    explicit history(unsigned node) : node_(node) {}

    struct added {
        entry what;
        bool again = false;  ///< it was said before: the page had not heard that it arrived
    };
    /// `key` is the page's own name for what it says, by which it is known when it comes again.
    added add(const std::string& room, const std::string& key, entry said);
    std::vector<entry> of(const std::string& room);
    /// What was said on another server, where it belongs by its time.
    void take(const note& from);
    std::vector<note> all();

  private:
    struct past {
        std::deque<entry> entries;
        std::deque<std::pair<std::string, entry>> keys;
    };
    void keep(past& in, const std::string& key, const entry& said);

    unsigned node_;
    std::mutex lock_;
    std::unordered_map<std::string, past> rooms_;
    std::uint64_t last_id_ = 0;
};

/// Puts the chat on the server's main namespace.
void serve_rooms(kedge::server& io, const membership& of);

}  // namespace chat

template <>
struct kedge::json<chat::entry> {
    static constexpr auto fields =
        kedge::fields(kedge::field("id", &chat::entry::id), kedge::field("who", &chat::entry::who),
                      kedge::field("from", &chat::entry::from), kedge::field("text", &chat::entry::text),
                      kedge::field("type", &chat::entry::type), kedge::field("at", &chat::entry::at));
};

template <>
struct kedge::json<chat::note> {
    static constexpr auto fields =
        kedge::fields(kedge::field("room", &chat::note::room), kedge::field("key", &chat::note::key),
                      kedge::field("said", &chat::note::said));
};

template <>
struct kedge::json<chat::member> {
    static constexpr auto fields = kedge::fields(kedge::field("name", &chat::member::name),
                                                 kedge::field("protocol", &chat::member::protocol),
                                                 kedge::field("transport", &chat::member::transport));
};
