// Launches of a pass that are recorded once and sent again in one call: CUDA graphs, behind an interface without CUDA's headers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace rerank {

class Graph {
 public:
  virtual ~Graph() = default;
  /// Sends what was recorded to the current stream, over the memory that it had then.
  virtual void Replay() = 0;
  /// Memory of the device that it took beside what was there, in bytes.
  virtual int64_t bytes() const = 0;
};

class GraphMaker {
 public:
  virtual ~GraphMaker() = default;
  /// The current stream of this thread, as the driver knows it.
  virtual void* Stream() = 0;
  /// Records what `launches` sends to the current stream; nothing of it runs. Tensors that it makes stay in memory of the maker's
  /// graphs. Throws what `launches` throws, and std::exception when it does something that cannot be recorded.
  virtual std::unique_ptr<Graph> Capture(const std::function<void()>& launches) = 0;
};

/// The maker in graphs.so, which is built where CUDA's headers are, or in emulation.so. That of graphs.so is loaded when libtorch's CUDA
/// half is, with the GPU current. Throws std::runtime_error with the reason when there is none.
std::unique_ptr<GraphMaker> LoadGraphMaker(const std::string& library);

/// A symbol of a library that lies beside the addon. Throws std::runtime_error with the reason when it is not there.
void* SymbolBeside(const std::string& library, const char* symbol);

}  // namespace rerank
