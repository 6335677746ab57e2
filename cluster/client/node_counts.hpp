#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <kedge/cluster/redis/outbox.hpp>
#include <kedge/cluster/redis/resp_value.hpp>

namespace kedge::cluster {

/// A question whose answer is the sum of what all nodes answer: names and numbers. Who cannot answer counts
/// as nothing, as long as somebody can.
class node_counts {
  public:
    node_counts(std::size_t asked, command_answer told) : open_(asked), told_(std::move(told)) {}

    /// One node's answer. The last one ends it.
    void add(resp_value reply);

  private:
    void tell();

    std::size_t open_;
    command_answer told_;
    std::vector<std::pair<std::string, std::int64_t>> sums_;
    std::string error_;
};

}  // namespace kedge::cluster
