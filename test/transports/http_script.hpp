#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/transports/syntax/http_parser.hpp>

namespace kedge::transports {

/// What a conversation with a parser came to, in words: "GET /path", "body abc", "complete", "refused 400".
struct http_script {
    std::vector<std::string> said;
    std::string reason;
    std::string left;  ///< not taken
    std::vector<request_head> heads;

    bool refused(int status) const {
        return !said.empty() && said.back() == "refused " + std::to_string(status);
    }
};

/// Feeds `input` in pieces of `size` bytes until it is used up or refused. Pieces of one body are put
/// together.
inline http_script run_http(std::string_view input, std::size_t size = std::string_view::npos,
                            http_parser parser = http_parser()) {
    http_script script;
    std::string bytes(input);
    std::size_t at = 0;
    bool in_body = false;
    bool again = false;
    while (at < bytes.size() || again) {
        const std::size_t piece = std::min(size, bytes.size() - at);
        http_step step = parser.feed({bytes.data() + at, piece}, {});
        at += step.consumed;
        again = step.what != http_step::kind::need_more;
        switch (step.what) {
            case http_step::kind::need_more:
                break;
            case http_step::kind::head:
                script.said.push_back(std::string(step.head->request.method()) + " " +
                                      std::string(step.head->request.target()));
                script.heads.push_back(std::move(*step.head));
                script.heads.back().raw = {};
                break;
            case http_step::kind::body:
                if (!in_body) script.said.emplace_back("body ");
                script.said.back().append(step.body.data(), step.body.size());
                break;
            case http_step::kind::complete:
                script.said.emplace_back("complete");
                if (script.heads.back().request.upgrade()) {
                    script.left = bytes.substr(at);
                    return script;
                }
                again = false;
                break;
            case http_step::kind::refused:
                script.said.push_back("refused " + std::to_string(step.status));
                script.reason = step.reason;
                return script;
        }
        in_body = step.what == http_step::kind::body || (in_body && step.what == http_step::kind::need_more);
    }
    return script;
}

}  // namespace kedge::transports
