#pragma once
// A registry over the plugins of this folder, its log kept for reading.

#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <signaling/server/plugin_registry.hpp>

namespace signaling::test {

/// Where the build puts the plugins of this folder.
inline const std::filesystem::path plugin_directory = SIGNALING_TEST_PLUGIN_DIRECTORY;

class RegistryTest : public ::testing::Test {
 protected:
  server::PluginSettings settings{.directories = {plugin_directory},
                                  .adapter = {},
                                  .middleware = {},
                                  .applications = {},
                                  .start_timeout = std::chrono::seconds(20),
                                  .stop_timeout = std::chrono::seconds(20)};
  std::string config;  ///< TOML

  server::PluginServices services() {
    server::PluginServices result;
    result.node_name = "sig1";
    result.server_version = "0.1.0";
    result.logger = [this](std::string_view component) {
      auto logger = std::make_shared<spdlog::logger>(std::string(component), sink_);
      logger->set_level(spdlog::level::debug);
      logger->set_pattern("%l %n: %v");
      return logger;
    };
    result.metrics = &metrics_;
    result.hooks = &hooks_;
    return result;
  }

  server::PluginRegistry& make() {
    registry_ = std::make_unique<server::PluginRegistry>(settings, services());
    return *registry_;
  }

  bool prepare() {
    if (!registry_) make();
    server::ConfigProblems problems;
    const server::ConfigDocument document = server::parse_document(config, "test.toml", {}, problems);
    EXPECT_TRUE(problems.empty()) << problems.lines().front();
    return registry_->prepare(document, server::process_environment());
  }

  server::PluginRegistry& registry() { return *registry_; }
  void destroy() { registry_.reset(); }
  std::string log() const { return log_.str(); }

  /// Everything that went wrong, a line each.
  std::string messages() const {
    std::string text;
    for (const server::PluginFailure& failure : registry_->failures()) text += failure.message + "\n";
    return text;
  }

 private:
  std::ostringstream log_;
  std::shared_ptr<spdlog::sinks::ostream_sink_mt> sink_ = std::make_shared<spdlog::sinks::ostream_sink_mt>(log_);
  server::PluginMetrics metrics_;
  server::PluginHooks hooks_{1};
  std::unique_ptr<server::PluginRegistry> registry_;
};

}  // namespace signaling::test
