// Each broken plugin ends the start with a message of its own, and an exit code of its class.

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sys/stat.h>
#include <unistd.h>

#include <signaling/server/manifest_check.hpp>
#include <signaling/server/plugin_file.hpp>

#include "registry_test.hpp"

namespace signaling::test {

using server::PluginError;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class BrokenPlugin : public RegistryTest {
 protected:
  /// Prepares one application that must fail with `error`; returns the messages.
  std::string refused(const std::string& name, PluginError error) {
    settings.applications = {name};
    EXPECT_FALSE(prepare());
    EXPECT_EQ(registry().exit_code(), exit_code(error)) << messages();
    EXPECT_THAT(registry().applications(), IsEmpty());
    return messages();
  }

  ~BrokenPlugin() override { std::filesystem::remove_all(scratch_); }

  /// A folder of this process alone: ctest runs the tests of this file at the same time.
  const std::filesystem::path& scratch() {
    std::filesystem::create_directories(scratch_);
    return scratch_;
  }

  /// A copy of a good plugin for the test to damage.
  std::filesystem::path damaged(const std::function<void(std::fstream&)>& damage) {
    const std::filesystem::path file = scratch() / "null_application.so";
    std::filesystem::remove(file);
    std::filesystem::copy_file(plugin_directory / "null_application.so", file);
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    damage(stream);
    return file;
  }

 private:
  std::filesystem::path scratch_ =
      std::filesystem::path(::testing::TempDir()) / ("signaling_broken_plugin_" + std::to_string(::getpid()));
};

TEST_F(BrokenPlugin, ThatIsNotThereIsToldWithEveryPlaceThatWasTried) {
  settings.directories = {"/nowhere/plugins", plugin_directory};
  const std::string text = refused("no_such_plugin", PluginError::not_found);
  EXPECT_EQ(text, "plugin \"no_such_plugin\": not found, tried: /nowhere/plugins/no_such_plugin.so, " +
                      (plugin_directory / "no_such_plugin.so").string() + "\n");
}

TEST_F(BrokenPlugin, GivenByPathIsLookedForThereAlone) {
  EXPECT_EQ(refused("/nowhere/echo_application.so", PluginError::not_found),
            "plugin \"echo_application\": not found, tried: /nowhere/echo_application.so\n");
}

TEST_F(BrokenPlugin, WithoutManifestIsNoPlugin) {
  EXPECT_THAT(
      refused("no_manifest", PluginError::not_a_plugin),
      AllOf(StartsWith("plugin \"no_manifest\" (" + (plugin_directory / "no_manifest.so").string() + "): is no plugin: "),
            HasSubstr("exports no symbol \"signaling_plugin_manifest\"")));
}

TEST_F(BrokenPlugin, ThatIsNoLibraryIsNoPlugin) {
  const auto file = damaged([](std::fstream& stream) { stream << "#!/bin/sh"; });
  EXPECT_THAT(refused(file.string(), PluginError::not_a_plugin), HasSubstr("is no plugin: it is no ELF file"));
}

TEST_F(BrokenPlugin, OfAnotherMachineIsNoPlugin) {
  const auto file = damaged([](std::fstream& stream) { stream.seekp(18).write("\x16", 1); });
  EXPECT_THAT(refused(file.string(), PluginError::not_a_plugin), HasSubstr("it is built for another machine (ELF machine 22"));
}

TEST_F(BrokenPlugin, ThatIsCutShortIsNoPluginAtAnyLength) {
  const auto size = std::filesystem::file_size(plugin_directory / "null_application.so");
  // Dense where the headers are, then in steps that end in every table.
  for (std::uintmax_t length = 0; length < size; length += length < 256 ? 1 : size / 50) {
    const auto file = damaged([](std::fstream&) {});
    std::filesystem::resize_file(file, length);
    settings.applications = {file.string()};
    make();
    EXPECT_FALSE(prepare()) << length;
    EXPECT_EQ(registry().exit_code(), exit_code(PluginError::not_a_plugin)) << messages();
  }
}

TEST_F(BrokenPlugin, WithTablesThatPointAnywhereIsNoPlugin) {
  // Every field of the ELF header in turn, over and over, set to ones: no read may leave the file.
  for (int offset = 16; offset < 64; ++offset) {
    const auto file = damaged([offset](std::fstream& stream) { stream.seekp(offset).write("\xff\xff\xff\xff", 4); });
    settings.applications = {file.string()};
    make();
    prepare();  // fields that nobody needs may be wrong
  }
}

TEST_F(BrokenPlugin, WithAnyDamageIsReadWithoutLeavingTheFile) {
  // The same damage in every run. Nothing is loaded: only the reader is asked, and a sanitizer watches it.
  const auto file = damaged([](std::fstream&) {});
  const auto size = static_cast<std::uint32_t>(std::filesystem::file_size(file));
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  std::string original(size, '\0');
  stream.read(original.data(), size);
  std::minstd_rand random(1);
  // What the tables say matters: their bytes are the header's, and those behind the code (section headers end the file).
  const auto somewhere = [&] { return random() % 2 == 0 ? random() % 256 : size - 1 - random() % std::min(size, 4096U); };
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = original;
    for (int i = 0; i < 4; ++i) bytes[somewhere()] = static_cast<char>(random());
    stream.seekp(0).write(bytes.data(), size).flush();
    const server::ManifestRead read = server::read_manifest(file);
    if (read.error.empty()) server::check_manifest(read.manifest, {});
  }
}

