#include <broker_parts/read_config.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "config_of.hpp"

namespace signaling::broker_parts {
namespace {

using Texts = std::vector<std::string>;

/// A file with that text, as long as this lives.
class TextFile {
 public:
  explicit TextFile(std::string_view text) {
    const int file = ::mkstemp(path_.data());
    if (file < 0) throw std::runtime_error("no temporary file");
    ::close(file);
    std::ofstream(path_) << text;
  }
  ~TextFile() { std::filesystem::remove(path_); }
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_ = (std::filesystem::temp_directory_path() / "broker_parts_XXXXXX").string();
};

struct Read {
  std::string secret;
  Texts problems;
};
Read password_of(std::string_view toml) {
  Read read{"from the URL", {}};
  testing::FakeProblems problems;
  read_secret(config_of(toml), "password", read.secret, problems);
  read.problems = problems.list;
  return read;
}
Read password_in(std::string_view text) {
  const TextFile file(text);
  return password_of("password_file = \"" + file.path() + '"');
}

TEST(ReadConfig, ReadsUrlsSeparatedByCommas) {
  const auto config = config_of(R"(url = "x://a, x://b:1 ,x://c")");
  EXPECT_EQ(urls_of(config), (Texts{"x://a", "x://b:1", "x://c"}));
  EXPECT_EQ(urls_key(config), "url");
  EXPECT_EQ(urls_of(config_of("")), Texts{"x://default"});
}

TEST(ReadConfig, PrefersTheListOfUrls) {
  const auto config = config_of(R"(urls = ["x://a,b", "x://c"])");
  EXPECT_EQ(urls_of(config), (Texts{"x://a,b", "x://c"})) << "as they are";
  EXPECT_EQ(urls_key(config), "urls");
}

TEST(ReadConfig, ReadsSizesAndTimes) {
  const auto config = config_of("max_queue_bytes = 70_000\nlease = \"2s\"");
  EXPECT_EQ(size_of(config, "max_queue_bytes"), 70'000U);
  EXPECT_EQ(ms_of(config, "lease"), std::chrono::milliseconds(2'000));
}

TEST(ReadConfig, LeavesASecretThatIsNotThere) {
  const Read read = password_of("");
  EXPECT_EQ(read.secret, "from the URL");
  EXPECT_TRUE(read.problems.empty());
}

TEST(ReadConfig, ReadsASecretOfItsTextOrItsFile) {
  EXPECT_EQ(password_of(R"(password = "p")").secret, "p");
  const Read read = password_in(" p q \r\n\n");
  EXPECT_EQ(read.secret, " p q ") << "without the line ends behind it alone";
  EXPECT_TRUE(read.problems.empty());
}

TEST(ReadConfig, ReportsASecretThatCannotBeHad) {
  EXPECT_EQ(password_in("\n").problems.size(), 1U) << "empty";
  EXPECT_EQ(password_of(R"(password_file = "/nowhere/p")").problems, Texts{"password_file: /nowhere/p: cannot be read"});
  EXPECT_TRUE(password_in(std::string(65'536, 'p')).problems.empty());
  EXPECT_EQ(password_in(std::string(65'537, 'p')).problems.size(), 1U) << "too long";
}

TEST(ReadConfig, ReportsASecretThatIsThereTwice) {
  const Read read = password_of("password = \"p\"\npassword_file = \"/dev/null\"");
  EXPECT_EQ(read.problems, Texts{"password_file: stands beside password: give one of the two"});
  EXPECT_EQ(read.secret, "from the URL");
}

TEST(ReadConfig, ReadsTheNameOfAFileThatCanBeRead) {
  testing::FakeProblems problems;
  std::string path = "before";
  read_file_name(config_of(""), "tls_ca_file", path, problems);
  EXPECT_EQ(path, "before");
  read_file_name(config_of(R"(tls_ca_file = "/dev/null")"), "tls_ca_file", path, problems);
  EXPECT_EQ(path, "/dev/null");
  EXPECT_TRUE(problems.list.empty());
  read_file_name(config_of(R"(tls_ca_file = "/nowhere/ca")"), "tls_ca_file", path, problems);
  EXPECT_EQ(problems.list, Texts{"tls_ca_file: /nowhere/ca: cannot be read"});
}

}  // namespace
}  // namespace signaling::broker_parts
