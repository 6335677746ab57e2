#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/cluster/messages/node_message.hpp>
#include <kedge/cluster/redis/resp_value.hpp>
#include <kedge/engine/function.hpp>
#include <kedge/engine/keyed_hash.hpp>
#include <kedge/engine/loop.hpp>
#include <kedge/socketio/events/ack_error.hpp>

namespace kedge::cluster {

/// What Redis says of the nodes: how many listen, and which of those that were named do.
struct node_count {
    std::size_t listening = 0;  ///< this node included
    std::vector<bool> present;  ///< of each that was asked about
};

/// Of the answer to PUBSUB NUMSUB about the channel of all, and then that of each node named; nothing when it
/// is none.
std::optional<node_count> node_count_of(const resp_value& reply);

/// How many servers a question went to, and how many of them have answered or can no longer.
class tally {
  public:
    void count(const node_count& now, const std::vector<std::string>& named);
    void on_response(std::string_view uid);

    /// Nothing more is to be expected.
    bool complete() const noexcept { return asked_ != 0 && answered_ + 1 >= listening_ + gone_.size(); }
    std::size_t answered() const noexcept { return answered_; }
    /// Why the answers are not all of them, if they are not.
    ack_error verdict(ack_error::cause why) const noexcept;
    /// The nodes that have answered and told their names.
    std::vector<std::string> named() const { return {told_.begin(), told_.end()}; }
    std::size_t expected() const noexcept { return listening_ + gone_.size(); }
    bool gone(const std::string& uid) const { return gone_.contains(uid); }

  private:
    std::size_t asked_ = 0;      // that listened then, this node included; 0: not known yet
    std::size_t listening_ = 0;  // those of them that still do
    std::size_t answered_ = 0;
    std::set<std::string> told_;
    std::set<std::string> gone_;
};

/// A question to the other nodes that is open. On the worker where Redis is.
class question {
  public:
    virtual ~question() = default;

    /// An answer, from whatever node. What makes no sense is passed over.
    virtual void on_response(const node_message& response) = 0;
    /// It is known anew who is there.
    virtual void on_count() {}
    virtual bool over() const { return count.complete(); }
    /// It is over. With an error, what came is all that will.
    virtual void end(ack_error why) = 0;

    tally count;
};

/// The open questions of a namespace. One ends when all nodes have answered, when those that have not are
/// gone, or at its deadline, whichever is first; who has gone is found out by asking Redis again and again.
class question_table {
  public:
    using counted = engine::unique_function<void(std::optional<node_count>)>;
    /// Asks Redis who listens; nothing when Redis is not there.
    using counter = std::function<void(const std::vector<std::string>& named, counted then)>;

    question_table(engine::loop& home, counter ask);
    ~question_table();

    /// Counts the nodes for the first time, too.
    void open(std::string id, std::unique_ptr<question> what, engine::duration timeout);
    /// False when it is nobody's answer.
    bool on_response(const node_message& response);
    /// Looks whether a question is over by now.
    void check(const std::string& id);
    std::size_t size() const noexcept { return open_.size(); }
    /// Ends all that are open.
    void end_all();

  private:
    struct entry;

    void ask_for(entry& which);
    void on_count(const std::string& id, const std::vector<std::string>& named,
                  std::optional<node_count> now);
    void end(const std::string& id, ack_error::cause why);

    engine::loop& home_;
    counter ask_;
    engine::keyed_map<std::string, std::unique_ptr<entry>> open_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace kedge::cluster
