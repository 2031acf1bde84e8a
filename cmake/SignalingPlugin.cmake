# signaling_add_plugin(<name> KIND application|middleware|adapter SOURCES <file>…
#                      [LIBRARIES <target>…] [VERSION <text>] [VENDOR <text>] [CAPABILITIES <word>…]
#                      [OUTPUT_DIRECTORY <folder>] [NO_INSTALL])
#
# Makes the target <name>: a shared library <name>.so that the server loads, with <name>.json beside it, so that
# `signaling-server --list-plugins` runs no code of it. One of the sources says `SIGNALING_PLUGIN(Class, schema)`.
# Works in the source tree and, after `find_package(Signaling)`, out of it.
include(GNUInstallDirs)

set(SIGNALING_PLUGIN_CMAKE_DIR ${CMAKE_CURRENT_LIST_DIR})

function(signaling_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "NO_INSTALL" "KIND;VERSION;VENDOR;OUTPUT_DIRECTORY" "SOURCES;LIBRARIES;CAPABILITIES")
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "signaling_add_plugin(${name}): unknown arguments: ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT name MATCHES "^[a-z][a-z0-9_]*$")
    message(FATAL_ERROR "signaling_add_plugin(${name}): the name is also the file and a TOML key: a-z, 0-9 and _ alone")
  endif()
  if(ARG_KIND STREQUAL "adapter")
    set(interface Adapter)
  elseif(ARG_KIND STREQUAL "middleware")
    set(interface Middleware)
  elseif(ARG_KIND STREQUAL "application")
    set(interface Application)
  else()
    message(FATAL_ERROR "signaling_add_plugin(${name}): KIND is \"${ARG_KIND}\", must be application, middleware or adapter")
  endif()
  if(NOT ARG_SOURCES)
    message(FATAL_ERROR "signaling_add_plugin(${name}): no SOURCES")
  endif()
  if(NOT ARG_VERSION)
    set(ARG_VERSION "${PROJECT_VERSION}")
  endif()
  if(NOT ARG_VERSION)
    set(ARG_VERSION "0.0.0")
  endif()
  list(JOIN ARG_CAPABILITIES " " capabilities)
  foreach(text IN ITEMS "${ARG_VERSION}" "${ARG_VENDOR}" "${capabilities}")
    if(text MATCHES "[\"\\\\;\n\t]")
      message(FATAL_ERROR "signaling_add_plugin(${name}): no quote, backslash, semicolon or line end in \"${text}\"")
    endif()
  endforeach()

  add_library(${name} MODULE ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE Signaling::plugin_api ${ARG_LIBRARIES})
  if(TARGET signaling_options)
    target_link_libraries(${name} PRIVATE signaling_options)
  endif()
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_compile_definitions(${name} PRIVATE
    SIGNALING_PLUGIN_NAME="${name}"
    SIGNALING_PLUGIN_KIND="${ARG_KIND}"
    SIGNALING_PLUGIN_INTERFACE=${interface}
    SIGNALING_PLUGIN_VERSION="${ARG_VERSION}"
    SIGNALING_PLUGIN_VENDOR="${ARG_VENDOR}"
    SIGNALING_PLUGIN_CAPABILITIES="${capabilities}")

  if(NOT ARG_OUTPUT_DIRECTORY)
    if(SIGNALING_PLUGIN_OUTPUT_DIRECTORY)
      set(ARG_OUTPUT_DIRECTORY ${SIGNALING_PLUGIN_OUTPUT_DIRECTORY})
    else()
      set(ARG_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins)
    endif()
  endif()
  # Hidden: two plugins may use the same names inside and never meet.
  set_target_properties(${name} PROPERTIES
    PREFIX "" SUFFIX ".so"
    CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON
    LIBRARY_OUTPUT_DIRECTORY "$<1:${ARG_OUTPUT_DIRECTORY}>")  # the expression keeps it free of a configuration's name

  target_link_options(${name} PRIVATE "LINKER:--version-script=${SIGNALING_PLUGIN_CMAKE_DIR}/SignalingPlugin.map")
  set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS ${SIGNALING_PLUGIN_CMAKE_DIR}/SignalingPlugin.map)

  # A forgotten library fails this link, not the server's start. Clang leaves the symbols of a sanitizer to the program, so
  # that there the flag would refuse every library.
  string(TOUPPER "${CMAKE_BUILD_TYPE}" configuration)
  set(flags "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${configuration}}")
  if(NOT (CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND (SIGNALING_SANITIZE OR flags MATCHES "-fsanitize=")))
    target_link_options(${name} PRIVATE -Wl,-z,defs)
  endif()

  set(manifest_file ${ARG_OUTPUT_DIRECTORY}/${name}.json)
  add_custom_command(TARGET ${name} POST_BUILD
    COMMAND ${CMAKE_COMMAND} -DLIBRARY=$<TARGET_FILE:${name}> -DMANIFEST_FILE=${manifest_file}
            -P ${SIGNALING_PLUGIN_CMAKE_DIR}/SignalingManifestFile.cmake
    BYPRODUCTS ${manifest_file}
    VERBATIM)
  if(NOT ARG_NO_INSTALL)
    install(TARGETS ${name} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/signaling/plugins)
    install(FILES ${manifest_file} DESTINATION ${CMAKE_INSTALL_LIBDIR}/signaling/plugins)
  endif()
endfunction()
