#include <kedge/socketio/face/pattern.hpp>

#include <stdexcept>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace kedge {

// Has a name, since what a pattern is made of is seen by the linker.
namespace pcre {

struct free_pcre {
    void operator()(pcre2_code* code) const noexcept { pcre2_code_free(code); }
    void operator()(pcre2_compile_context* context) const noexcept { pcre2_compile_context_free(context); }
    void operator()(pcre2_match_context* context) const noexcept { pcre2_match_context_free(context); }
    void operator()(pcre2_match_data* data) const noexcept { pcre2_match_data_free(data); }
};
template <class T>
using owned = std::unique_ptr<T, free_pcre>;

}  // namespace pcre

namespace {

using pcre::owned;

/// Far more than any expression for a name needs, and over within a millisecond or so.
constexpr std::uint32_t match_limit = 100000;
constexpr std::uint32_t depth_limit = 10000;
constexpr std::uint32_t heap_limit_kib = 4096;

template <class T>
owned<T> must(T* made) {
    if (!made) throw std::bad_alloc();
    return owned<T>(made);
}

std::uint32_t read_flags(std::string_view flags) {
    // What JavaScript means by an expression, as far as PCRE2 has a word for it.
    std::uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_BSUX |
                            PCRE2_MATCH_UNSET_BACKREF | PCRE2_ALLOW_EMPTY_CLASS | PCRE2_NEVER_BACKSLASH_C;
    for (const char flag : flags) {
        switch (flag) {
            case 'i':
                options |= PCRE2_CASELESS;
                break;
            case 'm':
                options |= PCRE2_MULTILINE;
                break;
            case 's':
                options |= PCRE2_DOTALL;
                break;
            case 'u':
            case 'v':
                break;
            case 'g':
            case 'y':
                throw std::invalid_argument("stateful regular expressions are not supported");
            default:
                throw std::invalid_argument(std::string("kedge::pattern: unknown flag ") + flag);
        }
    }
    return options;
}

std::string explain(std::string_view expression, int code, std::size_t offset) {
    PCRE2_UCHAR text[256] = {};
    pcre2_get_error_message(code, text, sizeof text);
    return "kedge::pattern: \"" + std::string(expression) +
           "\" is not a regular expression: " + reinterpret_cast<const char*>(text) + " at offset " +
           std::to_string(offset);
}

}  // namespace

struct pattern::program {
    owned<pcre2_code> code;
    owned<pcre2_match_context> limits;
};

pattern::pattern(std::string_view expression, std::string_view flags) : expression_(expression) {
    const auto options = read_flags(flags);
    const auto context = must(pcre2_compile_context_create(nullptr));
    pcre2_set_newline(context.get(), PCRE2_NEWLINE_ANYCRLF);
    pcre2_set_compile_extra_options(context.get(), PCRE2_EXTRA_ALT_BSUX);
    auto made = std::make_shared<program>();
    int error = 0;
    std::size_t offset = 0;
    made->code.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression.data()), expression.size(),
                                   options, &error, &offset, context.get()));
    if (!made->code) throw std::invalid_argument(explain(expression, error, offset));
    made->limits = must(pcre2_match_context_create(nullptr));
    pcre2_set_match_limit(made->limits.get(), match_limit);
    pcre2_set_depth_limit(made->limits.get(), depth_limit);
    pcre2_set_heap_limit(made->limits.get(), heap_limit_kib);
    program_ = std::move(made);
}

bool pattern::matches(std::string_view text) const {
    const auto data = must(pcre2_match_data_create(1, nullptr));
    const char* const begin = text.empty() ? "" : text.data();
    return pcre2_match(program_->code.get(), reinterpret_cast<PCRE2_SPTR>(begin), text.size(), 0, 0,
                       data.get(), program_->limits.get()) >= 0;
}

}  // namespace kedge
