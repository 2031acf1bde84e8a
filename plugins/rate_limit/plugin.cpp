#include <signaling/plugin_api/plugin_main.hpp>

#include "rate_limit.hpp"
#include "schema.hpp"

SIGNALING_PLUGIN(signaling::rate_limit::RateLimit, signaling::rate_limit::schema);
