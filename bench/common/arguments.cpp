#include <bench/common/arguments.hpp>
#include <cstdio>
#include <cstdlib>

namespace bench {

arguments::arguments(int count, char** words) {
    for (int i = 1; i < count; i += 2) {
        const std::string name = words[i];
        if (name.rfind("--", 0) != 0 || i + 1 == count) {
            std::fprintf(stderr, "%s: expected --name value, found %s\n", words[0], words[i]);
            std::exit(2);
        }
        values_[name.substr(2)] = words[i + 1];
    }
}

std::string arguments::text(const std::string& name, const std::string& otherwise) const {
    const auto found = values_.find(name);
    return found == values_.end() ? otherwise : found->second;
}

long arguments::number(const std::string& name, long otherwise) const {
    const auto found = values_.find(name);
    return found == values_.end() ? otherwise : std::strtol(found->second.c_str(), nullptr, 10);
}

}  // namespace bench
