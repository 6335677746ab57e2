# llhttp, the HTTP/1 parser. Debian ships its generated C sources (package node-llhttp), which are compiled into Kedge;
# where a distribution has it as a library (libllhttp-dev), that is used. Defines the target kedge_llhttp and
# KEDGE_LLHTTP_OBJECTS or KEDGE_LLHTTP_LIBRARY, whichever of them kedge itself needs.
find_path(LLHTTP_SOURCE_DIR llhttp.c PATHS /usr/share/llhttp NO_DEFAULT_PATH)
find_path(LLHTTP_INCLUDE_DIR llhttp.h PATHS /usr/share/include/llhttp /usr/include)
find_library(LLHTTP_LIBRARY llhttp)

if(LLHTTP_SOURCE_DIR AND LLHTTP_INCLUDE_DIR)
  file(GLOB llhttp_sources ${LLHTTP_SOURCE_DIR}/*.c)
  add_library(kedge_llhttp OBJECT ${llhttp_sources})
  target_compile_options(kedge_llhttp PRIVATE -w)
  set_target_properties(kedge_llhttp PROPERTIES UNITY_BUILD OFF)
  set(KEDGE_LLHTTP_OBJECTS $<TARGET_OBJECTS:kedge_llhttp>)
  set(llhttp_usage PUBLIC)
elseif(LLHTTP_LIBRARY AND LLHTTP_INCLUDE_DIR)
  add_library(kedge_llhttp INTERFACE)
  target_link_libraries(kedge_llhttp INTERFACE ${LLHTTP_LIBRARY})
  set(KEDGE_LLHTTP_LIBRARY ${LLHTTP_LIBRARY})
  set(llhttp_usage INTERFACE)
else()
  message(FATAL_ERROR "llhttp was not found: install node-llhttp (Debian 12, Ubuntu 24.04) or libllhttp-dev (Debian 13); script/bootstrap --build does")
endif()
target_include_directories(kedge_llhttp SYSTEM ${llhttp_usage} ${LLHTTP_INCLUDE_DIR})
# Strict mode is what refuses a space before the colon and a stray CR after a chunk.
target_compile_definitions(kedge_llhttp ${llhttp_usage} LLHTTP_STRICT_MODE=1)
