#include <signaling/plugin_api/plugin_main.hpp>

#include "memory_adapter.hpp"
#include "schema.hpp"

SIGNALING_PLUGIN(signaling::memory_adapter::MemoryAdapter, signaling::memory_adapter::schema);
