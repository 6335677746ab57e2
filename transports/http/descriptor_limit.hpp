#pragma once

namespace kedge::transports {

class http_share;

/// Logs what is easily overlooked until it is too late: that each client takes a descriptor, where few may be
/// open.
void warn_of_few_descriptors(const http_share& first);

}  // namespace kedge::transports
