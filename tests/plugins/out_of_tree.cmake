# Builds the plugin of core/plugin_api/README.md as a third party would: with the installed package alone, by a compiler of
# choice; then runs it.
#   cmake -DSOURCE_DIR=… -DBUILD_DIR=… -DWORK_DIR=… -DCOMPILER=… -DFLAGS=… -DRUNNER=… -P out_of_tree.cmake
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output TIMEOUT 300)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\nended with ${result}:\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

function(extract language file)
  file(READ ${SOURCE_DIR}/core/plugin_api/README.md text)
  if(NOT text MATCHES "```${language}\n([^`]*)```")
    message(FATAL_ERROR "README.md has no ${language} block")
  endif()
  file(WRITE ${file} "${CMAKE_MATCH_1}")
endfunction()

function(expect text)
  string(FIND "${output}" "${text}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "not found: ${text}\nin:\n${output}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK_DIR})
run(${CMAKE_COMMAND} --install ${BUILD_DIR} --component sdk --prefix ${WORK_DIR}/sdk)
extract(cmake ${WORK_DIR}/chat/CMakeLists.txt)
extract(cpp ${WORK_DIR}/chat/chat.cpp)
# And one whose exception has to be understood by a server of another compiler.
file(APPEND ${WORK_DIR}/chat/CMakeLists.txt
  "signaling_add_plugin(create_throws KIND application SOURCES ${SOURCE_DIR}/tests/plugins/broken/create_throws.cpp)\n")
run(${CMAKE_COMMAND} -S ${WORK_DIR}/chat -B ${WORK_DIR}/build -G Ninja -DCMAKE_PREFIX_PATH=${WORK_DIR}/sdk
  -DCMAKE_CXX_COMPILER=${COMPILER} "-DCMAKE_CXX_FLAGS=${FLAGS} -Wall -Wextra -Wpedantic -Wshadow -Werror"
  -DCMAKE_INSTALL_LIBDIR=lib)
run(${CMAKE_COMMAND} --build ${WORK_DIR}/build)
run(${CMAKE_COMMAND} --install ${WORK_DIR}/build --prefix ${WORK_DIR}/installed)

file(READ ${WORK_DIR}/installed/lib/signaling/plugins/chat.json manifest)
foreach(pair IN ITEMS "name=chat" "kind=application" "version=1.0.0" "vendor=Example")
  string(REGEX MATCH "^([a-z]+)=(.*)$" pair "${pair}")
  set(expected "${CMAKE_MATCH_2}")
  string(JSON found GET "${manifest}" ${CMAKE_MATCH_1})
  if(NOT found STREQUAL expected)
    message(FATAL_ERROR "manifest file: found ${found}, expected ${expected}: ${manifest}")
  endif()
endforeach()

run(${RUNNER} ${WORK_DIR}/installed/lib/signaling/plugins application chat "plugins.chat.greeting = \"hi \\\"you\\\"\"")
expect("info plugins: chat 1.0.0 (application, API")
expect("claims /chat\n")
expect("emit to socket: [\"greeting\",\"hi \\\"you\\\"\"] +0\n")
expect("emit to /chat: [\"said\",\"aaaabbbbccccddddeeee\",{\"_placeholder\":true,\"num\":0}] +1\n")

execute_process(COMMAND ${RUNNER} ${WORK_DIR}/installed/lib/signaling/plugins application create_throws
  RESULT_VARIABLE result ERROR_VARIABLE output OUTPUT_QUIET TIMEOUT 60)
expect("could not be created: no coffee left")
if(NOT result EQUAL 18)
  message(FATAL_ERROR "exit code ${result}, expected 18")
endif()

# The pkg-config file says the same without CMake.
find_program(PKG_CONFIG pkg-config)
if(PKG_CONFIG)
  file(GLOB_RECURSE file ${WORK_DIR}/sdk/signaling.pc)
  run(${PKG_CONFIG} --variable=abi ${file})
  expect("1.1")
  run(${PKG_CONFIG} --cflags ${file})
  expect("-std=c++20")
endif()
