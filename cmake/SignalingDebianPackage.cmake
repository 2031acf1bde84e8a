# `cpack -G DEB` in a build directory: signaling-server (the server, its plugins, what it serves, configuration, systemd unit) and
# signaling-server-dev (the SDK). Built on the release it is for: dependencies are those of the libraries found here.

set(SIGNALING_PACKAGE_MAINTAINER "Signaling Server maintainers <root@localhost>" CACHE STRING "Who makes the packages: name <address>")
set(debian ${PROJECT_SOURCE_DIR}/deploy/debian)

# Only where Debian wants it, so in no other installation. /etc is absolute: the package's prefix is /usr.
set(of_debian COMPONENT debian EXCLUDE_FROM_ALL)
install(DIRECTORY config/ DESTINATION /etc/signaling ${of_debian} FILES_MATCHING PATTERN "*.toml")
# Secrets may be put there; systemd reads it as root.
install(FILES ${debian}/default DESTINATION /etc/default RENAME signaling-server PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ ${of_debian})
install(FILES deploy/systemd/signaling-server.service DESTINATION lib/systemd/system ${of_debian})
install(FILES ${debian}/sysusers.conf DESTINATION lib/sysusers.d RENAME signaling-server.conf ${of_debian})
install(FILES README.md DESTINATION share/doc/signaling-server ${of_debian})
install(FILES config/README.md DESTINATION share/doc/signaling-server RENAME config.md ${of_debian})
install(FILES deploy/systemd/README.md DESTINATION share/doc/signaling-server RENAME systemd.md ${of_debian})
install(FILES LICENSE DESTINATION share/doc/signaling-server RENAME copyright ${of_debian})
install(FILES LICENSE DESTINATION share/doc/signaling-server-dev RENAME copyright COMPONENT debian_sdk EXCLUDE_FROM_ALL)

# dpkg keeps what was changed in these, and asks.
file(GLOB_RECURSE configurations CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/config ${PROJECT_SOURCE_DIR}/config/*.toml)
list(TRANSFORM configurations PREPEND /etc/signaling/)
list(JOIN configurations "\n" conffiles)
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/debian/conffiles CONTENT "${conffiles}\n/etc/default/signaling-server\n" @ONLY)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME signaling-server)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGE_VENDOR "Signaling Server")
set(CPACK_PACKAGE_CONTACT "${SIGNALING_PACKAGE_MAINTAINER}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)

set(CPACK_DEB_COMPONENT_INSTALL ON)
# Unspecified: the server, its plugins and what it serves, as everything that names no component.
set(CPACK_COMPONENTS_ALL Unspecified debian sdk debian_sdk)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME signaling-server)
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION "Speaks Socket.IO with the official clients, unchanged, over polling and
WebSocket. Plugins decide what is done with their events; the bundled one lets
WebRTC peers meet. Any number of nodes behave as one over Redis or NATS.")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
# What packages of plugins depend on: the border's major in the name, since a new one is another border; its version by `>=`.
set(CPACK_DEBIAN_RUNTIME_PACKAGE_PROVIDES
  "signaling-plugin-api-${SIGNALING_API_MAJOR} (= ${SIGNALING_API_MAJOR}.${SIGNALING_API_MINOR})")
# For the maintainer scripts.
set(CPACK_DEBIAN_RUNTIME_PACKAGE_DEPENDS "systemd | systemd-sysusers")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SUGGESTS "redis-server (>= 5:6.2), nats-server (>= 2.9), haproxy, prometheus")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA
  ${PROJECT_BINARY_DIR}/debian/conffiles ${debian}/postinst ${debian}/prerm ${debian}/postrm)

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME signaling-server-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_RECOMMENDS "g++, cmake (>= 3.24), libgtest-dev, signaling-server")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS "gdb, pkg-config")
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "What plugins are written with: handbook, headers, CMake package, pkg-config file,
the test kit (fake server with virtual time) and templates of new projects,
and signaling-plugin-check, which says whether a server would be well with one.")

include(CPack)
cpack_add_component_group(runtime)
cpack_add_component_group(development)
cpack_add_component(Unspecified GROUP runtime)
cpack_add_component(debian GROUP runtime)
cpack_add_component(sdk GROUP development)
cpack_add_component(debian_sdk GROUP development)
