# What distributions build their network services with: https://wiki.debian.org/Hardening, and the compiler guide of the OpenSSF
# (https://best.openssf.org/Compiler-Hardening-Guides/). For optimised builds without sanitizers: these have checks of their own,
# and _FORTIFY_SOURCE needs the optimiser. `tests/deploy/hardening.test.mjs` looks at what comes out.
include(CheckCXXCompilerFlag)
include(CheckPIESupported)
include(CheckLinkerFlag)

check_pie_supported()

add_library(signaling_hardening INTERFACE)
if(SIGNALING_HARDENING AND NOT SIGNALING_SANITIZE AND NOT SIGNALING_BUILD_FUZZERS)
  set(optimised "$<CONFIG:Release,RelWithDebInfo,MinSizeRel>")
  # Some distributions define it themselves, with another level.
  target_compile_options(signaling_hardening INTERFACE "$<${optimised}:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=3>")
  # -mbranch-protection is AArch64's counterpart of -fcf-protection.
  foreach(flag IN ITEMS -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -mbranch-protection=standard)
    string(MAKE_C_IDENTIFIER "SIGNALING_HAS${flag}" has)
    check_cxx_compiler_flag(${flag} ${has})
    if(${has})
      target_compile_options(signaling_hardening INTERFACE "$<${optimised}:${flag}>")
    endif()
  endforeach()
  foreach(keyword IN ITEMS relro now noexecstack separate-code)
    string(MAKE_C_IDENTIFIER "SIGNALING_HAS_LINK_${keyword}" has)
    check_linker_flag(CXX "-Wl,-z,${keyword}" ${has})
    if(${has})
      target_link_options(signaling_hardening INTERFACE "$<${optimised}:-Wl,-z,${keyword}>")
    endif()
  endforeach()
endif()
