#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <kedge/transports/http/resident.hpp>
#include <kedge/transports/http/responder.hpp>

namespace kedge::transports {
class connection;
class http_share;
}  // namespace kedge::transports

namespace kedge::sockjs {

/// A request that brings messages: collects its body, of at most `limit` bytes, and gives it to `done`, which
/// answers. Lives on its share until then.
class message_request final : public transports::resident, private transports::responder {
  public:
    using receive = std::function<void(transports::connection&, std::string body)>;

    static void begin(transports::connection& at, std::size_t limit, receive done);

    message_request(transports::http_share& home, std::size_t limit, receive done);
    void wind_up() override {}

  private:
    void on_body(transports::connection& from, std::string_view bytes) override;
    void on_body_end(transports::connection& from) override;
    std::size_t held() const noexcept override { return body_.capacity(); }
    void on_gone(transports::connection& from) override;

    transports::http_share& home_;
    std::size_t limit_;
    receive done_;
    std::string body_;
};

}  // namespace kedge::sockjs