TEST_F(BrokenPlugin, ThatIsAPipeIsNoPlugin) {
  const std::filesystem::path pipe = scratch() / "pipe.so";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(refused(pipe.string(), PluginError::not_a_plugin), HasSubstr("is no regular file"));
}

TEST_F(BrokenPlugin, ThatIsADirectoryIsNoPlugin) {
  EXPECT_THAT(refused(plugin_directory.string() + "/", PluginError::not_a_plugin), HasSubstr("is no regular file"));
}

TEST_F(BrokenPlugin, WithMissingSymbolTellsWhatTheLinkerSaid) {
  EXPECT_THAT(refused("missing_symbol", PluginError::cannot_load),
              AllOf(HasSubstr("cannot be loaded: "), HasSubstr("undefined symbol: signaling_test_function_that_nobody_has")));
}

TEST_F(BrokenPlugin, WithMissingLibraryTellsWhatTheLinkerSaid) {
  EXPECT_THAT(refused("missing_library", PluginError::cannot_load),
              AllOf(HasSubstr("cannot be loaded: "), HasSubstr("liblost_library.so"), HasSubstr("No such file")));
}

TEST_F(BrokenPlugin, WithWrongMagicIsToldSo) {
  EXPECT_THAT(refused("wrong_magic", PluginError::bad_manifest),
              HasSubstr("cannot be used: magic of the manifest: found \"SIGPLUG\\x02\", expected \"SIGPLUG1\". Rebuild it"));
}

TEST_F(BrokenPlugin, WithShortManifestIsToldSo) {
  EXPECT_THAT(refused("short_manifest", PluginError::bad_manifest),
              HasSubstr("size of the manifest: found 64 bytes, expected at least "));
}

TEST_F(BrokenPlugin, OfAnOlderMajorIsToldBothVersions) {
  EXPECT_THAT(refused("older_major", PluginError::api_version),
              HasSubstr("plugin API version: built for 0.9, this server has " SIGNALING_TEST_API " (the major must be the same). Rebuild it"));
}

TEST_F(BrokenPlugin, OfANewerMajorIsToldBothVersions) {
  EXPECT_THAT(refused("newer_major", PluginError::api_version),
              HasSubstr("plugin API version: built for 2.0, this server has " SIGNALING_TEST_API " (the major must be the same)"));
}

TEST_F(BrokenPlugin, OfANewerMinorIsToldBothVersions) {
  EXPECT_THAT(refused("newer_minor", PluginError::api_version),
              HasSubstr("plugin API version: built for 1.200, this server has " SIGNALING_TEST_API " (the plugin must not be newer)"));
}

