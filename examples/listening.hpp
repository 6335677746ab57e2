#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string_view>

/// What all examples have in common: `--port N`, and a first line that says where they listen.
namespace example {

inline std::uint16_t port(int count, char** arguments) {
    for (int i = 1; i + 1 < count; ++i)
        if (std::string_view(arguments[i]) == "--port")
            return static_cast<std::uint16_t>(std::atoi(arguments[i + 1]));
    return 3000;
}

inline void say_where(std::uint16_t port) {
    std::cout << "listening on http://127.0.0.1:" << port << std::endl;
}

}  // namespace example
