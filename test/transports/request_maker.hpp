#pragma once

#include <initializer_list>
#include <string_view>

#include <kedge/engine/request.hpp>

namespace kedge::transports {

/// A request as the parser would make it.
inline engine::request make_request(std::string_view method,
                                    std::initializer_list<engine::header_field> headers,
                                    std::string_view target = "/") {
    return engine::request(method, target, 1, {headers.begin(), headers.size()}, {}, false);
}

}  // namespace kedge::transports
