#include <signaling/plugin_api/plugin_main.hpp>

#include "application.hpp"
#include "schema.hpp"

SIGNALING_PLUGIN(signaling::webrtc_signaling::SignalingApplication, signaling::webrtc_signaling::schema);
