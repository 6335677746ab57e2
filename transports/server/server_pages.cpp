#include <kedge/transports/server/server_pages.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

#include <kedge/transports/engineio/metrics.hpp>
#include <kedge/transports/pages/plain_answer.hpp>
#include <kedge/transports/pages/process_figures.hpp>
#include <kedge/transports/server/engine_server.hpp>

namespace kedge::transports {

routes::handler readiness(const engine_server& of) {
    return [&of](const exchange& asked) {
        if (refuse_writing(asked)) return;
        const bool closing = of.closing();
        reply_text(asked, closing ? 503 : 200, plain_text, closing ? "closing\n" : "ready\n");
    };
}

routes::handler metrics(const engine_server& of, std::vector<figure_source> others) {
    return [&of, others = std::move(others)](const exchange& asked) {
        if (refuse_writing(asked)) return;
        std::vector<figure> told;
        for (const figure_source& each : others) {
            std::vector<figure> more = each();
            std::move(more.begin(), more.end(), std::back_inserter(told));
        }
        reply_text(asked, 200, prometheus_content_type,
                   prometheus_text(of.stats(), told) + prometheus_text(read_process_figures()));
    };
}

}  // namespace kedge::transports
