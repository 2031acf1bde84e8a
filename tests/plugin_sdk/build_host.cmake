# Builds the server and two adapters with another compiler, unoptimised, which is what takes least time.
#   cmake -DSOURCE_DIR=… -DWORK_DIR=… -DCOMPILER=… -DLAUNCHER=… -DJOBS=… -P build_host.cmake
include(${CMAKE_CURRENT_LIST_DIR}/steps.cmake)
set(targets signaling-server memory_adapter redis_adapter)
set(launcher "")
if(LAUNCHER)
  set(launcher -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER})
endif()
run(${CMAKE_COMMAND} -S ${SOURCE_DIR} -B ${WORK_DIR} -G Ninja -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_BUILD_TYPE=Debug
  -DCMAKE_CXX_FLAGS_DEBUG=-O0 -DSIGNALING_BUILD_TESTS=OFF ${launcher})
execute_process(COMMAND ${CMAKE_COMMAND} --build ${WORK_DIR} --parallel ${JOBS} --target ${targets}
  RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT result EQUAL 0)
  string(LENGTH "${output}" length)
  string(SUBSTRING "${output}" 0 20000 output)
  message(FATAL_ERROR "the build ended with ${result} (${length} bytes of output):\n${output}")
endif()
