// Jobs on their way from one thread to the next, in the order in which they were put.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

namespace rerank {

template <typename Job>
class Handover {
 public:
  void Put(std::unique_ptr<Job> job) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      jobs_.push_back(std::move(job));
    }
    changed_.notify_one();
  }

  /// Waits for a job; nothing once no more will come.
  std::unique_ptr<Job> Take() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return stopped_ || !jobs_.empty(); });
    return Next();
  }

  /// Nothing when there is none now.
  std::unique_ptr<Job> TakeIfAny() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return Next();
  }

  /// No more will come; those that are there can still be taken.
  void Stop() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_one();
  }

 private:
  std::unique_ptr<Job> Next() {
    if (jobs_.empty()) return nullptr;
    std::unique_ptr<Job> job = std::move(jobs_.front());
    jobs_.pop_front();
    return job;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Job>> jobs_;
  bool stopped_ = false;
};

}  // namespace rerank
