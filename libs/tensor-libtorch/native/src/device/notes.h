// What a device goes without, a line each, for those who run it.
#pragma once

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

namespace rerank {

class Notes {
 public:
  /// May be called on any thread, with the same line as often as it is true.
  void Add(const std::string& line) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (std::find(lines_.begin(), lines_.end(), line) == lines_.end()) lines_.push_back(line);
  }
  std::vector<std::string> All() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return lines_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

}  // namespace rerank
