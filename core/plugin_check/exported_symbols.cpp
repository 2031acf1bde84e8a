#include "exported_symbols.hpp"

#include <cstring>
#include <fstream>
#include <iterator>
#include <link.h>
#include <set>
#include <stdexcept>

namespace signaling::plugin_check {

namespace {

class Bytes {
 public:
  explicit Bytes(const std::string& file) {
    std::ifstream stream(file, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(stream), {});
  }
  template <class T>
  T at(std::size_t offset) const {
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof(T)) throw std::runtime_error("the file ends too early");
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }
  std::string text_at(std::size_t offset) const {
    const std::size_t end = bytes_.find('\0', offset);
    if (end == bytes_.npos) throw std::runtime_error("the file ends too early");
    return bytes_.substr(offset, end - offset);
  }

 private:
  std::string bytes_;
};

}  // namespace

std::vector<std::string> exported_symbols(const std::string& file) {
  const Bytes bytes(file);
  const auto header = bytes.at<ElfW(Ehdr)>(0);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) throw std::runtime_error("no ELF file");
  const auto section = [&](std::size_t index) { return bytes.at<ElfW(Shdr)>(header.e_shoff + index * sizeof(ElfW(Shdr))); };
  const std::set<std::string> of_the_linker{"_init", "_fini", "__bss_start", "_edata", "_end", "_start"};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < header.e_shnum; ++i) {
    const auto table = section(i);
    if (table.sh_type != SHT_DYNSYM) continue;
    const auto texts = section(table.sh_link);
    for (std::size_t at = 0; at + sizeof(ElfW(Sym)) <= table.sh_size; at += sizeof(ElfW(Sym))) {
      const auto symbol = bytes.at<ElfW(Sym)>(table.sh_offset + at);
      // Weak ones are inline functions, those of std:: above all: libraries not made by signaling_add_plugin have them.
      const auto binding = ELF64_ST_BIND(symbol.st_info);
      if (symbol.st_shndx == SHN_UNDEF || (binding != STB_GLOBAL && binding != STB_GNU_UNIQUE)) continue;
      const int visibility = ELF64_ST_VISIBILITY(symbol.st_other);
      if (visibility != STV_DEFAULT && visibility != STV_PROTECTED) continue;
      std::string name = bytes.text_at(texts.sh_offset + symbol.st_name);
      if (of_the_linker.contains(name) || name.starts_with("__asan_") || name.starts_with("__odr_asan")) continue;
      names.push_back(std::move(name));
    }
  }
  return names;
}

}  // namespace signaling::plugin_check
