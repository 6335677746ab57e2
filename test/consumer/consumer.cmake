# The program, and the folder of its own headers, before Kedge's (OWN_HEADERS=BEFORE) or behind them (AFTER).
add_executable(consumer ${CMAKE_CURRENT_LIST_DIR}/main.cpp)
target_link_libraries(consumer PRIVATE kedge::kedge)
if(NOT OWN_HEADERS)
  set(OWN_HEADERS BEFORE)
endif()
target_include_directories(consumer ${OWN_HEADERS} PRIVATE ${CMAKE_CURRENT_LIST_DIR}/own)
