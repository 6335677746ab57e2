#pragma once

#include <cstdint>
#include <string>

#include <node_api.h>

#include <kedge/node/addon/javascript.hpp>
#include <kedge/transports/net/rope.hpp>

namespace kedge::node {

/// Where a websocket's bytes leave that has no descriptor: JavaScript writes them to the stream below it.
class outlet final : public transports::stream_outlet {
  public:
    outlet(javascript& above, napi_value websocket);
    ~outlet() override;
    outlet(const outlet&) = delete;
    outlet& operator=(const outlet&) = delete;

    bool write(std::string bytes) override;
    void end() noexcept override;

  private:
    javascript& above_;
    napi_ref websocket_ = nullptr;
};

}  // namespace kedge::node
