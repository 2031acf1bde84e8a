#include <signaling/plugin_api/plugin_main.hpp>

#include "nats_adapter.hpp"
#include "schema.hpp"

SIGNALING_PLUGIN(signaling::nats_adapter::NatsAdapter, signaling::nats_adapter::schema);
