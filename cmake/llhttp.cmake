# llhttp: Debian ships the generated C sources (package node-llhttp); compile them strictly. Defines kedge_llhttp.
find_path(LLHTTP_SOURCE_DIR llhttp.c PATHS /usr/share/llhttp NO_DEFAULT_PATH)
find_path(LLHTTP_INCLUDE_DIR llhttp.h PATHS /usr/share/include/llhttp /usr/include)
if(NOT LLHTTP_SOURCE_DIR OR NOT LLHTTP_INCLUDE_DIR)
  message(FATAL_ERROR "llhttp's sources were not found: install the Debian package node-llhttp (script/bootstrap does)")
endif()
file(GLOB llhttp_sources ${LLHTTP_SOURCE_DIR}/*.c)
add_library(kedge_llhttp OBJECT ${llhttp_sources})
target_include_directories(kedge_llhttp SYSTEM PUBLIC ${LLHTTP_INCLUDE_DIR})
# Strict mode is what refuses a space before the colon and a stray CR after a chunk.
target_compile_definitions(kedge_llhttp PUBLIC LLHTTP_STRICT_MODE=1)
target_compile_options(kedge_llhttp PRIVATE -w)
