// One thread that does the arithmetic, so that JavaScript stays free while a pass runs. Its OpenMP team is made once;
// a pool of threads would make a team each.
#pragma once

#include <napi.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "errors.h"

namespace rerank {

class ComputeThread {
 public:
  using Work = std::function<std::vector<float>()>;

  ComputeThread(Napi::Env env, int threads);
  ~ComputeThread();
  ComputeThread(const ComputeThread&) = delete;
  ComputeThread& operator=(const ComputeThread&) = delete;

  /// Runs work after all earlier work; the promise resolves with a Float32Array or rejects with an error with a code.
  Napi::Promise Submit(Napi::Env env, Work work);

 private:
  struct Job;

  void Loop(int threads);
  void Settle(Napi::Env env, Job& job);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Job>> jobs_;
  bool stopping_ = false;
  int pending_ = 0;  // touched by the JavaScript thread only
  Napi::ThreadSafeFunction deliver_;
  std::thread thread_;
};

}  // namespace rerank
