# Builds the plugin of core/plugin_api/README.md as a third party would: with the installed package alone, by a compiler of
# choice; then runs it.
#   cmake -DSOURCE_DIR=… -DWORK_DIR=… -DSDK=… -DCOMPILER=… -DFLAGS=… -DLAUNCHER=… -DRUNNER=… -P readme_plugin.cmake
include(${CMAKE_CURRENT_LIST_DIR}/steps.cmake)

function(extract language file)
  file(READ ${SOURCE_DIR}/core/plugin_api/README.md text)
  if(NOT text MATCHES "```${language}\n([^`]*)```")
    message(FATAL_ERROR "README.md has no ${language} block")
  endif()
  file(WRITE ${file} "${CMAKE_MATCH_1}")
endfunction()

file(REMOVE_RECURSE ${WORK_DIR})
extract(cmake ${WORK_DIR}/chat/CMakeLists.txt)
extract(cpp ${WORK_DIR}/chat/chat.cpp)
# And one whose exception has to be understood by a server of another compiler.
file(APPEND ${WORK_DIR}/chat/CMakeLists.txt
  "signaling_add_plugin(create_throws KIND application SOURCES ${SOURCE_DIR}/tests/plugins/broken/create_throws.cpp)\n")
build_with_sdk(${WORK_DIR}/chat ${WORK_DIR}/build)
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
  file(GLOB_RECURSE file ${SDK}/signaling.pc)
  file(STRINGS ${SDK}/include/signaling/plugin_api/version.hpp versions REGEX "^#define SIGNALING_API_M[AJIN]+OR [0-9]+$")
  list(TRANSFORM versions REPLACE "^.* " "")
  list(JOIN versions "." version)
  run(${PKG_CONFIG} --variable=abi ${file})
  expect("${version}\n")
  run(${PKG_CONFIG} --cflags ${file})
  expect("-std=c++20")
endif()
