#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <kedge/transports/syntax/header_list.hpp>

namespace kedge::engine {
class request;
}

namespace kedge::transports {

/// Which origins may read answers: everybody, one, those of a list, those that a function allows, or the one
/// that asks.
class cors_origin {
  public:
    using predicate = std::function<bool(std::string_view origin)>;
    struct anybody {};    ///< "*"
    struct reflected {};  ///< whoever asks
    struct off {};        ///< no CORS at all

    cors_origin() = default;  ///< anybody
    cors_origin(const char* one) : cors_origin(std::string(one)) {}
    /// "*" is anybody, an empty text turns CORS off; any other is sent as it is, whoever asks.
    cors_origin(std::string one);
    cors_origin(std::vector<std::string> list) : rule_(std::move(list)) {}
    cors_origin(predicate allowed) : rule_(std::move(allowed)) {}
    /// True reflects the origin that asks; false turns CORS off.
    cors_origin(bool reflect);

    bool enabled() const noexcept { return !std::holds_alternative<off>(rule_); }

    /// Sets Access-Control-Allow-Origin and Vary as the rule demands for this origin.
    void write(std::optional<std::string_view> asking, header_list& to) const;

  private:
    bool allows(std::optional<std::string_view> asking) const;
    std::variant<anybody, reflected, off, std::string, std::vector<std::string>, predicate> rule_;
};

/// The reference's `cors` option, with its defaults.
struct cors_options {
    cors_origin origin{};      ///< Default anybody.
    bool credentials = false;  ///< Access-Control-Allow-Credentials. Default no.
    std::string methods = "GET,HEAD,PUT,PATCH,POST,DELETE";
    std::vector<std::string> allowed_headers{};  ///< Default: those that the preflight asks for.
    std::vector<std::string> exposed_headers{};  ///< Default none.
    std::optional<long> max_age{};               ///< Seconds. Default: not said.
    int options_success_status = 204;            ///< Status of a preflight's answer.
    bool preflight_continue = false;             ///< Pass preflights on instead of answering them.
};

/// Adds what the options say to the headers of the answer. Returns the status when the request is a preflight
/// that is answered now, with these headers and no body; nothing when it is to be served.
std::optional<int> apply_cors(const cors_options& options, const engine::request& asking, header_list& to);

}  // namespace kedge::transports
