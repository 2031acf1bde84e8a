# Distribution packages only. Boost.System, Beast, Asio and DLL are header-only here.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json url program_options)
find_package(OpenSSL 3.0 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(spdlog REQUIRED)
find_package(cereal REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(simdjson REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(HIREDIS REQUIRED IMPORTED_TARGET hiredis)
# plugins/nats_adapter is built where its library is.
pkg_check_modules(NATS QUIET IMPORTED_TARGET libnats>=3.4)
option(SIGNALING_NATS "The adapter over NATS (plugins/nats_adapter)" ${NATS_FOUND})
if(SIGNALING_NATS AND NOT NATS_FOUND)
  message(FATAL_ERROR "SIGNALING_NATS is on and libnats (3.4 or newer) is missing: install libnats-dev, or turn it off")
endif()
if(SIGNALING_IO_URING)
  pkg_check_modules(LIBURING REQUIRED IMPORTED_TARGET liburing)
endif()

# Boost.Asio without its deprecated parts, Boost.DLL on std::filesystem: no compiled Boost.Filesystem needed.
add_library(signaling_boost INTERFACE)
target_link_libraries(signaling_boost INTERFACE Boost::headers Threads::Threads)
target_compile_definitions(signaling_boost INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_DLL_USE_STD_FS)
