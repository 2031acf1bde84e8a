#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <link.h>
#include <optional>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <signaling/server/plugin_file.hpp>

namespace signaling::server {

namespace {

using Header = ElfW(Ehdr);
using Section = ElfW(Shdr);
using Segment = ElfW(Phdr);
using Symbol = ElfW(Sym);

// A plugin's dynamic symbol table holds what it imports and one export: far below this.
constexpr std::size_t max_table_bytes = 64U << 20U;

#if defined(__x86_64__)
constexpr unsigned machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr unsigned machine = EM_AARCH64;
#else
constexpr unsigned machine = EM_NONE;  // not compared here; the manifest's toolchain names the processor as well
#endif
constexpr unsigned char file_class = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
constexpr unsigned char byte_order = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;

/// Bounds-checked reads at any offset. Not a mapping: a file cut short while mapped would kill the process. Opened without
/// blocking, which a pipe of that name would do.
class File {
 public:
  explicit File(const std::filesystem::path& path) : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (descriptor_ < 0) error_ = errno;
  }
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  /// Empty, or why it cannot be read as a file.
  std::string error() const {
    if (descriptor_ < 0) return std::generic_category().message(error_);
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) return std::generic_category().message(errno);
    if (!S_ISREG(status.st_mode)) return "it is no regular file";
    return {};
  }

  bool read(std::uint64_t offset, void* target, std::size_t size) const {
    auto* at = static_cast<char*>(target);
    while (size > 0) {
      if (offset > static_cast<std::uint64_t>(INT64_MAX)) return false;
      const ssize_t count = ::pread(descriptor_, at, size, static_cast<off_t>(offset));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      at += count;
      offset += static_cast<std::uint64_t>(count);
      size -= static_cast<std::size_t>(count);
    }
    return true;
  }

  template <class T>
  std::optional<std::vector<T>> read_table(std::uint64_t offset, std::uint64_t bytes) const {
    if (bytes > max_table_bytes) return std::nullopt;
    std::vector<T> table(static_cast<std::size_t>(bytes) / sizeof(T));
    if (!read(offset, table.data(), table.size() * sizeof(T))) return std::nullopt;
    return table;
  }

 private:
  int descriptor_;
  int error_ = 0;
};

std::optional<Symbol> find_symbol(const File& file, const std::vector<Section>& sections, std::string_view name) {
  for (const Section& section : sections) {
    if (section.sh_type != SHT_DYNSYM || section.sh_link >= sections.size()) continue;
    const Section& strings = sections[section.sh_link];
    const auto symbols = file.read_table<Symbol>(section.sh_offset, section.sh_size);
    const auto names = file.read_table<char>(strings.sh_offset, strings.sh_size);
    if (!symbols || !names) continue;
    for (const Symbol& symbol : *symbols) {
      if (symbol.st_shndx == SHN_UNDEF || symbol.st_name >= names->size()) continue;
      const std::string_view rest(names->data() + symbol.st_name, names->size() - symbol.st_name);
      if (rest.size() > name.size() && rest.starts_with(name) && rest[name.size()] == '\0') return symbol;
    }
  }
  return std::nullopt;
}

/// Where the bytes of an address stand in the file, provided that `size` of them do.
std::optional<std::uint64_t> file_offset(const std::vector<Segment>& segments, std::uint64_t address, std::uint64_t size) {
  for (const Segment& segment : segments) {
    if (segment.p_type != PT_LOAD || address < segment.p_vaddr) continue;
    const std::uint64_t inside = address - segment.p_vaddr;
    if (inside <= segment.p_filesz && size <= segment.p_filesz - inside) return segment.p_offset + inside;
  }
  return std::nullopt;
}

std::string header_error(const Header& header) {
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return "it is no ELF file";
  if (header.e_ident[EI_CLASS] != file_class || header.e_ident[EI_DATA] != byte_order ||
      (machine != EM_NONE && header.e_machine != machine)) {
    return "it is built for another machine (ELF machine " + std::to_string(header.e_machine) + ", this server is " +
           std::to_string(machine) + ")";
  }
  if (header.e_type != ET_DYN) return "it is no shared library";
  if (header.e_shentsize != sizeof(Section) || header.e_phentsize != sizeof(Segment)) return "its ELF tables are broken";
  return {};
}

}  // namespace

std::string plugin_name(std::string_view name_or_path) {
  if (name_or_path.find('/') == std::string_view::npos) return std::string(name_or_path);
  return std::filesystem::path(name_or_path).stem().string();
}

PluginSearch find_plugin(std::string_view name_or_path, std::span<const std::filesystem::path> directories) {
  PluginSearch search;
  if (name_or_path.find('/') != std::string_view::npos) {
    search.tried.emplace_back(name_or_path);
  } else {
    for (const std::filesystem::path& directory : directories)
      search.tried.push_back(directory / (std::string(name_or_path) + ".so"));
  }
  for (std::filesystem::path& path : search.tried) {
    std::error_code error;
    path = std::filesystem::absolute(path, error).lexically_normal();
    if (search.file.empty() && std::filesystem::exists(path, error)) search.file = path;
  }
  return search;
}

ManifestRead read_manifest(const std::filesystem::path& path) {
  ManifestRead result;
  const File file(path);
  result.error = file.error();
  if (!result.error.empty()) return result;

  Header header{};
  if (!file.read(0, &header, sizeof(header))) {
    result.error = "it is no ELF file";
    return result;
  }
  result.error = header_error(header);
  if (!result.error.empty()) return result;

  const auto sections = file.read_table<Section>(header.e_shoff, std::uint64_t{header.e_shnum} * sizeof(Section));
  const auto segments = file.read_table<Segment>(header.e_phoff, std::uint64_t{header.e_phnum} * sizeof(Segment));
  if (!sections || !segments) {
    result.error = "its ELF tables are broken or cut short";
    return result;
  }
  const auto symbol = find_symbol(file, *sections, plugin_api::manifest_symbol);
  if (!symbol) {
    result.error = "it exports no symbol \"" + std::string(plugin_api::manifest_symbol) +
                   "\": no source of it says SIGNALING_PLUGIN(Class, schema)";
    return result;
  }
  const std::size_t size = std::min<std::size_t>(symbol->st_size, sizeof(plugin_api::Manifest));
  const auto offset = file_offset(*segments, symbol->st_value, size);
  if (size == 0 || !offset || !file.read(*offset, &result.manifest, size)) {
    result.manifest = {};
    result.error = "its symbol \"" + std::string(plugin_api::manifest_symbol) + "\" is no constant data";
  }
  return result;
}

}  // namespace signaling::server
