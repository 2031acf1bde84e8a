# signaling_add_node_test(<name> FILE <file> LABELS <label>… [TIMEOUT <seconds>] [SERIAL])
#
# One ctest entry for a file of tests on node's own runner. Where Node.js or the clients are missing the test fails and says
# so: a test that skips itself is taken for one that passed.
function(signaling_add_node_test name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "SERIAL" "FILE;TIMEOUT" "LABELS")
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  set(slowness 1)
  if(SIGNALING_SANITIZE)
    set(slowness 4)
    math(EXPR ARG_TIMEOUT "${ARG_TIMEOUT} * 4")
  endif()
  add_test(NAME ${name} COMMAND ${PROJECT_SOURCE_DIR}/tests/support/run_node_test.sh ${CMAKE_CURRENT_SOURCE_DIR}/${ARG_FILE})
  set_tests_properties(${name} PROPERTIES
    LABELS "${ARG_LABELS}"
    TIMEOUT ${ARG_TIMEOUT}
    ENVIRONMENT "SIGNALING_BUILD_DIR=${PROJECT_BINARY_DIR};SIGNALING_TEST_SLOWNESS=${slowness}")
  if(ARG_SERIAL)
    set_tests_properties(${name} PROPERTIES RUN_SERIAL ON)
  endif()
endfunction()
