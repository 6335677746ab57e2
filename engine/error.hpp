#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace kedge::engine {

/// Why a session ended, spelt by to_string() exactly as the reference server spells it.
enum class close_reason : std::uint8_t {
    transport_close,  ///< the peer closed the websocket, the TCP connection, or sent a close packet
    transport_error,  ///< the transport failed or the peer broke its rules
    ping_timeout,     ///< no life sign within the heartbeat's time
    parse_error,      ///< a packet could not be decoded
    forced_close,     ///< the server closed the session
};
std::string_view to_string(close_reason reason) noexcept;

/// Why a handshake or a request was refused: the `code` of the JSON error body.
enum class refusal_code : std::uint8_t {
    unknown_transport = 0,
    unknown_sid = 1,
    bad_handshake_method = 2,
    bad_request = 3,
    forbidden = 4,
    unsupported_protocol = 5,
};

/// A refused handshake or request: what is answered, and what `connection_error` tells the application.
struct refusal {
    refusal_code code = refusal_code::bad_request;
    std::string message;                                       ///< the standard one of the code
    std::vector<std::pair<std::string, std::string>> context;  ///< e.g. {"name","TRANSPORT_MISMATCH"}

    /// What the client is told: the message of the context, where the application gave one, or the standard
    /// one.
    std::string_view answer() const noexcept;

    /// The status of a plain HTTP reply (403 for forbidden, else 400); upgrade requests are always answered
    /// 400.
    int status() const noexcept { return code == refusal_code::forbidden ? 403 : 400; }
    /// The body of a plain HTTP reply: {"code":N,"message":"…"}.
    std::string body() const;
};

/// A refusal with the reference's standard message for `code`.
refusal refuse(refusal_code code, std::vector<std::pair<std::string, std::string>> context = {});

/// A value or the reason why there is none.
template <class T, class E = std::string>
class result {
  public:
    result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
    static result failure(E error) { return result(std::in_place_index<1>, std::move(error)); }

    explicit operator bool() const noexcept { return content_.index() == 0; }
    T& value() noexcept { return *std::get_if<0>(&content_); }
    const T& value() const noexcept { return *std::get_if<0>(&content_); }
    E& error() noexcept { return *std::get_if<1>(&content_); }
    const E& error() const noexcept { return *std::get_if<1>(&content_); }

  private:
    result(std::in_place_index_t<1> index, E error) : content_(index, std::move(error)) {}
    std::variant<T, E> content_;
};

}  // namespace kedge::engine
