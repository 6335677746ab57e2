#pragma once

#include <exception>
#include <string>

namespace kedge {

/// What an exception says of itself, for reports; of one that is no std::exception: that it is unknown.
std::string message_of(const std::exception_ptr& thrown);

}  // namespace kedge
