#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <node_api.h>

#include <kedge/transports/engineio/server_options.hpp>
#include <kedge/transports/net/listen_socket.hpp>
#include <kedge/transports/net/tls.hpp>

namespace kedge::node {

/// The properties of an object of JavaScript. What is missing or of another type counts as not given.
class settings final {
  public:
    settings(napi_env env, napi_value object) noexcept : env_(env), object_(object) {}

    bool given(const char* name) const noexcept;
    std::optional<double> number(const char* name) const noexcept;
    std::optional<std::string> text(const char* name) const;
    bool flag(const char* name) const noexcept;
    std::vector<std::string> texts(const char* name) const;
    settings object(const char* name) const noexcept { return {env_, at(name)}; }

    /// Sets `to` where the property is a number.
    template <class Number>
    void read(const char* name, Number& to) const noexcept {
        if (const auto found = number(name)) to = static_cast<Number>(*found);
    }

  private:
    napi_value at(const char* name) const noexcept;
    std::optional<std::string> text_of(napi_value from) const;

    napi_env env_;
    napi_value object_;
};

/// What listen() of JavaScript says, in the words of the library.
transports::server_options options_of(const settings& from);
transports::listen_address address_of(const settings& from);
/// Throws std::runtime_error that says what is wrong.
transports::tls_options tls_of(const settings& from);

}  // namespace kedge::node
