# Builds and installs one example of this folder as a third party would: a copy of it, away from here, with the installed SDK.
#   cmake -DSOURCE_DIR=… -DEXAMPLE=… -DWORK_DIR=… -DINSTALL_DIR=… -DSDK=… -DCOMPILER=… -DFLAGS=… -DLAUNCHER=… -P build_example.cmake
include(${CMAKE_CURRENT_LIST_DIR}/steps.cmake)
file(REMOVE_RECURSE ${WORK_DIR})
file(COPY ${CMAKE_CURRENT_LIST_DIR}/${EXAMPLE}/ DESTINATION ${WORK_DIR}/source)
build_with_sdk(${WORK_DIR}/source ${WORK_DIR}/build)
run(${CMAKE_COMMAND} --install ${WORK_DIR}/build --prefix ${INSTALL_DIR})
