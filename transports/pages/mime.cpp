#include <kedge/transports/pages/mime.hpp>

#include <algorithm>
#include <array>

namespace kedge::transports {
namespace {

struct entry {
    std::string_view extension;
    std::string_view type;
};

constexpr std::array types{
    // pages
    entry{"html", "text/html; charset=utf-8"},
    entry{"htm", "text/html; charset=utf-8"},
    entry{"xhtml", "application/xhtml+xml; charset=utf-8"},
    entry{"css", "text/css; charset=utf-8"},
    entry{"js", "text/javascript; charset=utf-8"},
    entry{"mjs", "text/javascript; charset=utf-8"},
    entry{"json", "application/json; charset=utf-8"},
    entry{"map", "application/json; charset=utf-8"},
    entry{"jsonld", "application/ld+json; charset=utf-8"},
    entry{"webmanifest", "application/manifest+json; charset=utf-8"},
    entry{"wasm", "application/wasm"},
    entry{"xml", "application/xml; charset=utf-8"},
    entry{"rss", "application/rss+xml; charset=utf-8"},
    entry{"atom", "application/atom+xml; charset=utf-8"},
    entry{"txt", "text/plain; charset=utf-8"},
    entry{"log", "text/plain; charset=utf-8"},
    entry{"md", "text/markdown; charset=utf-8"},
    entry{"csv", "text/csv; charset=utf-8"},
    entry{"ics", "text/calendar; charset=utf-8"},
    // fonts
    entry{"woff", "font/woff"},
    entry{"woff2", "font/woff2"},
    entry{"ttf", "font/ttf"},
    entry{"otf", "font/otf"},
    entry{"ttc", "font/collection"},
    entry{"eot", "application/vnd.ms-fontobject"},
    // pictures
    entry{"png", "image/png"},
    entry{"jpg", "image/jpeg"},
    entry{"jpeg", "image/jpeg"},
    entry{"gif", "image/gif"},
    entry{"webp", "image/webp"},
    entry{"avif", "image/avif"},
    entry{"apng", "image/apng"},
    entry{"bmp", "image/bmp"},
    entry{"ico", "image/x-icon"},
    entry{"tif", "image/tiff"},
    entry{"tiff", "image/tiff"},
    entry{"svg", "image/svg+xml; charset=utf-8"},
    // sound and film; playlists and segments of HTTP live streaming and DASH
    entry{"mp3", "audio/mpeg"},
    entry{"m4a", "audio/mp4"},
    entry{"aac", "audio/aac"},
    entry{"oga", "audio/ogg"},
    entry{"ogg", "audio/ogg"},
    entry{"opus", "audio/ogg"},
    entry{"wav", "audio/wav"},
    entry{"flac", "audio/flac"},
    entry{"weba", "audio/webm"},
    entry{"mp4", "video/mp4"},
    entry{"m4v", "video/mp4"},
    entry{"webm", "video/webm"},
    entry{"ogv", "video/ogg"},
    entry{"mov", "video/quicktime"},
    entry{"mkv", "video/x-matroska"},
    entry{"m3u8", "application/vnd.apple.mpegurl"},
    entry{"m3u", "audio/mpegurl"},
    entry{"ts", "video/mp2t"},
    entry{"m2ts", "video/mp2t"},
    entry{"m4s", "video/iso.segment"},
    entry{"mpd", "application/dash+xml; charset=utf-8"},
    entry{"vtt", "text/vtt; charset=utf-8"},
    entry{"srt", "application/x-subrip; charset=utf-8"},
    // documents and archives
    entry{"pdf", "application/pdf"},
    entry{"zip", "application/zip"},
    entry{"gz", "application/gzip"},
    entry{"tar", "application/x-tar"},
    entry{"7z", "application/x-7z-compressed"},
    entry{"rtf", "application/rtf"},
};

bool same_ignoring_case(std::string_view lower, std::string_view any) noexcept {
    return std::equal(lower.begin(), lower.end(), any.begin(), any.end(), [](char a, char b) {
        return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
    });
}

}  // namespace

std::string_view mime_type(std::string_view file_name) noexcept {
    const auto dot = file_name.rfind('.');
    if (dot != file_name.npos) {
        const auto extension = file_name.substr(dot + 1);
        for (const auto& each : types)
            if (same_ignoring_case(each.extension, extension)) return each.type;
    }
    return "application/octet-stream";
}

bool compressible(std::string_view content_type) noexcept {
    if (content_type.starts_with("text/") || content_type.find("charset=") != content_type.npos) return true;
    return content_type == "application/vnd.apple.mpegurl" || content_type == "audio/mpegurl" ||
           content_type == "application/wasm" || content_type == "font/ttf" || content_type == "font/otf" ||
           content_type == "application/vnd.ms-fontobject" || content_type == "image/bmp" ||
           content_type == "application/rtf";
}

}  // namespace kedge::transports
