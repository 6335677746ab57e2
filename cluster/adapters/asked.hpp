#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <kedge/cluster/adapters/question.hpp>
#include <kedge/engine/function.hpp>
#include <kedge/engine/keyed_hash.hpp>
#include <kedge/socketio/rooms/adapter.hpp>

namespace kedge::cluster {

/// The way to the worker that asked.
using way_back = std::function<void(engine::task)>;

/// fetch_sockets(): begins with those of this server.
class fetch_question final : public question {
  public:
    using told = adapter::completion<ack_error, std::vector<socket_details>>;
    fetch_question(way_back back, std::vector<socket_details> here, told done)
        : back_(std::move(back)), found_(std::move(here)), done_(std::move(done)) {}

    void on_response(const node_message& response) override;
    void end(ack_error why) override;

  private:
    way_back back_;
    std::vector<socket_details> found_;
    told done_;
};

/// server_side_emit() whose answers are wanted.
class emit_question final : public question {
  public:
    using told = adapter::completion<ack_error, std::vector<value>>;
    emit_question(way_back back, told done) : back_(std::move(back)), done_(std::move(done)) {}

    void on_response(const node_message& response) override;
    void end(ack_error why) override;

  private:
    way_back back_;
    std::vector<value> replies_;
    told done_;
};

/// The part of the others in a broadcast whose recipients answer.
class ask_question final : public question {
  public:
    ask_question(way_back back, std::shared_ptr<broadcast_answers> answers)
        : back_(std::move(back)), answers_(std::move(answers)) {}

    void on_response(const node_message& response) override;
    void on_count() override;
    bool over() const override;
    void end(ack_error why) override;

  private:
    void expect();
    template <class F>
    void tell(F&& what);

    way_back back_;
    std::shared_ptr<broadcast_answers> answers_;
    // Recipients that owe an answer, by node: below zero when answers come before their number.
    engine::keyed_map<std::string, std::ptrdiff_t> pending_;
    std::size_t expected_ = 0;
};

/// Asks the others to let a client go that has come here. Over as soon as the one that had it has.
class recall_question final : public question {
  public:
    explicit recall_question(engine::task then) : then_(std::move(then)) {}

    void on_response(const node_message& response) override {
        if (response.what != verb::recalled) return;
        count.on_response(response.uid);
        found_ = found_ || response.data.as_boolean();
    }
    bool over() const override { return found_ || count.complete(); }
    void end(ack_error) override { then_(); }

  private:
    engine::task then_;
    bool found_ = false;
};

}  // namespace kedge::cluster
