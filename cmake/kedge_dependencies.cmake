# What Kedge is built on. Everything but Threads stays behind the library: no public header needs it.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET libpcre2-8)
pkg_check_modules(BROTLIENC REQUIRED IMPORTED_TARGET libbrotlienc)
find_path(RAPIDJSON_INCLUDE_DIR rapidjson/reader.h REQUIRED)
