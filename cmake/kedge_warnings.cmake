# The warnings that all of Kedge's own code must compile clean under.
function(kedge_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
endfunction()
