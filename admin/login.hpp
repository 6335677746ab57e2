#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <kedge/admin/attempts.hpp>
#include <kedge/admin/options.hpp>
#include <kedge/admin/page.hpp>
#include <kedge/admin/password.hpp>
#include <kedge/admin/verifier.hpp>
#include <kedge/socketio/events/next.hpp>
#include <kedge/socketio/face/socket.hpp>

namespace kedge::admin {

/// Lets those into the operators' namespace who know the password, or have said it before. It costs the
/// workers nothing, and strangers cannot try often.
class login : public std::enable_shared_from_this<login> {
  public:
    /// Throws std::invalid_argument for what is no hash of a password.
    login(std::shared_ptr<page> to, basic_auth who, std::shared_ptr<session_store> store);

    /// Lets nobody in any more: the server goes. Whoever waits keeps this alive until then.
    void close() { verifier_.end(); }
    /// Answers for a socket that wants to enter, now or later.
    void decide(const socket& one, const next& answer);

  private:
    void check_password(const socket& one, const next& answer);
    void accept(const socket& one, const next& answer);
    void refuse(const socket& one, const next& answer, std::string_view why) const;

    const std::shared_ptr<page> to_;
    const std::string username_;
    const std::shared_ptr<session_store> store_;
    attempts attempts_;
    verifier verifier_;
};

}  // namespace kedge::admin
