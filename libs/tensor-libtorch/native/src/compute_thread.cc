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

  Napi::Promise::Deferred deferred;
  Work work;
  Launched launched;
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
  computing_ = std::thread([this, threads] { Compute(threads); });
  waiting_ = std::thread([this] { Wait(); });
}

ComputeThread::~ComputeThread() {
  submitted_.Stop();
  computing_.join();
  launched_.Stop();
  waiting_.join();
  deliver_.Release();
}

Napi::Promise ComputeThread::Submit(Napi::Env env, Work work) {
  auto job = std::make_unique<Job>(env, std::move(work));
  const Napi::Promise promise = job->deferred.Promise();
  // A pass that runs keeps the event loop alive; an idle thread does not.
  if (pending_++ == 0) deliver_.Ref(env);
  submitted_.Put(std::move(job));
  return promise;
}

void ComputeThread::Compute(int threads) {
  at::set_num_threads(threads);
  SetBlasThreads(threads);
  while (std::unique_ptr<Job> job = submitted_.Take()) {
    job->Try([&] { job->launched = job->work(); });
    job->work = nullptr;  // What it held is let go before the next pass needs the memory.
    if (job->launched.wait) launched_.Put(std::move(job));
    else Deliver(std::move(job));
  }
}

void ComputeThread::Wait() {
  while (std::unique_ptr<Job> job = launched_.Take()) {
    job->Try([&] { job->launched.values = job->launched.wait(); });
    job->launched.wait = nullptr;
    Deliver(std::move(job));
  }
}

void ComputeThread::Deliver(std::unique_ptr<Job> job) {
  deliver_.BlockingCall(job.release(), [this](Napi::Env env, Napi::Function, Job* done) {
    const std::unique_ptr<Job> owned(done);
    if (env != nullptr) Settle(env, *owned);
  });
}

void ComputeThread::Settle(Napi::Env env, Job& job) {
  if (--pending_ == 0) deliver_.Unref(env);
  if (job.failure) return job.deferred.Reject(ToJavaScript(env, *job.failure).Value());
  const std::vector<float>& computed = job.launched.values;
  auto values = Napi::Float32Array::New(env, computed.size());
  std::copy(computed.begin(), computed.end(), values.Data());
  job.deferred.Resolve(values);
}

}  // namespace rerank
