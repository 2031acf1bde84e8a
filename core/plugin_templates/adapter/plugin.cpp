#include <signaling/plugin_api/plugin_main.hpp>

#include "@name@.hpp"

SIGNALING_PLUGIN(@name@::@Name@, @name@::schema);
