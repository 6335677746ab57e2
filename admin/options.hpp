#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <kedge/admin/session_store.hpp>

namespace kedge::admin {

/// The login of operators: a name, and a password of which only the hash is known here.
struct basic_auth {
    std::string username{};
    /// As bcrypt hashes it: "$2b$10$…", of `mkpasswd -m bcrypt` or `htpasswd -nB`. A cost from 4 to 16.
    std::string password{};
};

/// Whoever reaches the server is an operator.
struct no_auth {};

/// One of the two; there is no default.
class authentication {
  public:
    authentication(basic_auth who) noexcept : basic_(std::move(who)) {}
    authentication(no_auth) noexcept {}

    const std::optional<basic_auth>& basic() const noexcept { return basic_; }

  private:
    std::optional<basic_auth> basic_;
};

enum class mode : std::uint8_t {
    development,  ///< operators see every socket, room and event, and the data of both
    production,   ///< they see figures alone
};

/// What can be set for the operators' page, under the reference's names.
struct options {
    authentication auth;
    /// The namespace that the page connects to. Not "/".
    std::string namespace_name = "/admin";
    /// Operators look and do nothing.
    bool readonly = false;
    /// What the page calls this server: one name for each server of a fleet. Default the machine's name, and
    /// the process's number behind it where the server has an adapter to other servers.
    std::string server_id{};
    /// Where logins are kept, so that an operator who returns is known. Default in this process, for a day.
    std::shared_ptr<session_store> store{};
    admin::mode mode = admin::mode::development;
};

}  // namespace kedge::admin