TEST_F(BrokenPlugin, OfAnotherToolchainIsToldEachDifference) {
  EXPECT_THAT(refused("other_toolchain", PluginError::toolchain),
              AllOf(HasSubstr("toolchain, bits: built for 8, this server has "),
                    HasSubstr("toolchain, cpu: built for z80, this server has "),
                    HasSubstr("toolchain, stdlib: built for libc++, this server has "), Not(HasSubstr("toolchain, abi"))));
}

TEST_F(BrokenPlugin, ThatDiffersInEverythingIsToldEverything) {
  settings.middleware = {"all_different"};
  EXPECT_FALSE(prepare());
  EXPECT_EQ(registry().exit_code(), exit_code(PluginError::api_version));
  EXPECT_THAT(messages(), AllOf(HasSubstr("built for 1.7"), HasSubstr("built for z80"),
                                HasSubstr("kind: it is \"Application\""), HasSubstr("uses it as \"middleware\""),
                                HasSubstr("it calls itself \"bll_different\", its file says \"all_different\"")));
}

TEST_F(BrokenPlugin, UnderAnotherFileNameIsToldBothNames) {
  EXPECT_THAT(refused("renamed", PluginError::identity),
              HasSubstr("name: it calls itself \"name_mismatch\", its file says \"renamed\""));
}

TEST_F(BrokenPlugin, UsedAsAnotherKindIsToldBothKinds) {
  settings.adapter = "null_application";
  EXPECT_FALSE(prepare());
  EXPECT_EQ(registry().exit_code(), exit_code(PluginError::identity));
  EXPECT_THAT(messages(), HasSubstr("kind: it is \"application\", the configuration uses it as \"adapter\""));
}

TEST_F(BrokenPlugin, WhoseConstructorThrowsIsToldWhatItThrew) {
  EXPECT_THAT(refused("create_throws", PluginError::create_failed), HasSubstr("could not be created: no coffee left"));
}

TEST_F(BrokenPlugin, WhoseConstructorThrowsANumberIsToldSo) {
  EXPECT_THAT(refused("create_throws_number", PluginError::create_failed),
              HasSubstr("could not be created: something that is no std::exception was thrown"));
}

TEST_F(BrokenPlugin, WithSchemaThatContradictsItselfIsAnErrorOfThePlugin) {
  EXPECT_THAT(refused("bad_schema", PluginError::bad_schema),
              AllOf(HasSubstr("the schema in its manifest is wrong: "), HasSubstr("size: "), HasSubstr("mode: ")));
}

TEST_F(BrokenPlugin, WithKeysThatMayNotBeInASchemaIsAnErrorOfThePlugin) {
  EXPECT_THAT(refused("twice_in_schema", PluginError::bad_schema),
              AllOf(HasSubstr("key \"size\" is there twice"), HasSubstr("key \"required\" is the server's own")));
}

TEST_F(BrokenPlugin, ConfiguredWronglyIsToldEachPlace) {
  config = "[plugins.echo_application]\nnamespace = 7\n\ndelai = \"1s\"\n";
  EXPECT_EQ(refused("echo_application", PluginError::configuration),
            "test.toml:2:13: plugins.echo_application.namespace: found an integer, allowed: a string from 1 to 64 bytes long\n"
            "test.toml:4:1: plugins.echo_application.delai: unknown key, did you mean plugins.echo_application.delay?\n");
}

TEST_F(BrokenPlugin, ThatFindsItsTableWrongTellsAllOfItWithPlaces) {
  config = "[plugins.validate_fails]\nurl = \"redis://\"\n";
  EXPECT_EQ(refused("validate_fails", PluginError::configuration),
            "test.toml:1:1: plugins.validate_fails: needs a certificate or a secret\n"
            "test.toml:2:7: plugins.validate_fails.url: has no host\n");
}

