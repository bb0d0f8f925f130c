// C++ exceptions on their way to JavaScript: one class with a code, one place that translates.
#pragma once

#include <c10/util/Exception.h>
#include <napi.h>

#include <new>
#include <stdexcept>
#include <string>
#include <utility>

namespace rerank {

/// What JavaScript sees: `code` is INVALID, OUT_OF_MEMORY or INTERNAL.
struct Failure {
  std::string code;
  std::string message;
};

class InvalidArgument : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Call inside a catch block: describes the exception in flight.
inline Failure DescribeCurrentException() {
  try {
    throw;
  } catch (const InvalidArgument& error) {
    return {"INVALID", error.what()};
  } catch (const std::bad_alloc&) {
    return {"OUT_OF_MEMORY", "the host ran out of memory"};
  } catch (const c10::Error& error) {
    const std::string message = error.what_without_backtrace();
    const bool memory = message.find("can't allocate") != std::string::npos;
    return {memory ? "OUT_OF_MEMORY" : "INTERNAL", message};
  } catch (const std::exception& error) {
    return {"INTERNAL", error.what()};
  }
}

inline Napi::Error ToJavaScript(Napi::Env env, const Failure& failure) {
  Napi::Error error = Napi::Error::New(env, failure.message);
  error.Set("code", Napi::String::New(env, failure.code));
  return error;
}

/// Runs an entry point; every C++ exception becomes a JavaScript error.
template <typename Function>
Napi::Value Guard(const Napi::CallbackInfo& info, Function&& function) {
  try {
    return std::forward<Function>(function)();
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {
    throw ToJavaScript(info.Env(), DescribeCurrentException());
  }
}

}  // namespace rerank
