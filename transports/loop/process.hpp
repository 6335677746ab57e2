#pragma once

#include <chrono>
#include <string>

namespace kedge::transports {

// Who this process is, as operators know it.

/// The name of the machine.
std::string host_name();
int process_id() noexcept;
/// How long the process has run; where the system does not tell, since this was asked first.
std::chrono::duration<double> process_uptime();

}  // namespace kedge::transports
