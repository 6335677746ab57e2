#pragma once

#include <vector>

#include <kedge/transports/engineio/figure.hpp>
#include <kedge/transports/pages/routes.hpp>

namespace kedge::transports {

class engine_server;

/// Answers 200, and 503 from the moment the server begins to close: a readiness check (/readyz). The server
/// must outlive the handler.
routes::handler readiness(const engine_server& of);
/// Answers the server's figures in the text format of Prometheus (/metrics), those of fronts that share its
/// port, and what the operating system says of the process. The server must outlive the handler.
routes::handler metrics(const engine_server& of, std::vector<figure_source> others = {});

}  // namespace kedge::transports
