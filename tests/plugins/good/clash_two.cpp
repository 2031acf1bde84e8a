#include "clash.hpp"

int shared_counter = 200;
const char* shared_name() { return "two"; }
std::string SharedClass::name() const { return "class two"; }

SIGNALING_PLUGIN(Clash, signaling::plugin_api::no_schema);
