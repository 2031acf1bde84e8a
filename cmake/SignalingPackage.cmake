# The SDK as others use it: headers, test kit, CMake package and pkg-config file. `cmake --install build/release --component sdk` alone
# installs it, so that plugins can be built where no server is.
include(CMakePackageConfigHelpers)

set(SIGNALING_INSTALL_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/Signaling)
set(SIGNALING_INSTALL_PLUGIN_DIR ${CMAKE_INSTALL_LIBDIR}/signaling/plugins)

# The version of the border stands in one place, its header.
foreach(part IN ITEMS MAJOR MINOR)
  file(STRINGS ${PROJECT_SOURCE_DIR}/core/plugin_api/include/signaling/plugin_api/version.hpp line
    REGEX "^#define SIGNALING_API_${part} [0-9]+$")
  string(REGEX REPLACE "^.* " "" SIGNALING_API_${part} "${line}")
endforeach()

install(TARGETS signaling_plugin_api EXPORT SignalingTargets COMPONENT sdk
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT sdk
  FILE_SET generated_headers DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT sdk)
install(EXPORT SignalingTargets NAMESPACE Signaling:: DESTINATION ${SIGNALING_INSTALL_CMAKE_DIR} COMPONENT sdk)
# What has to be built first: not there where a container, say, builds the node alone.
install(TARGETS signaling_test_kit EXPORT SignalingTestKitTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT sdk OPTIONAL
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT sdk)
set(sdk_programs)
if(TARGET signaling-plugin-check)
  set(sdk_programs signaling-plugin-check)
  install(TARGETS signaling-plugin-check EXPORT SignalingCheckTargets
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT sdk OPTIONAL)
  install(EXPORT SignalingCheckTargets NAMESPACE Signaling:: DESTINATION ${SIGNALING_INSTALL_CMAKE_DIR} COMPONENT sdk)
endif()
install(EXPORT SignalingTestKitTargets NAMESPACE Signaling:: DESTINATION ${SIGNALING_INSTALL_CMAKE_DIR} COMPONENT sdk)
add_custom_target(signaling_sdk DEPENDS signaling_test_kit ${sdk_programs})

configure_package_config_file(cmake/SignalingConfig.cmake.in ${PROJECT_BINARY_DIR}/SignalingConfig.cmake
  INSTALL_DESTINATION ${SIGNALING_INSTALL_CMAKE_DIR} PATH_VARS SIGNALING_INSTALL_PLUGIN_DIR CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_BINDIR)
# Before 1.0 a minor version may change anything.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/SignalingConfigVersion.cmake COMPATIBILITY SameMinorVersion)
file(RELATIVE_PATH SIGNALING_PC_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" SIGNALING_PC_PREFIX "${SIGNALING_PC_PREFIX}")
configure_file(cmake/signaling.pc.in ${PROJECT_BINARY_DIR}/signaling.pc @ONLY)
install(FILES
    ${PROJECT_BINARY_DIR}/SignalingConfig.cmake
    ${PROJECT_BINARY_DIR}/SignalingConfigVersion.cmake
    cmake/SignalingPlugin.cmake
    cmake/SignalingPlugin.map
    cmake/SignalingManifestFile.cmake
  DESTINATION ${SIGNALING_INSTALL_CMAKE_DIR} COMPONENT sdk)
install(FILES ${PROJECT_BINARY_DIR}/signaling.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT sdk)

# The handbook, and examples to copy. Optional: the image is built from what a node needs, which these are not.
set(sdk_documents ${CMAKE_INSTALL_DATADIR}/doc/signaling-server-dev)
file(GLOB pages CONFIGURE_DEPENDS core/plugin_api/*.md)
install(FILES ${pages} DESTINATION ${sdk_documents} COMPONENT sdk)
install(FILES core/plugin_test_kit/README.md DESTINATION ${sdk_documents} RENAME test_kit.md COMPONENT sdk OPTIONAL)
install(DIRECTORY tests/plugin_sdk/lobby tests/plugin_sdk/address_list DESTINATION ${sdk_documents}/examples COMPONENT sdk OPTIONAL)
