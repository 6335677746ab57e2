#pragma once

#include <cstddef>
#include <string_view>

namespace kedge::transports {

class connection;

/// Who answers a request that is under way. The connection forgets it as soon as the answer is given.
class responder {
  public:
    /// A piece of the body, for who asked for it.
    virtual void on_body(connection& from, std::string_view bytes) = 0;
    virtual void on_body_end(connection& from) = 0;
    /// Bytes of the body that it keeps until the end has come.
    virtual std::size_t held() const noexcept { return 0; }
    /// The peer left, or its time ran out, before the answer.
    virtual void on_gone(connection& from) = 0;

  protected:
    ~responder() = default;
};

}  // namespace kedge::transports
