#include "clash.hpp"

int shared_counter = 100;
const char* shared_name() { return "one"; }
std::string SharedClass::name() const { return "class one"; }

SIGNALING_PLUGIN(Clash, signaling::plugin_api::no_schema);
