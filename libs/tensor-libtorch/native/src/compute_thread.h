// One thread that does the arithmetic, so that JavaScript stays free while a pass runs. Its OpenMP team is made once; a pool of
// threads would make a team each. A second thread waits for what a GPU was given, so that the next pass is launched meanwhile.
#pragma once

#include <napi.h>

#include <atomic>
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
  /// Ends the threads, after the pass that runs now. Every promise is settled, those of passes that had not begun with CLOSED;
  /// when the environment has ended before, its promises ended with it.
  ~ComputeThread();
  ComputeThread(const ComputeThread&) = delete;
  ComputeThread& operator=(const ComputeThread&) = delete;

  /// Runs work after all earlier work; the promise resolves with a Float32Array or rejects with an error with a code.
  Napi::Promise Submit(Napi::Env env, Work work);

 private:
  struct Job;
  struct Finished;

  static void OnEnvironmentEnd(void* self);
  void Compute(int threads);
  void Wait();
  void Finish(std::unique_ptr<Job> job);
  void EndThreads();

  napi_env env_;
  Handover<Job> submitted_;
  Handover<Job> launched_;
  /// Shared with the calls that are on their way to JavaScript, some of which arrive after this is gone.
  std::shared_ptr<Finished> finished_;
  std::atomic<bool> closing_{false};
  std::thread computing_;
  std::thread waiting_;
};

}  // namespace rerank
