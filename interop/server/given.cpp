#include "given.hpp"

namespace interop {

std::vector<std::string> texts(const kedge::value& from) {
    if (from.is_string()) return {std::string(from.as_string())};
    return from.to<std::vector<std::string>>().value_or(std::vector<std::string>());
}

kedge::arguments rest(const kedge::arguments& from, std::size_t skipped) {
    kedge::arguments some;
    for (std::size_t i = skipped; i < from.size(); ++i) some.push_back(from[i]);
    return some;
}

}  // namespace interop
