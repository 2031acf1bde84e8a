#include <signaling/plugin_api/plugin_main.hpp>

#include "redis_adapter.hpp"
#include "schema.hpp"

SIGNALING_PLUGIN(signaling::redis_adapter::RedisAdapter, signaling::redis_adapter::schema);
