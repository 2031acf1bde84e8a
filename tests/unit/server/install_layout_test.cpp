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

}  // namespace
}  // namespace signaling::server
