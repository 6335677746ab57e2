#pragma once

namespace kedge::transports {

class site;

/// Logs what is easily overlooked until it is too late: that each client takes a descriptor, where few may be
/// open.
void warn_of_few_descriptors(const site& first);

}  // namespace kedge::transports
