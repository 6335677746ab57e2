vcpkg_download_distfile(ARCHIVE
  URLS "@ARCHIVE@"
  FILENAME "kedge-@VERSION@.tar.gz"
  SHA512 @SHA512@)
vcpkg_extract_source_archive(SOURCE_PATH ARCHIVE "${ARCHIVE}")

# The names of Brotli and PCRE2 come from pkg-config, and llhttp is the library of vcpkg, not the source of Debian.
vcpkg_find_acquire_program(PKGCONFIG)
vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS
    -DKEDGE_BUILD_TESTS=OFF
    -DKEDGE_BUILD_EXAMPLES=OFF
    -DKEDGE_BUILD_NODE=OFF
    -DKEDGE_BUILD_BENCH=OFF
    -DLLHTTP_SOURCE_DIR=
    "-DPKG_CONFIG_EXECUTABLE=${PKGCONFIG}")
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/kedge)
vcpkg_fixup_pkgconfig()

file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include")
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
