#include <kedge/transports/engineio/server_pages.hpp>

#include <kedge/transports/engineio/engine_server.hpp>
#include <kedge/transports/engineio/metrics.hpp>
#include <kedge/transports/pages/plain_answer.hpp>

namespace kedge::transports {

routes::handler readiness(const engine_server& of) {
    return [&of](const exchange& asked) {
        if (refuse_writing(asked)) return;
        const bool closing = of.closing();
        reply_text(asked, closing ? 503 : 200, plain_text, closing ? "closing\n" : "ready\n");
    };
}

routes::handler metrics(const engine_server& of) {
    return [&of](const exchange& asked) {
        if (!refuse_writing(asked))
            reply_text(asked, 200, prometheus_content_type, prometheus_text(of.stats()));
    };
}

}  // namespace kedge::transports
