#include <kedge/transports/pages/static_folder.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#if __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#include <sys/syscall.h>
#endif

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <span>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <kedge/transports/pages/byte_ranges.hpp>
#include <kedge/transports/pages/compressed_cache.hpp>
#include <kedge/transports/pages/file_body.hpp>
#include <kedge/transports/pages/file_path.hpp>
#include <kedge/transports/pages/mime.hpp>
#include <kedge/transports/syntax/content_coding.hpp>
#include <kedge/transports/syntax/http_conditions.hpp>
#include <kedge/transports/syntax/http_response.hpp>

namespace kedge::transports {
namespace {

// A file that was found, in one of its representations.
struct found_file {
    std::shared_ptr<const open_file> file;
    std::string place;
    std::string_view type;
    std::uint64_t size = 0;
    std::time_t modified = 0;
    std::string etag;
    content_coding coding = content_coding::identity;
    compressed_cache::bytes made;  // set when the representation is in memory
};

struct opened {
    std::shared_ptr<const open_file> file;
    struct stat facts {};
};

// The file may well be there: caches must not be told that it is not.
bool out_of_something(int error) noexcept {
    return error == EMFILE || error == ENFILE || error == ENOMEM;
}

// Opens a place that has no links in its path: one that is put there meanwhile is not followed, where the
// system can say so. O_NONBLOCK: a FIFO in the folder must not stop the server.
int open_linkless(const char* place) noexcept {
    constexpr int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
#ifdef SYS_openat2
    open_how how{};
    how.flags = flags;
    how.resolve = RESOLVE_NO_SYMLINKS;
    const auto descriptor = static_cast<int>(::syscall(SYS_openat2, AT_FDCWD, place, &how, sizeof how));
    if (descriptor >= 0 || (errno != ENOSYS && errno != EPERM)) return descriptor;
#endif
    return ::open(place, flags);
}

// Only regular files and folders are of use.
std::optional<opened> open_at(const std::string& place) {
    const int descriptor = open_linkless(place.c_str());
    if (descriptor < 0 && out_of_something(errno))
        throw std::system_error(errno, std::system_category(), "static_folder: cannot open " + place);
    if (descriptor < 0) return std::nullopt;
    opened result{std::make_shared<open_file>(descriptor), {}};
    if (::fstat(descriptor, &result.facts) != 0) return std::nullopt;
    return result;
}

std::string make_etag(const struct stat& facts, content_coding coding) {
    auto etag = '"' + std::to_string(facts.st_size) + '-' + std::to_string(facts.st_mtim.tv_sec) + '-' +
                std::to_string(facts.st_mtim.tv_nsec / 1000);
    if (coding != content_coding::identity) etag += '-' + std::string(to_string(coding));
    return etag + '"';
}

found_file describe(const std::string& place, opened what) {
    found_file result;
    result.type = mime_type(place);
    result.size = static_cast<std::uint64_t>(what.facts.st_size);
    result.modified = what.facts.st_mtim.tv_sec;
    result.etag = make_etag(what.facts, content_coding::identity);
    result.file = std::move(what.file);
    result.place = place;
    return result;
}

bool varies(const found_file& file) {
    return compressible(file.type);
}

header_list headers_of(const found_file& file, const static_options& options) {
    header_list headers;
    headers.add("Accept-Ranges", "bytes");
    headers.add("Cache-Control", options.cache_control);
    headers.add("Last-Modified", format_http_date(file.modified));
    headers.add("ETag", file.etag);
    if (varies(file)) headers.vary("Accept-Encoding");
    if (file.coding != content_coding::identity) headers.add("Content-Encoding", to_string(file.coding));
    return headers;
}

std::string content_range(const byte_range& range, std::uint64_t size) {
    return "bytes " + std::to_string(range.first) + '-' + std::to_string(range.last) + '/' +
           std::to_string(size);
}

void reply_with(const exchange& asked, int status, header_list headers, std::shared_ptr<file_body> body) {
    const auto length = body->length();
    asked.reply(status, std::move(headers), length,
                [body](std::span<char> into) { return body->read(into); });
}

void reply_one_range(const exchange& asked, header_list headers, const found_file& file, byte_range range) {
    headers.add("Content-Type", file.type);
    headers.add("Content-Range", content_range(range, file.size));
    auto body = std::make_shared<file_body>(file.file);
    body->add(range);
    reply_with(asked, 206, std::move(headers), std::move(body));
}

void reply_ranges(const exchange& asked, header_list headers, const found_file& file,
                  const std::vector<byte_range>& ranges) {
    constexpr std::string_view boundary = "kedge-part-5b1f0c7e93d24a68";
    headers.add("Content-Type", "multipart/byteranges; boundary=" + std::string(boundary));
    auto body = std::make_shared<file_body>(file.file);
    for (const auto& range : ranges) {
        body->add("\r\n--" + std::string(boundary) + "\r\nContent-Type: " + std::string(file.type) +
                  "\r\nContent-Range: " + content_range(range, file.size) + "\r\n\r\n");
        body->add(range);
    }
    body->add("\r\n--" + std::string(boundary) + "--\r\n");
    reply_with(asked, 206, std::move(headers), std::move(body));
}

void reply_whole(const exchange& asked, header_list headers, const found_file& file) {
    headers.add("Content-Type", file.type);
    if (file.made) return asked.reply(200, std::move(headers), *file.made);
    auto body = std::make_shared<file_body>(file.file);
    if (file.size > 0) body->add(byte_range{0, file.size - 1});
    reply_with(asked, 200, std::move(headers), std::move(body));
}

void reply_file(const exchange& asked, const found_file& file, const static_options& options) {
    const auto& head = asked.request();
    const validators state{file.etag, file.modified};
    auto headers = headers_of(file, options);
    switch (weigh_conditions(head, state)) {
        case condition::not_modified:
            return asked.reply(304, std::move(headers));
        case condition::precondition_failed:
            return asked.reply(412);
        case condition::proceed:
            break;
    }
    const auto range = head.find("range");
    const bool partial = range && head.method() == "GET" && !file.made &&
                         file.coding == content_coding::identity && range_applies(head, state);
    if (!partial) return reply_whole(asked, std::move(headers), file);
    const auto wanted = read_ranges(*range, file.size);
    if (wanted.kind == range_request::verdict::whole) return reply_whole(asked, std::move(headers), file);
    if (wanted.kind == range_request::verdict::unsatisfiable) {
        headers.add("Content-Range", "bytes */" + std::to_string(file.size));
        return asked.reply(416, std::move(headers));
    }
    if (wanted.ranges.size() == 1)
        return reply_one_range(asked, std::move(headers), file, wanted.ranges.front());
    reply_ranges(asked, std::move(headers), file, wanted.ranges);
}

// A folder's name without its slash would make the page's relative links wrong.
void redirect_to_folder(const exchange& asked) {
    const auto query = asked.request().query_string();
    std::string location(asked.request().path());
    location += '/';
    if (!query.empty()) location.append("?").append(query);
    header_list headers;
    headers.add("Location", location);
    asked.reply(301, std::move(headers));
}

std::string real_folder(const std::string& folder) {
    char real[PATH_MAX];
    struct stat facts {};
    if (!realpath(folder.c_str(), real) || ::stat(real, &facts) != 0 || !S_ISDIR(facts.st_mode))
        throw std::invalid_argument("static_folder: \"" + folder + "\" is not a folder that can be read");
    return real;
}

}  // namespace

struct static_folder::state {
    state(const std::string& folder, static_options given)
        : root(real_folder(folder)), options(std::move(given)), cache(options.cache_bytes) {}

