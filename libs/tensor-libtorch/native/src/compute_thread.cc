#include "compute_thread.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>

#include <optional>
#include <utility>

namespace rerank {

struct ComputeThread::Job {
  Job(Napi::Env env, Work work) : deferred(Napi::Promise::Deferred::New(env)), work(std::move(work)) {}

  /// Does one part of the job; what it throws is the job's failure.
  template <typename Part>
  void Try(Part&& part) {
    try {
      part();
    } catch (...) {
      failure = DescribeCurrentException();
    }
  }

  void Settle(Napi::Env env) {
    if (failure) return deferred.Reject(ToJavaScript(env, *failure).Value());
    auto values = Napi::Float32Array::New(env, launched.values.size());
    std::copy(launched.values.begin(), launched.values.end(), values.Data());
    deferred.Resolve(values);
  }

  Napi::Promise::Deferred deferred;
  Work work;
  Launched launched;
  std::optional<Failure> failure;
};

/// Jobs on their way back to the JavaScript thread.
struct ComputeThread::Finished {
  static void Arrive(Napi::Env env, Napi::Function, Finished* finished, void*) {
    if (env != nullptr) finished->Settle(env);  // Null: the environment has ended, and its promises with it.
  }
  using Call = Napi::TypedThreadSafeFunction<Finished, void, Arrive>;

  static std::shared_ptr<Finished> New(Napi::Env env) {
    auto finished = std::make_shared<Finished>();
    auto held = std::make_unique<std::shared_ptr<Finished>>(finished);
    const auto let_go = [](Napi::Env, std::shared_ptr<Finished>* owned, Finished*) { delete owned; };
    finished->call = Call::New(env, "rerank", 0, 1, finished.get(), let_go, held.get());
    held.release();
    finished->call.Unref(env);
    return finished;
  }

  void Settle(Napi::Env env) {
    const Napi::HandleScope scope(env);
    while (std::unique_ptr<Job> job = jobs.TakeIfAny()) {
      if (--pending == 0) call.Unref(env);
      job->Settle(env);
    }
  }

  Handover<Job> jobs;
  Call call;
  int pending = 0;  // touched by the JavaScript thread only
};

namespace {

// at::set_num_threads does not reach an OpenBLAS that was built with threads of its own.
void SetBlasThreads(int threads) {
  using SetThreads = void (*)(int);
  if (auto set = reinterpret_cast<SetThreads>(::dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) set(threads);
}

}  // namespace

ComputeThread::ComputeThread(Napi::Env env, int threads) : env_(env), finished_(Finished::New(env)) {
  // Hooks run in the order opposite to that of their making: the threads end before the function that they call does.
  napi_add_env_cleanup_hook(env, OnEnvironmentEnd, this);
  computing_ = std::thread([this, threads] { Compute(threads); });
  waiting_ = std::thread([this] { Wait(); });
}

ComputeThread::~ComputeThread() {
  if (closing_) return;
  napi_remove_env_cleanup_hook(env_, OnEnvironmentEnd, this);
  EndThreads();
  try {
    finished_->Settle(env_);
  } catch (const Napi::Error&) {
    // A Worker that is terminated runs no JavaScript any more.
  }
  finished_->call.Release();
}

void ComputeThread::OnEnvironmentEnd(void* self) {
  auto* thread = static_cast<ComputeThread*>(self);
  thread->EndThreads();
  thread->finished_->call.Release();
}

void ComputeThread::EndThreads() {
  closing_ = true;
  submitted_.Stop();
  computing_.join();
  launched_.Stop();
  waiting_.join();
}

Napi::Promise ComputeThread::Submit(Napi::Env env, Work work) {
  auto job = std::make_unique<Job>(env, std::move(work));
  const Napi::Promise promise = job->deferred.Promise();
  // A pass that runs keeps the event loop alive; an idle thread does not.
  if (finished_->pending++ == 0) finished_->call.Ref(env);
  submitted_.Put(std::move(job));
  return promise;
}

void ComputeThread::Compute(int threads) {
  at::set_num_threads(threads);
  SetBlasThreads(threads);
  while (std::unique_ptr<Job> job = submitted_.Take()) {
    job->Try([&] {
      if (closing_) throw Closed();
      job->launched = job->work();
    });
    job->work = nullptr;  // What it held is let go before the next pass needs the memory.
    if (job->launched.wait) launched_.Put(std::move(job));
    else Finish(std::move(job));
  }
}

void ComputeThread::Wait() {
  while (std::unique_ptr<Job> job = launched_.Take()) {
    job->Try([&] { job->launched.values = job->launched.wait(); });
    job->launched.wait = nullptr;
    Finish(std::move(job));
  }
}

void ComputeThread::Finish(std::unique_ptr<Job> job) {
  finished_->jobs.Put(std::move(job));
  finished_->call.NonBlockingCall();
}

}  // namespace rerank
