#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/server/manifest_check.hpp>

namespace signaling::server {
namespace {

using plugin_api::Manifest;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

template <std::size_t size>
void put(char (&target)[size], std::string_view text) {
  std::fill(std::begin(target), std::end(target), '\0');
  text.copy(target, size);
}

Manifest good_manifest() {
  Manifest manifest{};
  std::copy(std::begin(plugin_api::manifest_magic), std::end(plugin_api::manifest_magic), manifest.magic);
  manifest.size = sizeof(Manifest);
  manifest.api_major = 3;
  manifest.api_minor = 2;
  put(manifest.kind, "adapter");
  put(manifest.name, "redis_adapter");
  put(manifest.toolchain, "cpu=x86_64 bits=64");
  return manifest;
}

const ManifestExpectation expected{
    .api_major = 3, .api_minor = 2, .toolchain = "cpu=x86_64 bits=64", .name = "redis_adapter", .kind = "adapter"};

TEST(CheckManifest, AcceptsWhatFits) {
  const ManifestVerdict verdict = check_manifest(good_manifest(), expected);
  EXPECT_FALSE(verdict.error);
  EXPECT_THAT(verdict.differences, IsEmpty());
}

TEST(CheckManifest, AcceptsAnOlderMinorAndALargerManifest) {
  Manifest manifest = good_manifest();
  manifest.api_minor = 0;
  manifest.size += 64;
  EXPECT_FALSE(check_manifest(manifest, expected).error);
}

TEST(CheckManifest, RefusesANewerMinor) {
  Manifest manifest = good_manifest();
  manifest.api_minor = 3;
  EXPECT_EQ(check_manifest(manifest, expected).error, PluginError::api_version);
}

TEST(CheckManifest, TellsEveryDifferenceAndTheClassOfTheFirst) {
  Manifest manifest = good_manifest();
  manifest.api_major = 4;
  put(manifest.toolchain, "cpu=aarch64 bits=64 colour=red");
  put(manifest.kind, "application");
  put(manifest.name, "redis");
  const ManifestVerdict verdict = check_manifest(manifest, expected);
  EXPECT_EQ(verdict.error, PluginError::api_version);
  EXPECT_THAT(verdict.differences,
              ElementsAre("plugin API version: built for 4.2, this server has 3.2 (the major must be the same)",
                          "toolchain, cpu: built for aarch64, this server has x86_64",
                          "toolchain, colour: built for red, this server does not know it",
                          "kind: it is \"application\", the configuration uses it as \"adapter\"",
                          "name: it calls itself \"redis\", its file says \"redis_adapter\""));
}

TEST(CheckManifest, ComparesNothingBehindAWrongMagic) {
  Manifest manifest = good_manifest();
  manifest.magic[0] = '\x7f';
  manifest.api_major = 9;
  const ManifestVerdict verdict = check_manifest(manifest, expected);
  EXPECT_EQ(verdict.error, PluginError::bad_manifest);
  EXPECT_THAT(verdict.differences, ElementsAre("magic of the manifest: found \"\\x7fIGPLUG1\", expected \"SIGPLUG1\""));
}

TEST(CheckManifest, TellsTheVersionOfAManifestWhoseLayoutItDoesNotKnow) {
  Manifest manifest = good_manifest();
  manifest.api_major = 1;
  manifest.size = 32;
  std::fill(std::begin(manifest.toolchain), std::end(manifest.toolchain), 'x');
  const ManifestVerdict verdict = check_manifest(manifest, expected);
  EXPECT_EQ(verdict.error, PluginError::api_version);
  EXPECT_THAT(verdict.differences, SizeIs(1));
}

TEST(CheckManifest, RefusesTextsWithoutEnd) {
  Manifest manifest = good_manifest();
  std::fill(std::begin(manifest.name), std::end(manifest.name), 'x');
  const ManifestVerdict verdict = check_manifest(manifest, expected);
  EXPECT_EQ(verdict.error, PluginError::bad_manifest);
  EXPECT_THAT(verdict.differences, ElementsAre("texts of the manifest: one of them has no end"));
}

TEST(CheckManifest, TakesAnyNameAndKindWhereNoneIsExpected) {
  EXPECT_FALSE(check_manifest(good_manifest(), {.api_major = 3, .api_minor = 2, .toolchain = "cpu=x86_64 bits=64"}).error);
}

TEST(CheckVersions, ReadsTextsOfAManifestFile) {
  EXPECT_FALSE(check_versions("3.1", "cpu=x86_64 bits=64", expected).error);
  EXPECT_THAT(check_versions("3.3", "cpu=x86_64 bits=64", expected).differences,
              ElementsAre(HasSubstr("built for 3.3, this server has 3.2")));
  for (const char* text : {"", "3", "3.", "3.x", ".1", "3.1.4", "x"}) {
    EXPECT_THAT(check_versions(text, expected.toolchain, expected).differences, ElementsAre(HasSubstr("is none"))) << text;
  }
}

}  // namespace
}  // namespace signaling::server
