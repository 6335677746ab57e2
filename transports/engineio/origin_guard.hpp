#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine/request.hpp>
#include <kedge/transports/engineio/middleware.hpp>

namespace kedge::transports {

/// Which pages may open sessions, for servers that know their users by cookies: to be given as
/// `allow_request`.
///
/// A page of any origin can make a browser send requests here, cookies included. Who it is, is told by
/// headers that pages cannot set: `Origin`, which comes with every websocket and POST and with what goes from
/// one origin to another, but not with a page's own GETs; `Sec-Fetch-Site`; `Referer`. What none of them
/// speaks for is no page, or one of an old browser that could read the answer only if it were a script: as
/// such it is refused when it brings cookies.
class origin_guard {
  public:
    /// `others`: origins besides the server's own, such as "https://example.com"; "null" is what files and
    /// sandboxes say, of any origin.
    explicit origin_guard(std::vector<std::string> others = {});

    /// Who may open a session.
    bool allows(const engine::request& asking) const;
    /// Judges a handshake.
    void operator()(const engine::request_ptr& asking, const admission& decide) const;

  private:
    bool knows(std::string_view origin, const engine::request& asking) const;

    std::vector<std::string> others_;
};

}  // namespace kedge::transports
