# cmake -DLIBRARY=<plugin.so> -DMANIFEST_FILE=<plugin.json> -P …: copies the text that SIGNALING_PLUGIN put into the library
# beside it. Read from the bytes: no code of the plugin runs, and the file says what was really compiled.
file(STRINGS ${LIBRARY} text REGEX "^{\"signaling_plugin\":1,.*}$" LIMIT_COUNT 1 ENCODING UTF-8)
if(NOT text)
  file(REMOVE ${MANIFEST_FILE} ${LIBRARY})
  message(FATAL_ERROR "${LIBRARY}: is not a plugin: no source of it says SIGNALING_PLUGIN(Class, schema) "
                      "(#include <signaling/plugin_api/plugin_main.hpp>)")
endif()
file(WRITE ${MANIFEST_FILE} "${text}\n")