    std::optional<opened> open_below(const std::string& relative, std::string& place) const;
    std::optional<found_file> find_file(const std::string& relative) const;
    std::optional<found_file> find_index(const std::string& relative) const;
    std::optional<found_file> find_with_extension(const std::string& relative) const;
    bool use_neighbour(found_file& file, content_coding coding) const;
    void use_compressed(found_file& file, content_coding coding);
    void choose_representation(found_file& file, const engine::request& head);

    std::string root;
    static_options options;
    compressed_cache cache;
};

std::optional<opened> static_folder::state::open_below(const std::string& relative,
                                                       std::string& place) const {
    const auto found = place_below(root, relative);
    if (!found) return std::nullopt;
    place = *found;
    return open_at(place);
}

std::optional<found_file> static_folder::state::find_file(const std::string& relative) const {
    std::string place;
    auto what = open_below(relative, place);
    if (!what || !S_ISREG(what->facts.st_mode)) return std::nullopt;
    return describe(place, std::move(*what));
}

std::optional<found_file> static_folder::state::find_index(const std::string& relative) const {
    for (const auto& name : options.index)
        if (auto found = find_file(relative + name)) return found;
    return std::nullopt;
}

std::optional<found_file> static_folder::state::find_with_extension(const std::string& relative) const {
    for (const auto& extension : options.extensions)
        if (auto found = find_file(std::string(relative).append(".").append(extension))) return found;
    return std::nullopt;
}

// file.br or file.gz, unless it is older than the file itself.
bool static_folder::state::use_neighbour(found_file& file, content_coding coding) const {
    if (!options.precompressed) return false;
    auto beside = open_at(file.place + (coding == content_coding::brotli ? ".br" : ".gz"));
    if (!beside || !S_ISREG(beside->facts.st_mode) || beside->facts.st_mtim.tv_sec < file.modified)
        return false;
    file.file = std::move(beside->file);
    file.size = static_cast<std::uint64_t>(beside->facts.st_size);
    file.etag = make_etag(beside->facts, coding);
    file.coding = coding;
    return true;
}

void static_folder::state::use_compressed(found_file& file, content_coding coding) {
    if (file.size > options.compress_up_to || file.size < compression_options{}.threshold) return;
    const auto key = std::string(to_string(coding)) + file.etag + file.place;
    const auto size = static_cast<std::size_t>(file.size);
    file.made = cache.find_or_make(key, size, [&]() -> compressed_cache::bytes {
        std::string whole(size, '\0');
        if (file.file->read(0, whole) != whole.size()) return nullptr;
        auto made = compress(coding, whole, {});
        return made ? std::make_shared<const std::string>(std::move(*made)) : nullptr;
    });
    if (!file.made) return;
    file.coding = coding;
    file.etag.insert(file.etag.size() - 1, "-" + std::string(to_string(coding)));
}

void static_folder::state::choose_representation(found_file& file, const engine::request& head) {
    // Ranges are of the plain file: a player that seeks does not want pieces of a compressed stream.
    if (!varies(file) || head.find("range")) return;
    constexpr std::array offered{content_coding::brotli, content_coding::gzip};
    const auto accepted = head.header("accept-encoding").value_or("");
    const auto coding = first_welcome(accepted, offered);
    if (coding == content_coding::identity || use_neighbour(file, coding)) return;
    // What lies there already is better than what has to be made first.
    const auto other = first_welcome(accepted, std::span(offered).subspan(1));
    if (other != coding && other != content_coding::identity && use_neighbour(file, other)) return;
    use_compressed(file, coding);
}

static_folder::static_folder(const std::string& folder, static_options options)
    : state_(std::make_shared<state>(folder, std::move(options))) {}

bool static_folder::serve(const exchange& asked, std::string_view path) const {
    const auto method = asked.request().method();
    if (method != "GET" && method != "HEAD") return false;
    const auto relative = file_path(path, state_->options.dot_files);
    if (!relative) return false;
    const bool names_folder = relative->empty() || relative->back() == '/';
    auto file = names_folder ? state_->find_index(*relative) : state_->find_file(*relative);
    if (!file && !names_folder) {
        if (state_->find_index(*relative + '/')) {
            redirect_to_folder(asked);
            return true;
        }
        file = state_->find_with_extension(*relative);
    }
    if (!file) return false;
    state_->choose_representation(*file, asked.request());
    reply_file(asked, *file, state_->options);
    return true;
}

bool static_folder::serve_below(const exchange& asked, std::string_view mount) const {
    const auto path = asked.request().path();
    if (!path.starts_with(mount) || path.size() == mount.size() || path[mount.size()] != '/') return false;
    return serve(asked, path.substr(mount.size()));
}

void static_folder::operator()(const exchange& asked) const {
    if (serve(asked, asked.request().path())) return;
    const auto method = asked.request().method();
    if (method == "GET" || method == "HEAD") return asked.reply(404);
    header_list headers;
    headers.add("Allow", "GET, HEAD");
    asked.reply(405, std::move(headers));
}

}  // namespace kedge::transports