TEST_F(BrokenPlugin, NamedTwiceIsRefused) {
  settings.middleware = {"passthrough_middleware", "passthrough_middleware"};
  EXPECT_FALSE(prepare());
  EXPECT_EQ(registry().exit_code(), exit_code(PluginError::configuration));
  EXPECT_THAT(messages(), HasSubstr("is named twice in [plugins] of test.toml"));
}

TEST_F(BrokenPlugin, ThatReportsProblemsDoesNotStart) {
  settings.applications = {"start_fails"};
  ASSERT_TRUE(prepare()) << messages();
  EXPECT_FALSE(registry().start());
  EXPECT_EQ(registry().exit_code(), exit_code(PluginError::start_failed));
  EXPECT_THAT(messages(), HasSubstr("did not start: url: connection refused; gave up after 3 attempts"));
}

TEST_F(BrokenPlugin, WhoseStartThrowsDoesNotStart) {
  settings.applications = {"start_throws"};
  ASSERT_TRUE(prepare()) << messages();
  EXPECT_FALSE(registry().start());
  EXPECT_EQ(registry().exit_code(), exit_code(PluginError::start_failed));
  EXPECT_THAT(messages(), HasSubstr("did not start: the moon is full"));
}

TEST_F(BrokenPlugin, WhoseStopThrowsDoesNotKeepOthersFromStopping) {
  settings.applications = {"recorder_application", "stop_throws"};
  ASSERT_TRUE(prepare()) << messages();
  ASSERT_TRUE(registry().start());
  EXPECT_FALSE(registry().stop());
  EXPECT_EQ(registry().exit_code(), exit_code(PluginError::stop_failed));
  EXPECT_THAT(messages(), HasSubstr("did not stop cleanly: cannot let go"));
  EXPECT_THAT(log(), HasSubstr("info plugin.recorder_application: recorded stop\n"));
}

TEST_F(BrokenPlugin, WhoseHealthThrowsIsNotWell) {
  settings.applications = {"health_throws"};
  ASSERT_TRUE(prepare());
  ASSERT_TRUE(registry().start());
  ASSERT_EQ(registry().health().size(), 1U);
  EXPECT_EQ(registry().health()[0].problem, "health check failed: do not ask");
}

// A thread that hangs ends with the process alone, so that these run in processes of their own.
class HangingPlugin : public BrokenPlugin {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }

  [[noreturn]] void end() {
    std::fputs(messages().c_str(), stderr);
    const int code = registry().is_stuck() ? registry().exit_code() : 1;
    destroy();  // must not wait for the plugin
    std::_Exit(code);
  }
};

TEST_F(HangingPlugin, InStartIsGivenUpAtTheDeadline) {
  settings.applications = {"recorder_application", "start_hangs"};
  settings.start_timeout = std::chrono::milliseconds(500);
  const auto run = [this] {
    if (prepare()) registry().start();
    end();
  };
  EXPECT_EXIT(run(), ::testing::ExitedWithCode(exit_code(PluginError::start_late)),
              "start_hangs.*start was not done within 500ms");
}

TEST_F(HangingPlugin, InStartEndsTheServerThoughItIsNotRequired) {
  settings.applications = {"start_hangs"};
  settings.start_timeout = std::chrono::milliseconds(500);
  config = "[plugins.start_hangs]\nrequired = false\n";
  const auto run = [this] {
    if (prepare()) registry().start();
    end();
  };
  EXPECT_EXIT(run(), ::testing::ExitedWithCode(exit_code(PluginError::start_late)), "what hangs cannot be ended");
}

TEST_F(HangingPlugin, InStopIsGivenUpAtTheDeadline) {
  settings.applications = {"stop_hangs"};
  settings.stop_timeout = std::chrono::milliseconds(500);
  const auto run = [this] {
    if (prepare() && registry().start()) registry().stop();
    end();
  };
  EXPECT_EXIT(run(), ::testing::ExitedWithCode(exit_code(PluginError::stop_late)),
              "stop_hangs.*stop was not done within 500ms");
}

}  // namespace signaling::test
