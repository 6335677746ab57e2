#pragma once

#include <functional>
#include <memory>

namespace kedge {

class adapter;
class adapter_host;

/// Makes the adapter of a namespace.
using adapter_factory = std::function<std::unique_ptr<adapter>(adapter_host& host)>;

}  // namespace kedge
