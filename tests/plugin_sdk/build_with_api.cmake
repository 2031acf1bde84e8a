# Builds the plugins of compatibility/ with the headers of API, a minor version of api/; or, where API is "next", with the installed
# ones called one minor newer than they are.
#   cmake -DSOURCE_DIR=… -DAPI=1.0 -DWORK_DIR=… -DSDK=… -DCOMPILER=… -DFLAGS=… -DLAUNCHER=… -P build_with_api.cmake
include(${CMAKE_CURRENT_LIST_DIR}/steps.cmake)
file(REMOVE_RECURSE ${WORK_DIR})
file(COPY ${CMAKE_CURRENT_LIST_DIR}/compatibility/ DESTINATION ${WORK_DIR}/source)
if(API STREQUAL "next")
  file(COPY ${SDK}/include/signaling DESTINATION ${WORK_DIR}/api)
  set(header ${WORK_DIR}/api/signaling/plugin_api/version.hpp)
  file(READ ${header} text)
  string(REGEX MATCH "#define SIGNALING_API_MINOR ([0-9]+)" line "${text}")
  math(EXPR next "${CMAKE_MATCH_1} + 1")
  string(REPLACE "${line}" "#define SIGNALING_API_MINOR ${next}" text "${text}")
  file(WRITE ${header} "${text}")
else()
  file(COPY ${CMAKE_CURRENT_LIST_DIR}/api/${API}/ DESTINATION ${WORK_DIR}/api)
endif()
build_with_sdk(${WORK_DIR}/source ${WORK_DIR}/build -DAPI=${WORK_DIR}/api)
