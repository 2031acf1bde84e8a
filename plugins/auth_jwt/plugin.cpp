#include <signaling/plugin_api/plugin_main.hpp>

#include "middleware.hpp"
#include "schema.hpp"

SIGNALING_PLUGIN(signaling::auth_jwt::AuthMiddleware, signaling::auth_jwt::schema);
