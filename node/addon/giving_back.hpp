#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <kedge/engine/request.hpp>
#include <kedge/transports/http/http_front.hpp>

namespace kedge::node {

/// A connection that is Node's from here on: its descriptor, what was read from it, and what has not left
/// yet.
struct given_back {
    int descriptor;
    std::string_view read;
    std::string_view unsent;
    const engine::request& first;
};

/// Whose requests are Node's: those for other paths, and of the engine's whatever has to be decided there.
/// With the request goes its connection, as it came.
class giving_back final : public transports::http_front {
  public:
    /// Whether a request of the engine's is Node's all the same.
    using judge = std::function<bool(std::string_view sid)>;
    using taker = std::function<void(const given_back& what)>;

    giving_back(transports::http_share& home, std::string prefix, judge of_node, taker take);

    bool serves(const engine::request& asked) const noexcept override;
    void admit(transports::connection& at) override;

  private:
    bool is_nodes(const engine::request& asked) const;
    int decrypted(transports::connection& at);

    transports::http_share& home_;
    std::string prefix_;
    judge of_node_;
    taker take_;
};

}  // namespace kedge::node
