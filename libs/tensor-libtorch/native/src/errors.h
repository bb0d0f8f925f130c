// C++ exceptions on their way to JavaScript: one class with a code, one place that translates.
#pragma once

#include <c10/util/Exception.h>
#include <napi.h>

#include <new>
#include <stdexcept>
#include <string>
#include <utility>

namespace rerank {

/// What JavaScript sees: `code` is INVALID, OUT_OF_MEMORY, DEVICE_FAULT, CLOSED or INTERNAL. After a DEVICE_FAULT nothing works on the
/// device any more until the process ends.
struct Failure {
  std::string code;
  std::string message;
};

class InvalidArgument : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Closed : public std::runtime_error {
 public:
  Closed() : std::runtime_error("the backend was closed before this pass ran") {}
};

/// libtorch's versions throw different classes; their words are the same.
inline Failure DescribeMessage(const std::string& message) {
  const auto says = [&](const char* words) { return message.find(words) != std::string::npos; };
  if (says("can't allocate") || says("out of memory") || says("CUBLAS_STATUS_ALLOC_FAILED")) return {"OUT_OF_MEMORY", message};
  if (says("CUDA error") || says("CUBLAS_STATUS")) return {"DEVICE_FAULT", message};
  return {"INTERNAL", message};
}

/// Call inside a catch block: describes the exception in flight.
inline Failure DescribeCurrentException() {
  try {
    throw;
  } catch (const InvalidArgument& error) {
    return {"INVALID", error.what()};
  } catch (const Closed& error) {
    return {"CLOSED", error.what()};
  } catch (const std::bad_alloc&) {
    return {"OUT_OF_MEMORY", "the host ran out of memory"};
  } catch (const c10::Error& error) {
    return DescribeMessage(error.what_without_backtrace());
  } catch (const std::exception& error) {
    return DescribeMessage(error.what());
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
