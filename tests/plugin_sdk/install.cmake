# Installs the build twice, each into a clean prefix: everything, as the package signaling-server and more; and the SDK alone, as
# signaling-server-dev, which has to be enough to build plugins.
#   cmake -DBUILD_DIR=… -DPREFIX=… -DSDK=… -P install.cmake
include(${CMAKE_CURRENT_LIST_DIR}/steps.cmake)
file(REMOVE_RECURSE ${PREFIX} ${SDK})
run(${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${PREFIX})
run(${CMAKE_COMMAND} --install ${BUILD_DIR} --component sdk --prefix ${SDK})
