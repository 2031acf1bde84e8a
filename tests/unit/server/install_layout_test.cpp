#include <fstream>
#include <unistd.h>

#include <gtest/gtest.h>

#include <signaling/server/install_layout.hpp>

namespace signaling::server {
namespace {

TEST(FindDirectory, LooksInTheBuildTreeThenWhereThingsAreInstalled) {
  const std::filesystem::path prefix =
      std::filesystem::temp_directory_path() / ("signaling_layout_test_" + std::to_string(::getpid()));
  std::filesystem::create_directories(prefix / "share/signaling/www");
  EXPECT_EQ(find_directory("www", prefix), prefix / "share/signaling/www");
  std::filesystem::create_directories(prefix / "www");
  EXPECT_EQ(find_directory("www", prefix), prefix / "www");
  EXPECT_EQ(find_directory("none", prefix), prefix / "none");
  EXPECT_EQ(find_directory("/etc", prefix), "/etc");
  std::filesystem::remove_all(prefix);
}

TEST(FindDataDirectory, NamesThePlaceWhereSomethingIsMissed) {
  const std::filesystem::path prefix =
      std::filesystem::temp_directory_path() / ("signaling_data_test_" + std::to_string(::getpid()));
  std::filesystem::create_directories(prefix / "www");
  EXPECT_FALSE(is_installed(prefix));
  EXPECT_EQ(find_data_directory("client", prefix), prefix / "client") << "in a build tree";
  std::filesystem::create_directories(prefix / "share/signaling");
  EXPECT_TRUE(is_installed(prefix));
  EXPECT_EQ(find_data_directory("client", prefix), prefix / "share/signaling/client");
  EXPECT_EQ(find_data_directory("www", prefix), prefix / "www");
  EXPECT_EQ(find_data_directory("/no/such/place", prefix), "/no/such/place");
  std::filesystem::remove_all(prefix);
}

TEST(DocumentedConfiguration, IsThatOfThePackageTheInstallationOrTheSourceTree) {
  const std::filesystem::path root =
      std::filesystem::temp_directory_path() / ("signaling_configuration_test_" + std::to_string(::getpid()));
  const std::filesystem::path prefix = root / "usr";
  EXPECT_EQ(documented_configuration(prefix), "config/memory.toml");
  std::filesystem::create_directories(prefix / "share/signaling");
  for (const std::filesystem::path& etc : {root / "etc/signaling", prefix / "etc/signaling"}) {
    std::filesystem::create_directories(etc);
    std::ofstream(etc / "memory.toml") << "#\n";
    EXPECT_EQ(documented_configuration(prefix), etc / "memory.toml");
  }
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace signaling::server
