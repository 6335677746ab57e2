#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/transports/http/exchange.hpp>

namespace kedge::transports {

/// How a folder of files is served.
struct static_options {
    /// The Cache-Control of every answer. Default: cached, and asked after each time.
    std::string cache_control = "public, max-age=0";
    /// Files that answer for their folder, in order of preference. Default index.html.
    std::vector<std::string> index{"index.html"};
    /// Extensions that are tried when a path names no file: {"html"} lets /about answer about.html. Default
    /// none.
    std::vector<std::string> extensions;
    /// Whether names that begin with a dot are served. Default no: they answer 404.
    bool dot_files = false;
    /// Use file.br and file.gz beside a file for clients that accept them. Default yes.
    bool precompressed = true;
    /// The largest text file, in bytes, that is compressed when no compressed one lies beside it; 0 = none.
    /// Default 1 MiB. Beyond 4 MiB in a second, and where the result is larger than a quarter of
    /// `cache_bytes`, files are sent as they are.
    std::size_t compress_up_to = std::size_t{1} << 20;
    /// How many bytes of compressed files are kept in memory. Default 16 MiB.
    std::size_t cache_bytes = std::size_t{16} << 20;
};

/// Serves the files of a folder: types, conditional and partial requests, compression. Files are read piece
/// by piece as the client takes them. Whatever does not lie below the folder, links resolved, does not exist.
/// Copies share one state; any thread may use it.
class static_folder {
  public:
    /// Throws std::invalid_argument when `folder` is not a folder that can be read.
    explicit static_folder(const std::string& folder, static_options options = {});

    /// Answers a GET or a HEAD for `path` (undecoded, beginning with a slash). False, and nothing was
    /// answered, for another method or when nothing is there. Throws std::system_error when it cannot be told
    /// for want of descriptors or memory: let it leave the handler, and the client gets a 500.
    bool serve(const exchange& asked, std::string_view path) const;
    /// The same for the path of the request below a mount point such as "/assets"; "" for the root.
    bool serve_below(const exchange& asked, std::string_view mount) const;
    /// As a request handler: 404 when nothing is there, 405 for another method.
    void operator()(const exchange& asked) const;

  private:
    struct state;
    std::shared_ptr<state> state_;
};

}  // namespace kedge::transports
