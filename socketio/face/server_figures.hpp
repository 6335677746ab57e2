#pragma once

#include <memory>

#include <kedge/transports/engineio/figure.hpp>

namespace kedge {

class namespaces;

/// What the Socket.IO side of a server tells of itself.
transports::figure_source figures_of(std::shared_ptr<const namespaces> of);

}  // namespace kedge
