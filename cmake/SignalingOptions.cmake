# One interface target carries the language level, warnings and sanitizers; everything of ours links it PRIVATE.
add_library(signaling_options INTERFACE)
target_compile_features(signaling_options INTERFACE cxx_std_20)
target_compile_options(signaling_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-align -Woverloaded-virtual
  $<$<BOOL:${SIGNALING_WARNINGS_AS_ERRORS}>:-Werror>)
target_link_libraries(signaling_options INTERFACE signaling_hardening)
set_property(TARGET signaling_options PROPERTY INTERFACE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# Frame pointers cost nothing measurable and make every profile and crash readable.
target_compile_options(signaling_options INTERFACE -fno-omit-frame-pointer)
if(SIGNALING_SANITIZE)
  target_compile_options(signaling_options INTERFACE -fsanitize=${SIGNALING_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(signaling_options INTERFACE -fsanitize=${SIGNALING_SANITIZE})
  # Optimised a little: a sanitizer run of the whole suite has to end within CI's time.
  target_compile_options(signaling_options INTERFACE -O1)
endif()
if(SIGNALING_BUILD_FUZZERS)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "SIGNALING_BUILD_FUZZERS needs Clang with libFuzzer, and the compiler is ${CMAKE_CXX_COMPILER}")
  endif()
  # Coverage in every layer: it is what leads the fuzzer on.
  target_compile_options(signaling_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND SIGNALING_SANITIZE)
  # GCC documents false positives of this warning under its sanitizers; std::regex and std::function show them.
  target_compile_options(signaling_options INTERFACE -Wno-maybe-uninitialized)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND SIGNALING_SANITIZE MATCHES "thread")
  # GCC warns that its thread sanitizer does not model std::atomic_thread_fence; Asio's headers use it.
  target_compile_options(signaling_options INTERFACE -Wno-tsan)
endif()

# A layer: static library signaling_<name> with alias signaling::<name>; public headers verified to compile alone.
function(signaling_add_layer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;HEADERS;PUBLIC;PRIVATE" ${ARGN})
  if(ARG_SOURCES)
    add_library(signaling_${name} STATIC ${ARG_SOURCES})
    set(scope PUBLIC)
    target_link_libraries(signaling_${name} PUBLIC ${ARG_PUBLIC} PRIVATE signaling_options ${ARG_PRIVATE})
    target_compile_features(signaling_${name} PUBLIC cxx_std_20)
  else()
    add_library(signaling_${name} INTERFACE)
    set(scope INTERFACE)
    target_link_libraries(signaling_${name} INTERFACE ${ARG_PUBLIC})
    target_compile_features(signaling_${name} INTERFACE cxx_std_20)
  endif()
  add_library(signaling::${name} ALIAS signaling_${name})
  target_sources(signaling_${name} ${scope}
    FILE_SET HEADERS BASE_DIRS ${CMAKE_CURRENT_SOURCE_DIR}/include FILES ${ARG_HEADERS})
  if(ARG_SOURCES)
    target_include_directories(signaling_${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  endif()
endfunction()
