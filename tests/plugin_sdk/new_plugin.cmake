# `signaling-server plugin new`, as a new author does: lays a project down, builds it with the installed SDK, runs its tests, checks it,
# installs it, and has the server look at it.
#   cmake -DKIND=… -DSERVER=… -DWORK_DIR=… -DSOURCE_DIR=… -DSDK=… -DCOMPILER=… -DFLAGS=… -DLAUNCHER=… -P new_plugin.cmake
include(${CMAKE_CURRENT_LIST_DIR}/steps.cmake)

# A command that must end with CODE, and TEXT in what it says.
function(refused code text)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output TIMEOUT 60)
  if(NOT result EQUAL code)
    message(FATAL_ERROR "exit code ${result}, expected ${code}:\n${output}")
  endif()
  expect("${text}")
endfunction()

file(REMOVE_RECURSE ${WORK_DIR})
set(project ${WORK_DIR}/source)
set(new ${SERVER} plugin new)
refused(2 "--kind takes" ${new} my_first --kind else ${project})
refused(2 "plugin new NAME" ${SERVER} plugin old my_first --kind ${KIND})
refused(3 "no name of a plugin" ${new} My-first --kind ${KIND} ${project})
if(EXISTS ${project})
  message(FATAL_ERROR "something was written: ${project}")
endif()

run(${new} my_first --kind ${KIND} ${project})
foreach(file IN ITEMS CMakeLists.txt README.md my_first.cpp my_first.hpp my_first.toml plugin.cpp test/my_first_test.cpp)
  expect("${project}/${file}\n")
  file(READ ${project}/${file} text)
  if(text MATCHES "@[Nn]ame@")
    message(FATAL_ERROR "${file} has a placeholder left")
  endif()
endforeach()
refused(3 "there is something already" ${new} my_first --kind ${KIND} ${project})

build_with_sdk(${project} ${WORK_DIR}/build)
run(${CMAKE_CTEST_COMMAND} --test-dir ${WORK_DIR}/build --output-on-failure)
expect("100% tests passed, 0 tests failed out of 2")
run(${CMAKE_COMMAND} --install ${WORK_DIR}/build --prefix ${WORK_DIR}/installed)
set(plugins ${WORK_DIR}/installed/lib/signaling/plugins)
run(${SDK}/bin/signaling-plugin-check ${plugins}/my_first.so)
expect(" 0 warned, 0 failed")
# Its configuration is of the folder where `build` is.
run(${CMAKE_COMMAND} -E env PWD=${WORK_DIR} ${SERVER} --config ${project}/my_first.toml --set listen.port=0 --set admin.port=0 --check)
expect(": well")
