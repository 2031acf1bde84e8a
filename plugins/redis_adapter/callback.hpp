#pragma once
// A move-only function object: handlers own what they complete (std::function would want copies; C++23 has this one).

#include <memory>
#include <type_traits>
#include <utility>

namespace signaling::redis_adapter {

template <class Signature>
class Callback;

template <class R, class... Arguments>
class Callback<R(Arguments...)> {
 public:
  Callback() = default;
  Callback(std::nullptr_t) {}  // NOLINT(google-explicit-constructor): as std::function has it
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, Callback> && std::is_invocable_r_v<R, std::remove_cvref_t<F>&, Arguments...>)
      Callback(F&& f)
      : body_(std::make_unique<BodyOf<std::remove_cvref_t<F>>>(std::forward<F>(f))) {}

  explicit operator bool() const noexcept { return body_ != nullptr; }
  R operator()(Arguments... arguments) { return body_->call(std::forward<Arguments>(arguments)...); }

 private:
  struct Body {
    virtual ~Body() = default;
    virtual R call(Arguments... arguments) = 0;
  };
  template <class F>
  struct BodyOf final : Body {
    template <class G>
    explicit BodyOf(G&& g) : f(std::forward<G>(g)) {}
    R call(Arguments... arguments) override { return f(std::forward<Arguments>(arguments)...); }
    F f;
  };
  std::unique_ptr<Body> body_;
};

}  // namespace signaling::redis_adapter
