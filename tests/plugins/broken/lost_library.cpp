// The library that `missing_library` needs.
extern "C" void signaling_test_function_of_a_lost_library();
extern "C" void signaling_test_function_of_a_lost_library() {}
