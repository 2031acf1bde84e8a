# What the scripts of this folder are made of.

# Runs a command and leaves what it said in `output`; fails with that where it does not end well.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output TIMEOUT 300)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\nended with ${result}:\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

# Fails unless the text is in `output`.
function(expect text)
  string(FIND "${output}" "${text}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "not found: ${text}\nin:\n${output}")
  endif()
endfunction()

# Configures and builds the project in `project` as somebody does who has the installed SDK and no source tree: in `build`, by
# COMPILER, with FLAGS, through LAUNCHER where there is one. SDK: the prefix. Further arguments are for the configuring.
function(build_with_sdk project build)
  set(launcher "")
  if(LAUNCHER)
    set(launcher -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER})
  endif()
  run(${CMAKE_COMMAND} -S ${project} -B ${build} -G Ninja -DCMAKE_PREFIX_PATH=${SDK} -DCMAKE_BUILD_TYPE=RelWithDebInfo
    -DCMAKE_CXX_COMPILER=${COMPILER} "-DCMAKE_CXX_FLAGS=${FLAGS} -Wall -Wextra -Wpedantic -Wshadow -Werror" ${launcher}
    -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_EXPORT_COMPILE_COMMANDS=ON ${ARGN})
  file(READ ${build}/compile_commands.json commands)
  string(FIND "${commands}" "${SOURCE_DIR}/core" at)
  if(NOT at EQUAL -1)
    message(FATAL_ERROR "a command names the source tree:\n${commands}")
  endif()
  run(${CMAKE_COMMAND} --build ${build})
endfunction()
