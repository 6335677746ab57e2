# cpack -G DEB (script/package): libkedge0.1 (named for its soname), libkedge-dev and kedge-demo. The demo is the chat of
# examples/, with a systemd unit that is installed but neither enabled nor started.
if(TARGET example_chat)
  install(PROGRAMS $<TARGET_FILE:example_chat> DESTINATION ${CMAKE_INSTALL_BINDIR} RENAME kedge-demo COMPONENT demo)
  # It was linked to be run where it was built.
  install(CODE "file(RPATH_REMOVE FILE \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/kedge-demo\")"
    COMPONENT demo)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/examples/chat/public/ DESTINATION ${CMAKE_INSTALL_DATADIR}/kedge/demo COMPONENT demo)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/node_modules/socket.io-client-2/dist/
    DESTINATION ${CMAKE_INSTALL_DATADIR}/kedge/demo/client2 COMPONENT demo OPTIONAL)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/node_modules/@socket.io/admin-ui/ui/dist/
    DESTINATION ${CMAKE_INSTALL_DATADIR}/kedge/demo/operators COMPONENT demo OPTIONAL PATTERN "*.map" EXCLUDE)
  install(FILES ${PROJECT_SOURCE_DIR}/cmake/debian/kedge-demo.service
    DESTINATION lib/systemd/system COMPONENT demo)
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME kedge)
set(CPACK_PACKAGE_CONTACT "The Kedge maintainers <maintainers@kedge.invalid>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL runtime dev demo)
# A matter of Debian's packages alone, and not of what is installed otherwise.
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/debian/finish.cmake)
# A synopsis has no article, and no line of a description more than 80 letters.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Socket.IO server in C++20")
string(CONCAT kedge_described
  "Clients of Socket.IO of every generation connect to servers that are made\n"
  "with it, unchanged, over WebSocket, HTTP long-polling or JSONP, whatever\n"
  "their network lets through.\n.\nThis package has")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR})
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS OFF)

get_target_property(kedge_soversion kedge SOVERSION)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME libkedge${kedge_soversion})
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "${kedge_described} the shared library.")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/cmake/debian/triggers)

set(CPACK_DEBIAN_DEV_PACKAGE_NAME libkedge-dev)
set(CPACK_COMPONENT_DEV_DESCRIPTION "${kedge_described} the headers.")
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS
  "${CPACK_DEBIAN_RUNTIME_PACKAGE_NAME} (= ${PROJECT_VERSION}), libssl-dev, libpcre2-dev, zlib1g-dev, libbrotli-dev, libcrypt-dev")

set(CPACK_DEBIAN_DEMO_PACKAGE_NAME kedge-demo)
set(CPACK_COMPONENT_DEMO_DESCRIPTION "${kedge_described} a chat to look at.")
set(CPACK_DEBIAN_DEMO_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/cmake/debian/conffiles)
set(CPACK_DEBIAN_DEMO_PACKAGE_SECTION web)
set(CPACK_DEBIAN_DEMO_PACKAGE_DEPENDS "${CPACK_DEBIAN_RUNTIME_PACKAGE_NAME} (= ${PROJECT_VERSION})")

include(CPack)
