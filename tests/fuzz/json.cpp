// The JSON scanner: accepts whatever simdjson makes a document of; strings survive unescaping and escaping. What it accepts
// ends for a plugin's reader where it ends for the scanner.

#include <string>

#include <simdjson.h>

#include <signaling/plugin_api/json_slice.hpp>
#include <signaling/protocol/engine_payload.hpp>
#include <signaling/protocol/json_text.hpp>
#include <signaling/protocol/placeholder.hpp>

#include "expect.hpp"

namespace {

using namespace signaling::protocol;
namespace plugin_api = signaling::plugin_api;

constexpr std::uint32_t depth = 1024;

void check_string(std::string_view json) {
  std::string text;
  append_unescaped(json, text);
  SIGNALING_FUZZ_EXPECT(is_utf8(text));
  std::string again;
  append_json_string(text, again);
  SIGNALING_FUZZ_EXPECT(is_json(again, 0));
  std::string same;
  append_unescaped(again, same);
  SIGNALING_FUZZ_EXPECT(same == text);
}

/// @param value  valid
void check_slices(std::string_view value) {
  // Long enough that its end is looked for in blocks; a blank ends a number.
  const std::string array = '[' + std::string(300, ' ') + std::string(value) + ']';
  plugin_api::json::Elements elements(array);
  SIGNALING_FUZZ_EXPECT(elements.next() && elements.value() == array && !elements.next());
  plugin_api::json::Elements inner = plugin_api::json::Elements::of(array);
  SIGNALING_FUZZ_EXPECT(inner.next() && inner.value() == value && !inner.next());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = json_value_end(text, 0, depth);
  SIGNALING_FUZZ_EXPECT(end == std::string_view::npos || (end > 0 && end <= size));
  const bool accepted = is_json(text, depth);
  SIGNALING_FUZZ_EXPECT(!accepted || end != std::string_view::npos);
  SIGNALING_FUZZ_EXPECT(!is_json(text, 3) || accepted);

  // Only this way round: simdjson also refuses numbers beyond its types.
  static simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (size > 0 && parser.parse(text.data(), size).get(document) == simdjson::SUCCESS) SIGNALING_FUZZ_EXPECT(accepted);

  if (accepted) {
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    check_slices(text.substr(begin, end - begin));
  }
  if (accepted && is_utf8(text)) {
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    if (text[begin] == '"') check_string(text.substr(begin, end - begin));
    (void)check_placeholders(text, 4);
  }
  return 0;
}
