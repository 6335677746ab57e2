#pragma once

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <utility>

/// What all examples have in common: switches of the command line, and a first line that says where they
/// listen.
namespace example {

/// What a program was told: `--name value`, of the names that it knows, and a number alone for `--port`. What
/// it does not know or cannot take is said, and ends it with 2; `--help` shows what it knows.
class switches {
  public:
    /// Each name that is known, with what it is when it was not given. `port` is always known.
    using names = std::map<std::string, std::string, std::less<>>;

    switches(int count, char** arguments, names known = {}) : values_(std::move(known)) {
        values_.emplace("port", "3000");
        const std::string_view path = arguments[0];
        program_ = path.substr(path.rfind('/') + 1);
        for (int i = 1; i < count; ++i) {
            std::string_view name = arguments[i];
            if (name == "--help") help();
            if (!name.starts_with('-')) {
                set("port", name);
                continue;
            }
            name.remove_prefix(name.starts_with("--") ? 2 : 0);
            if (!values_.contains(name)) refuse(std::string(arguments[i]) + " is not known");
            if (i + 1 == count) refuse(std::string(arguments[i]) + " wants a value");
            set(name, arguments[++i]);
        }
    }

    const std::string& text(std::string_view name) const { return values_.find(name)->second; }
    bool given(std::string_view name) const { return !text(name).empty(); }

    unsigned number(std::string_view name, unsigned most) const {
        const std::string& digits = text(name);
        unsigned value = 0;
        const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (failure != std::errc() || end != digits.data() + digits.size() || value > most)
            refuse("--" + std::string(name) + " wants a number from 0 to " + std::to_string(most) +
                   ", not \"" + digits + '"');
        return value;
    }

    std::uint16_t port(std::string_view name = "port") const {
        return static_cast<std::uint16_t>(number(name, 65535));
    }
    unsigned threads() const { return number("threads", 1024); }

  private:
    void set(std::string_view name, std::string_view value) { values_.find(name)->second = value; }

    std::string usage() const {
        std::string line = "usage: " + program_;
        for (const auto& [name, value] : values_)
            line += " [--" + name + (value.empty() ? " …]" : " " + value + "]");
        return line + '\n';
    }

    [[noreturn]] void help() const {
        std::cout << usage();
        std::exit(0);
    }

    [[noreturn]] void refuse(const std::string& why) const {
        std::cerr << program_ << ": " << why << '\n' << usage();
        std::exit(2);
    }

    std::string program_;
    names values_;
};

inline void say_where(std::uint16_t port) {
    std::cout << "listening on http://127.0.0.1:" << port << std::endl;
}

}  // namespace example
