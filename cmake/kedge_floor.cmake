# kedge_floor(name): one floor of the house, from the sources in its folder and its corridors, as the object library kedge_<name>.
# Each floor is compiled with its own include rights: a third party that belongs to another floor is not found.
function(kedge_floor name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${name}/*.cpp)
  if(NOT sources)
    file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/${name}_empty.cpp CONTENT "")
    set(sources ${PROJECT_BINARY_DIR}/${name}_empty.cpp)
  endif()
  add_library(kedge_${name} OBJECT ${sources})
  target_include_directories(kedge_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
  target_compile_features(kedge_${name} PUBLIC cxx_std_20)
  kedge_warnings(kedge_${name})
endfunction()
