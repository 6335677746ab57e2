# What Debian wants in a package beyond what is installed otherwise; cpack runs it on the folders that become packages.
set(kedge_files ${CMAKE_CURRENT_LIST_DIR})
string(TIMESTAMP kedge_now "%a, %d %b %Y %H:%M:%S +0000" UTC)

# Compressed as Debian's tools do it.
function(kedge_compress file)
  execute_process(COMMAND gzip -9nf ${file} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# Programs and libraries, without the names that only debuggers read.
function(kedge_strip folder)
  file(GLOB_RECURSE files ${folder}/usr/bin/* ${folder}/usr/lib/*.so.*)
  foreach(file ${files})
    if(NOT IS_SYMLINK ${file})
      execute_process(COMMAND strip --strip-unneeded --remove-section=.comment --remove-section=.note ${file}
        COMMAND_ERROR_IS_FATAL ANY)
    endif()
  endforeach()
endfunction()

function(kedge_finish component package)
  set(folder ${CPACK_TEMPORARY_DIRECTORY}/${component})
  if(NOT EXISTS ${folder})
    return()
  endif()
  kedge_strip(${folder})
  file(COPY ${kedge_files}/copyright DESTINATION ${folder}/usr/share/doc/${package})
  configure_file(${kedge_files}/changelog.in ${folder}/usr/share/doc/${package}/changelog @ONLY)
  kedge_compress(${folder}/usr/share/doc/${package}/changelog)
  if(EXISTS ${kedge_files}/${component}.overrides)
    configure_file(${kedge_files}/${component}.overrides ${folder}/usr/share/lintian/overrides/${package} @ONLY)
  endif()
endfunction()

kedge_finish(runtime ${CPACK_DEBIAN_RUNTIME_PACKAGE_NAME})
kedge_finish(dev libkedge-dev)
kedge_finish(demo kedge-demo)

set(kedge_demo ${CPACK_TEMPORARY_DIRECTORY}/demo)
if(EXISTS ${kedge_demo})
  configure_file(${kedge_files}/kedge-demo.default ${kedge_demo}/etc/default/kedge-demo COPYONLY)
  configure_file(${kedge_files}/kedge-demo.1 ${kedge_demo}/usr/share/man/man1/kedge-demo.1 COPYONLY)
  kedge_compress(${kedge_demo}/usr/share/man/man1/kedge-demo.1)
endif()
