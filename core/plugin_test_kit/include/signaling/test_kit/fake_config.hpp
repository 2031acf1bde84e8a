#pragma once
// A plugin's table as its start gets it: defaults of the schema, and what the test writes over them in TOML.

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <signaling/plugin_api/config.hpp>

namespace signaling::testing {

/// Throws std::invalid_argument for a key that the schema lacks, so that a test cannot set what no server would take.
class FakeConfig final : public plugin_api::ConfigView {
 public:
  explicit FakeConfig(std::span<const plugin_api::ConfigKey> schema, std::string_view toml = {});
  ~FakeConfig();

  bool has(std::string_view key) const override;
  bool boolean(std::string_view key) const override;
  std::int64_t integer(std::string_view key) const override;
  std::string_view string(std::string_view key) const override;
  std::int64_t duration_ms(std::string_view key) const override;
  std::size_t size(std::string_view key) const override;
  std::string_view string_at(std::string_view key, std::size_t index) const override;
  const plugin_api::ConfigView* table_at(std::string_view key, std::size_t index) const override;

 private:
  using Value =
      std::variant<bool, std::int64_t, std::string, std::vector<std::string>, std::vector<std::unique_ptr<FakeConfig>>>;
  struct Reader;
  FakeConfig();

  std::map<std::string, Value, std::less<>> values_;
};

/// Keeps what a plugin found wrong, as `key: message`.
class FakeProblems final : public plugin_api::Problems {
 public:
  void add(std::string_view key, std::string_view message) override {
    list.push_back(std::string(key) + ": " + std::string(message));
  }
  std::vector<std::string> list;
};

}  // namespace signaling::testing
