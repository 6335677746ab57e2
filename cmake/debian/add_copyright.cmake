# Puts the copyright file into the folder of each package that cpack is about to make.
foreach(each runtime=libkedge dev=libkedge-dev demo=kedge-demo)
  string(REPLACE "=" ";" each ${each})
  list(GET each 0 component)
  list(GET each 1 package)
  if(EXISTS ${CPACK_TEMPORARY_DIRECTORY}/${component})
    file(COPY ${CMAKE_CURRENT_LIST_DIR}/copyright DESTINATION ${CPACK_TEMPORARY_DIRECTORY}/${component}/usr/share/doc/${package})
  endif()
endforeach()
