#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/transports/http/exchange.hpp>
#include <kedge/transports/pages/static_folder.hpp>

namespace kedge::transports {

/// A request handler that shares requests out by their path: first the exact paths, then folders, the longest
/// mount first. What nobody takes is answered 404. Set it up, then give it to on_request().
class routes {
  public:
    using handler = std::function<void(const exchange&)>;

    /// Requests for exactly this path.
    routes& at(std::string path, handler answer);
    /// The files of a folder, below a mount point; "/" for all paths.
    routes& folder(std::string mount, static_folder files);

    void operator()(const exchange& asked) const;

  private:
    struct exact {
        std::string path;
        handler answer;
    };
    struct mounted {
        std::string mount;  // without a slash at its end
        static_folder files;
    };
    std::vector<exact> exact_;
    std::vector<mounted> folders_;
};

/// Answers 200 as long as the process answers at all: a liveness check (/healthz).
routes::handler health();

}  // namespace kedge::transports
