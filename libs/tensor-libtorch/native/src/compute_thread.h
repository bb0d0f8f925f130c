// One thread that does the arithmetic, so that JavaScript stays free while a pass runs. Its OpenMP team is made once; a pool of
// threads would make a team each. A second thread waits for what a GPU was given, so that the next pass is launched meanwhile.
#pragma once

#include <napi.h>

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "errors.h"
#include "handover.h"

namespace rerank {

/// A pass that was computed or launched: its values, or what waits for them.
struct Launched {
  std::vector<float> values;
  std::function<std::vector<float>()> wait;  // empty: the values are there
};

class ComputeThread {
 public:
  using Work = std::function<Launched()>;

  ComputeThread(Napi::Env env, int threads);
  ~ComputeThread();
  ComputeThread(const ComputeThread&) = delete;
  ComputeThread& operator=(const ComputeThread&) = delete;

  /// Runs work after all earlier work; the promise resolves with a Float32Array or rejects with an error with a code.
  Napi::Promise Submit(Napi::Env env, Work work);

 private:
  struct Job;

  void Compute(int threads);
  void Wait();
  void Deliver(std::unique_ptr<Job> job);
  void Settle(Napi::Env env, Job& job);

  Handover<Job> submitted_;
  Handover<Job> launched_;
  int pending_ = 0;  // touched by the JavaScript thread only
  Napi::ThreadSafeFunction deliver_;
  std::thread computing_;
  std::thread waiting_;
};

}  // namespace rerank
