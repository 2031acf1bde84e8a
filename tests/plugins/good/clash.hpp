#pragma once
// Two plugins have these names in common, exported on purpose: each must keep meeting its own.

#include <string>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

#define EXPORTED __attribute__((visibility("default")))

EXPORTED extern int shared_counter;
EXPORTED const char* shared_name();

class EXPORTED SharedClass {
 public:
  virtual ~SharedClass() = default;
  virtual std::string name() const;
};

class EXPORTED Clash final : public signaling::plugin_api::BasicApplication {
 public:
  explicit Clash(signaling::plugin_api::Host& host) : host_(host) {}
  void start(const signaling::plugin_api::ConfigView&, signaling::plugin_api::Problems&) override {
    ++shared_counter;
    const SharedClass object;
    host_.log(signaling::plugin_api::LogLevel::info,
              std::string("I am ") + shared_name() + ", " + object.name() + ", " + std::to_string(shared_counter));
  }
  void claim_namespaces(signaling::plugin_api::NamespaceClaims&) override {}

 private:
  signaling::plugin_api::Host& host_;
};
