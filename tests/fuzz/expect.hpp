#pragma once
// How a fuzz target says that something is wrong: the fuzzer keeps the input of a process that aborts.

#include <cstdio>
#include <cstdlib>

#define SIGNALING_FUZZ_EXPECT(condition)                                             \
  do {                                                                               \
    if (!(condition)) {                                                              \
      std::fprintf(stderr, "%s:%d: expected: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                  \
    }                                                                                \
  } while (false)
