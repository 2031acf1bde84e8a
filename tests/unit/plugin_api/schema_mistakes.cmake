# cmake -DCOMPILER=… -DINCLUDE=… -DWORK_DIR=… -P schema_mistakes.cmake: schemas that must not compile, each with the text that
# has to be in the compiler's message. The first one compiles, so that the others do not fail for another reason.
set(mistakes
  "key<int>(\"a\", 5).range(1, 9)=>"
  "key<int>(\"a\", 5).range(6, 9)=>the default is outside of the key's range"
  "key<std::chrono::milliseconds>(\"a\", \"5s\").range(1ms, 4s)=>the default is outside of the key's range"
  "key<std::chrono::milliseconds>(\"a\", \"5 s\")=>a default duration is written"
  "key<std::chrono::milliseconds>(\"a\", \"9999999999999999h\")=>a default duration is too long"
  "key<std::string>(\"a\", \"word\").length(1, 3)=>the default is outside of the key's range"
  "key<std::string>(\"a\", \"word\").one_of(\"one|other\")=>the default is none of the allowed words"
  "key<std::vector<std::string>>(\"a\", {\"one\", \"word\"}).one_of(\"one|other\")=>the default is none of the allowed words"
  "key<std::vector<std::string>>(\"a\", {}).elements(1, 2)=>the default is outside of the key's range"
  "key<Word>(\"a\", \"one\")=>an enumeration needs one_of"
  "key<int>(\"a\", 5).range(9, 1)=>the least is above the most"
  "key<int>(\"a\", 0).range(0, 0)=>leaves nothing to choose"
  "key<std::uint8_t>(\"a\", 1).range(0, 256)=>the range is wider than the key's type"
  "key<int>(\"a\")=>a key needs a default"
  "key<int>(\"a\", 1).required()=>a key that is required or optional has no default"
  "key<int>(\"a\", 1), key<bool>(\"a\", true)=>a key is there twice"
  "key<int>(\"a b\", 1)=>a key's name is of"
  "key<bool>(\"required\", true)=>is the server's own"
  "key<double>(\"a\", 1.5)=>"
  "key<std::chrono::seconds>(\"a\", \"5s\")=>")

file(MAKE_DIRECTORY ${WORK_DIR})
set(number 0)
foreach(mistake IN LISTS mistakes)
  string(REGEX MATCH "^(.*)=>(.*)$" mistake "${mistake}")
  set(keys "${CMAKE_MATCH_1}")
  set(expected "${CMAKE_MATCH_2}")
  file(WRITE ${WORK_DIR}/mistake.cpp "#include <signaling/plugin_api/schema.hpp>
using namespace signaling::plugin_api;
using namespace std::chrono_literals;
enum class Word { one, other };
inline constexpr Schema schema(${keys});
")
  execute_process(COMMAND ${COMPILER} -std=c++20 -fsyntax-only -I ${INCLUDE} ${WORK_DIR}/mistake.cpp
    RESULT_VARIABLE result ERROR_VARIABLE output OUTPUT_VARIABLE output TIMEOUT 60)
  if(number EQUAL 0)
    if(NOT result EQUAL 0)
      message(FATAL_ERROR "${keys}: does not compile:\n${output}")
    endif()
  else()
    string(FIND "${output}" "${expected}" at)
    if(result EQUAL 0 OR at EQUAL -1)
      message(FATAL_ERROR "${keys}: ended with ${result}, expected a refusal with \"${expected}\":\n${output}")
    endif()
  endif()
  math(EXPR number "${number} + 1")
endforeach()
