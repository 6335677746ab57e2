# cmake --install: the public headers with what they include, the library, find_package(kedge CONFIG), pkg-config; and the
# Debian packages of cpack.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(kedge_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/kedge)

# The doors, include/kedge/*.hpp, and of the floors behind them no more than the doors lead to.
file(GLOB kedge_headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/include/kedge/*.hpp)
set(kedge_unread ${kedge_headers})
while(kedge_unread)
  list(POP_FRONT kedge_unread header)
  file(STRINGS ${PROJECT_SOURCE_DIR}/include/${header} lines REGEX "^ *# *include <kedge/")
  foreach(line ${lines})
    string(REGEX REPLACE ".*<(.*)>.*" "\\1" included ${line})
    if(NOT included IN_LIST kedge_headers)
      list(APPEND kedge_headers ${included})
      list(APPEND kedge_unread ${included})
    endif()
  endforeach()
endwhile()
foreach(header ${kedge_headers})
  get_filename_component(folder ${header} DIRECTORY)
  install(FILES ${PROJECT_SOURCE_DIR}/include/${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/${folder} COMPONENT dev)
endforeach()

install(TARGETS kedge EXPORT kedge_targets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT dev
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev)
install(EXPORT kedge_targets NAMESPACE kedge:: FILE kedge-targets.cmake DESTINATION ${kedge_cmake_dir} COMPONENT dev)

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/kedge-config.cmake.in
  ${PROJECT_BINARY_DIR}/kedge-config.cmake INSTALL_DESTINATION ${kedge_cmake_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/kedge-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/kedge-config.cmake ${PROJECT_BINARY_DIR}/kedge-config-version.cmake
  DESTINATION ${kedge_cmake_dir} COMPONENT dev)

# A static library hands its own needs on to who links it; a shared one has them inside.
if(BUILD_SHARED_LIBS)
  set(kedge_pc_needs "Requires.private")
else()
  set(kedge_pc_needs "Requires")
  # llhttp's name in pkg-config is not the same everywhere.
  if(KEDGE_LLHTTP_LIBRARY)
    set(kedge_pc_llhttp " -lllhttp")
  endif()
endif()
file(RELATIVE_PATH kedge_pc_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(${PROJECT_SOURCE_DIR}/cmake/kedge.pc.in ${PROJECT_BINARY_DIR}/kedge.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/kedge.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)
