#include "compute_thread.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>

#include <optional>
#include <utility>

namespace rerank {

struct ComputeThread::Job {
  Job(Napi::Env env, Work work) : deferred(Napi::Promise::Deferred::New(env)), work(std::move(work)) {}

  Napi::Promise::Deferred deferred;
  Work work;
  std::vector<float> values;
  std::optional<Failure> failure;
};

namespace {

// at::set_num_threads does not reach an OpenBLAS that was built with threads of its own.
void SetBlasThreads(int threads) {
  using SetThreads = void (*)(int);
  if (auto set = reinterpret_cast<SetThreads>(::dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) set(threads);
}

}  // namespace

ComputeThread::ComputeThread(Napi::Env env, int threads)
    : deliver_(Napi::ThreadSafeFunction::New(env, Napi::Function(), "rerank", 0, 1)) {
  deliver_.Unref(env);
  thread_ = std::thread([this, threads] { Loop(threads); });
}

ComputeThread::~ComputeThread() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
  deliver_.Release();
}

Napi::Promise ComputeThread::Submit(Napi::Env env, Work work) {
  auto job = std::make_unique<Job>(env, std::move(work));
  const Napi::Promise promise = job->deferred.Promise();
  // A pass that runs keeps the event loop alive; an idle thread does not.
  if (pending_++ == 0) deliver_.Ref(env);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
  return promise;
}

void ComputeThread::Loop(int threads) {
  at::set_num_threads(threads);
  SetBlasThreads(threads);
  for (;;) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (stopping_) return;
    std::unique_ptr<Job> job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    try {
      job->values = job->work();
    } catch (...) {
      job->failure = DescribeCurrentException();
    }
    job->work = nullptr;  // What it held is let go before the next pass needs the memory.
    deliver_.BlockingCall(job.release(), [this](Napi::Env env, Napi::Function, Job* done) {
      const std::unique_ptr<Job> owned(done);
      if (env != nullptr) Settle(env, *owned);
    });
  }
}

void ComputeThread::Settle(Napi::Env env, Job& job) {
  if (--pending_ == 0) deliver_.Unref(env);
  if (job.failure) return job.deferred.Reject(ToJavaScript(env, *job.failure).Value());
  auto values = Napi::Float32Array::New(env, job.values.size());
  std::copy(job.values.begin(), job.values.end(), values.Data());
  job.deferred.Resolve(values);
}

}  // namespace rerank
