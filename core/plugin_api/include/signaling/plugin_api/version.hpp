#pragma once
// Version of the plugin border, and the fingerprint of what two builds must agree on to meet at it.

#include <cstdint>
#include <string_view>

/// Major: grows when a shipped interface changes, which old plugins then cannot use. Minor: grows when something is added.
/// A plugin loads into a host of the same major whose minor is at least its own. CMake reads these two lines as well.
#define SIGNALING_API_MAJOR 1
#define SIGNALING_API_MINOR 2

// Only what must agree where nothing but plain values, views and pure-virtual interfaces cross: GCC- and Clang-built plugins
// mix, whichever their versions, language level and optimisation.
#if defined(__x86_64__)
#define SIGNALING_TOOLCHAIN_CPU "x86_64"
#elif defined(__aarch64__)
#define SIGNALING_TOOLCHAIN_CPU "aarch64"
#elif defined(__riscv)
#define SIGNALING_TOOLCHAIN_CPU "riscv"
#elif defined(__powerpc64__)
#define SIGNALING_TOOLCHAIN_CPU "ppc64"
#elif defined(__s390x__)
#define SIGNALING_TOOLCHAIN_CPU "s390x"
#elif defined(__i386__)
#define SIGNALING_TOOLCHAIN_CPU "i386"
#elif defined(__arm__)
#define SIGNALING_TOOLCHAIN_CPU "arm"
#else
#error "signaling: name this processor here"
#endif

#if defined(__LP64__) || defined(_LP64)
#define SIGNALING_TOOLCHAIN_BITS "64"
#else
#define SIGNALING_TOOLCHAIN_BITS "32"
#endif

// Virtual tables, exceptions and calls: the Itanium C++ ABI, which is that of GCC and Clang.
#if defined(__GXX_ABI_VERSION)
#define SIGNALING_TOOLCHAIN_ABI "itanium"
#else
#error "signaling: plugins need a compiler of the Itanium C++ ABI (GCC or Clang)"
#endif

// std::string_view is {size, pointer} in libstdc++ and {pointer, size} in libc++.
#if defined(_LIBCPP_VERSION)
#define SIGNALING_TOOLCHAIN_STDLIB "libc++"
#elif defined(__GLIBCXX__)
#define SIGNALING_TOOLCHAIN_STDLIB "libstdc++"
#else
#error "signaling: name this standard library here"
#endif

// A process has one sanitizer runtime, and those of GCC and Clang do not replace each other.
#if defined(__has_feature)
#define SIGNALING_HAS_FEATURE(feature) __has_feature(feature)
#else
#define SIGNALING_HAS_FEATURE(feature) 0
#endif
#if defined(__clang__)
#define SIGNALING_TOOLCHAIN_RUNTIME "-clang"
#else
#define SIGNALING_TOOLCHAIN_RUNTIME "-gcc"
#endif
#if defined(__SANITIZE_ADDRESS__) || SIGNALING_HAS_FEATURE(address_sanitizer)
#define SIGNALING_TOOLCHAIN_SANITIZER "address" SIGNALING_TOOLCHAIN_RUNTIME
#elif defined(__SANITIZE_THREAD__) || SIGNALING_HAS_FEATURE(thread_sanitizer)
#define SIGNALING_TOOLCHAIN_SANITIZER "thread" SIGNALING_TOOLCHAIN_RUNTIME
#elif SIGNALING_HAS_FEATURE(memory_sanitizer)
#define SIGNALING_TOOLCHAIN_SANITIZER "memory" SIGNALING_TOOLCHAIN_RUNTIME
#else
#define SIGNALING_TOOLCHAIN_SANITIZER "none"
#endif

/// `word=value` pairs separated by one space; the host names each that differs.
#define SIGNALING_TOOLCHAIN                                                                        \
  "cpu=" SIGNALING_TOOLCHAIN_CPU " bits=" SIGNALING_TOOLCHAIN_BITS " abi=" SIGNALING_TOOLCHAIN_ABI \
  " "                                                                                              \
  "stdlib=" SIGNALING_TOOLCHAIN_STDLIB " sanitizer=" SIGNALING_TOOLCHAIN_SANITIZER

namespace signaling::plugin_api {

inline constexpr std::uint16_t api_major = SIGNALING_API_MAJOR;
inline constexpr std::uint16_t api_minor = SIGNALING_API_MINOR;
inline constexpr std::string_view toolchain = SIGNALING_TOOLCHAIN;

}  // namespace signaling::plugin_api
