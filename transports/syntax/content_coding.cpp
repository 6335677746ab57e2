#include <kedge/transports/syntax/content_coding.hpp>

#include <cmath>
#include <cstdlib>
#include <vector>

#include <brotli/encode.h>
#include <zlib.h>

#include <kedge/transports/syntax/token.hpp>

namespace kedge::transports {

namespace {

/// How much one coding is liked; `exact` when the header names it rather than "*".
struct preference {
    double quality = 0;
    bool exact = false;
    std::size_t place = 0;
};

/// The q parameter; 0 when it is no number, which refuses the coding.
double read_quality(std::string_view parameters) {
    while (!parameters.empty()) {
        std::string_view value = next_list_item(parameters, ';');
        const std::string_view name = next_list_item(value, '=');
        if (name != "q") continue;
        const double quality = std::strtod(std::string(value.substr(0, 16)).c_str(), nullptr);
        return std::isfinite(quality) ? quality : 0;
    }
    return 1;
}

preference preference_of(std::string_view coding, std::string_view accept_encoding) {
    preference best;
    for (std::size_t place = 0; !accept_encoding.empty(); ++place) {
        std::string_view parameters = next_list_item(accept_encoding);
        const std::string_view name = next_list_item(parameters, ';');
        const bool exact = same_token(name, coding);
        if (!exact && name != "*") continue;
        const double quality = read_quality(parameters);
        const bool better = exact == best.exact ? quality > best.quality : exact;
        if (better) best = {quality, exact, place};
    }
    return best;
}

/// The order in which a client likes two codings.
bool preferred(const preference& a, const preference& b) noexcept {
    if (a.quality != b.quality) return a.quality > b.quality;
    if (a.exact != b.exact) return a.exact;
    return a.place < b.place;
}

struct deflate_stream {
    z_stream state{};
    bool ready = false;

    deflate_stream(const compression_options& options, int window_bits) {
        ready = deflateInit2(&state, options.level, Z_DEFLATED, window_bits, options.mem_level,
                             options.strategy) == Z_OK;
    }
    deflate_stream(const deflate_stream&) = delete;
    deflate_stream& operator=(const deflate_stream&) = delete;
    ~deflate_stream() {
        if (ready) deflateEnd(&state);
    }
};

// Close to the best ratio at a hundredth of its time: files are compressed while clients wait.
constexpr int brotli_quality = 5;

std::optional<std::string> compress_brotli(std::string_view body) {
    std::size_t size = BrotliEncoderMaxCompressedSize(body.size());
    std::string compressed(size, '\0');
    const auto done = BrotliEncoderCompress(brotli_quality, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT,
                                            body.size(), reinterpret_cast<const std::uint8_t*>(body.data()),
                                            &size, reinterpret_cast<std::uint8_t*>(compressed.data()));
    if (done != BROTLI_TRUE) return std::nullopt;
    compressed.resize(size);
    return compressed;
}

}  // namespace

std::string_view to_string(content_coding coding) noexcept {
    switch (coding) {
        case content_coding::gzip:
            return "gzip";
        case content_coding::deflate:
            return "deflate";
        case content_coding::brotli:
            return "br";
        case content_coding::identity:
            break;
    }
    return "identity";
}

content_coding choose_coding(std::string_view accept_encoding, std::span<const content_coding> offered) {
    content_coding chosen = content_coding::identity;
    preference best;
    for (const content_coding each : offered) {
        const preference liked = preference_of(to_string(each), accept_encoding);
        if (liked.quality <= 0 || (best.quality > 0 && !preferred(liked, best))) continue;
        best = liked;
        chosen = each;
    }
    return chosen;
}

content_coding first_welcome(std::string_view accept_encoding, std::span<const content_coding> offered) {
    content_coding chosen = content_coding::identity;
    double best = 0;
    for (const content_coding each : offered) {
        const double quality = preference_of(to_string(each), accept_encoding).quality;
        if (quality <= best) continue;
        best = quality;
        chosen = each;
    }
    return chosen;
}

std::optional<std::string> compress(content_coding coding, std::string_view body,
                                    const compression_options& options) {
    if (coding == content_coding::brotli) return compress_brotli(body);
    constexpr int gzip_wrapper = 16;
    const int window_bits = options.window_bits + (coding == content_coding::gzip ? gzip_wrapper : 0);
    deflate_stream stream(options, window_bits);
    if (!stream.ready) return std::nullopt;

    std::string compressed(deflateBound(&stream.state, static_cast<uLong>(body.size())), '\0');
    stream.state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
    stream.state.avail_in = static_cast<uInt>(body.size());
    stream.state.next_out = reinterpret_cast<Bytef*>(compressed.data());
    stream.state.avail_out = static_cast<uInt>(compressed.size());
    if (deflate(&stream.state, Z_FINISH) != Z_STREAM_END) return std::nullopt;
    compressed.resize(stream.state.total_out);
    return compressed;
}

}  // namespace kedge::transports
